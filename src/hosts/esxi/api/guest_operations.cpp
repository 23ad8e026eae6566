#include "hosts/esxi/api/guest_operations.hpp"

#include "hosts/esxi/api/properties.hpp"
#include "hosts/esxi/text.hpp"
#include "transport/script.hpp"

#include <thread>

// Answers come from the guest: hostile. What it calls its folder goes into a script, so it must look like one.

namespace gpupass::esxi {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 200ms;
constexpr auto time_to_remove = 10s;
constexpr std::size_t longest_url = 4096;
constexpr std::size_t most_output = 32u << 20;
constexpr const char* owner_only = "384";  // 0600
constexpr std::string_view longest_run = "180";  // seconds

bool is_folder(std::string_view path)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    constexpr std::string_view begin = "/tmp/gpupass-";
    return path.starts_with(begin) && path.size() > begin.size() && path.size() < 200 && path.find_first_not_of(plain, begin.size()) == path.npos;
}

/// The batch with its outputs in files, cut after `longest_run`. Once its sign is gone we have removed the folder; should we be gone instead, the
/// guest does. The sign has a name of its own, since a later batch may get the same folder.
std::string script_in(const std::string& folder, std::string_view batch)
{
    const std::string sign = folder + "/" + new_mark();
    return "if [ -z \"$GPUPASS_CUT\" ] && command -v timeout >/dev/null; then GPUPASS_CUT=1; export GPUPASS_CUT; exec timeout -k 5 " + std::string{longest_run} + " /bin/sh " + folder + "/run; fi\n" +
           "umask 077\nexec >" + folder + "/out 2>" + folder + "/err </dev/null\n: >" + sign + "\n" +
           "(n=0; while [ -e " + sign + " ] && [ $n -lt 240 ]; do sleep 1; n=$((n+1)); done; [ ! -e " + sign + " ] || rm -rf " + folder + ") >/dev/null 2>&1 &\n" +
           std::string{batch};
}

class ToolsMachine final : public Machine {
public:
    ToolsMachine(std::shared_ptr<Session> session, Ref vm, GuestLogin login, std::string label, OpenService open)
        : session_{std::move(session)}, vm_{std::move(vm)}, label_{std::move(label)}, open_{std::move(open)},
          who_{leaf("vm", vm_) + branch("auth", leaf("interactiveSession", "false") + leaf("username", login.user) + leaf("password", login.password), "NamePasswordAuthentication")}
    {
    }

    std::string name() const override { return label_; }
    void disconnect() override { host_.reset(); }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        return ask_by_script(queries, answer_limit, [&](const std::string& batch) -> Result<ScriptOutputs> {
            auto outputs = run_in_folder(batch, deadline);
            return outputs ? std::move(outputs) : at(std::move(outputs.error()), label_);
        });
    }

private:
    Result<Reply> guest_call(const char* method, const Ref& manager, const std::string& arguments, Deadline deadline, bool changes = true)
    {
        return session_->ask({.method = method, .object = manager, .arguments = who_ + arguments, .name = {}, .changes = changes}, deadline);
    }

    Result<ScriptOutputs> run_in_folder(const std::string& batch, Deadline deadline)
    {
        if (auto found = find_managers(deadline); !found)
            return std::unexpected(std::move(found.error()));
        const auto folder = make_folder(deadline);
        if (!folder)
            return std::unexpected(folder.error());
        auto outputs = run(*folder, script_in(*folder, batch), deadline);
        (void)guest_call("DeleteDirectoryInGuest", files_, leaf("directoryPath", *folder) + leaf("recursive", "true"), Deadline::in(time_to_remove));
        return outputs;
    }

    Result<void> find_managers(Deadline deadline)
    {
        if (!processes_.id.empty())
            return {};
        const auto content = session_->open(deadline);
        if (!content)
            return std::unexpected(content.error());
        const auto take = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& object : page) {
                files_ = ref_of(object.node("fileManager"));
                processes_ = ref_of(object.node("processManager"));
            }
        };
        if (auto read = retrieve(*session_, {{"GuestOperationsManager", {"fileManager", "processManager"}}}, objects_of({content->guest_operations}), "", take, deadline); !read)
            return read;
        return processes_.id.empty() ? fail(ErrorKind::unsupported, "this service has no guest operations") : Result<void>{};
    }

    Result<std::string> make_folder(Deadline deadline)
    {
        const auto made = guest_call("CreateTemporaryDirectoryInGuest", files_, leaf("prefix", "gpupass-") + leaf("suffix", "") + leaf("directoryPath", "/tmp"), deadline);
        if (!made)
            return std::unexpected(made.error());
        const std::string folder{made->value().child_value()};
        if (!is_folder(folder))
            return fail(ErrorKind::parse, "the guest named a folder that is none of ours: " + excerpt(folder, 80));
        return folder;
    }

    Result<ScriptOutputs> run(const std::string& folder, const std::string& script, Deadline deadline)
    {
        const std::string file = folder + "/run";
        const auto place = guest_call("InitiateFileTransferToGuest", files_,
                                      leaf("guestFilePath", file) + branch("fileAttributes", leaf("permissions", owner_only), "GuestPosixFileAttributes") +
                                          leaf("fileSize", std::to_string(script.size())) + leaf("overwrite", "true"), deadline);
        if (!place)
            return std::unexpected(place.error());
        if (auto put = transfer(place->value().child_value(), {.path = {}, .body = script, .action = {}, .method = "PUT", .name = {}}, deadline); !put)
            return std::unexpected(std::move(put.error()));
        const auto started = guest_call("StartProgramInGuest", processes_, branch("spec", leaf("programPath", "/bin/sh") + leaf("arguments", file)), deadline);
        if (!started)
            return std::unexpected(started.error());
        if (auto ended = wait(std::string{started->value().child_value()}, deadline); !ended)
            return std::unexpected(std::move(ended.error()));
        auto out = get(folder + "/out", deadline);
        auto err = out ? get(folder + "/err", deadline) : Result<std::string>{std::unexpected(out.error())};
        return err ? Result<ScriptOutputs>{ScriptOutputs{std::move(*out), std::move(*err)}} : std::unexpected(std::move(err.error()));
    }

    Result<void> wait(const std::string& process, Deadline deadline)
    {
        while (!deadline.passed()) {
            const auto seen = guest_call("ListProcessesInGuest", processes_, leaf("pids", process), deadline, false);
            if (!seen)
                return std::unexpected(seen.error());
            if (!text_of(seen->value(), "endTime").empty())
                return {};
            std::this_thread::sleep_for(between_looks);
        }
        return fail(ErrorKind::timeout, "the guest did not end in time what it was asked to run");
    }

    Result<std::string> get(const std::string& file, Deadline deadline)
    {
        const auto place = guest_call("InitiateFileTransferFromGuest", files_, leaf("guestFilePath", file), deadline);
        if (!place)
            return std::unexpected(place.error());
        return transfer(std::string{text_of(place->value(), "url")}, {.path = {}, .body = {}, .action = {}, .method = "GET", .name = {}}, deadline);
    }

    Result<std::string> transfer(const std::string& url, Http query, Deadline deadline)
    {
        const auto place = parse_transfer_url(url);
        if (!place)
            return fail(ErrorKind::parse, "not the URL of a transfer: " + excerpt(url, 100));
        query.path = place->path;
        const auto own = parse_host_uri(session_->name());
        const bool is_own = place->host.empty() || (own && place->host == own->host);
        Result<Answer> answer = is_own ? session_->http(query, deadline) : ask_host(*place, query, deadline);
        if (!answer)
            return std::unexpected(std::move(answer.error()));
        if (answer->truncated || answer->exit_code != 0)
            return fail(ErrorKind::failed, answer->truncated ? "the guest sent more than is believed" : "the transfer ended with HTTP status " + std::to_string(answer->exit_code));
        return std::move(answer->out);
    }

    /// The host's own web service, by the certificate that the vCenter knows.
    Result<Answer> ask_host(const TransferUrl& place, const Http& query, Deadline deadline)
    {
        if (!host_ || host_place_ != std::pair{place.host, place.port}) {
            Ref host;
            std::string thumbprint;
            const auto take = [&](const std::vector<ObjectContent>& page) {
                for (const ObjectContent& object : page) {
                    if (object.object == vm_)
                        host = ref_of(object.node("runtime.host"));
                    thumbprint = object.text("summary.config.sslThumbprint");
                }
            };
            auto read = retrieve(*session_, {{"VirtualMachine", {"runtime.host"}}}, objects_of({vm_}), "", take, deadline);
            if (read)
                read = retrieve(*session_, {{"HostSystem", {"summary.config.sslThumbprint"}}}, objects_of({host}), "", take, deadline);
            if (!read)
                return std::unexpected(std::move(read.error()));
            if (thumbprint.empty())
                return fail(ErrorKind::unauthorised, "the vCenter does not tell the certificate of " + excerpt(place.host, 80));
            host_place_ = {place.host, place.port};
            host_ = open_({.scheme = "vsphere", .user = {}, .host = place.host, .port = place.port}, thumbprint);
            host_->answer_limit = most_output;
        }
        return ask_one(*host_, query, deadline);
    }

    std::shared_ptr<Session> session_;
    Ref vm_;
    std::string label_;
    OpenService open_;
    std::string who_;  // the arguments that every call begins with
    Ref files_;
    Ref processes_;
    std::unique_ptr<Machine> host_;  // the web service of the host that the VM is on, and where that is
    std::pair<std::string, std::uint16_t> host_place_;
};

}  // namespace

std::optional<TransferUrl> parse_transfer_url(std::string_view url)
{
    constexpr std::string_view scheme = "https://";
    const auto slash = url.find('/', scheme.size());
    if (!url.starts_with(scheme) || url.size() > longest_url || slash == url.npos || url.find_first_of(" \r\n\t") != url.npos)
        return std::nullopt;
    const std::string_view service = url.substr(scheme.size(), slash - scheme.size());
    if (service == "*" || service.starts_with("*:"))
        return TransferUrl{.host = {}, .port = {}, .path = std::string{url.substr(slash)}};
    const auto host = parse_host_uri("vsphere://" + std::string{service});
    if (!host || !host->user.empty())
        return std::nullopt;
    return TransferUrl{.host = host->host, .port = host->port, .path = std::string{url.substr(slash)}};
}

std::unique_ptr<Machine> make_tools_machine(std::shared_ptr<Session> session, Ref vm, GuestLogin login, std::string label, OpenService open)
{
    return std::make_unique<ToolsMachine>(std::move(session), std::move(vm), std::move(login), std::move(label), std::move(open));
}

}  // namespace gpupass::esxi
