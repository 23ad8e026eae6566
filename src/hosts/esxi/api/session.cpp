#include "hosts/esxi/api/session.hpp"

#include "hosts/esxi/text.hpp"

#include <ctime>
#include <thread>

namespace gpupass::esxi {

namespace {

constexpr std::size_t largest_answer = 128u << 20;
constexpr int most_tries = 3;
constexpr int service_unavailable = 503;
constexpr int has_fault = 500;
constexpr std::chrono::milliseconds between_tries{500};
constexpr const char* oldest_version = "6.7";

Ref child_ref(const pugi::xml_node& content, const char* name)
{
    return ref_of(content.child(name));
}

ServiceContent content_of(const pugi::xml_node& content)
{
    const pugi::xml_node about = content.child("about");
    return {.is_vcenter = text_of(about, "apiType") == "VirtualCenter",
            .api_version = std::string{text_of(about, "apiVersion")},
            .root_folder = child_ref(content, "rootFolder"),
            .property_collector = child_ref(content, "propertyCollector"),
            .view_manager = child_ref(content, "viewManager"),
            .session_manager = child_ref(content, "sessionManager"),
            .licence_manager = child_ref(content, "licenseManager"),
            .file_manager = child_ref(content, "fileManager"),
            .authorization_manager = child_ref(content, "authorizationManager"),
            .guest_operations = child_ref(content, "guestOperationsManager"),
            .session_key = {}};
}

bool may_repeat(const Call& call, const Error& error)
{
    return !call.changes && error.kind == ErrorKind::unreachable;
}

}  // namespace

bool ServiceContent::is_7() const
{
    return number_of(std::string_view{api_version}.substr(0, api_version.find('.'))).value_or(0) >= 7;
}

Session::Session(std::unique_ptr<Machine> machine, Credentials credentials, bool is_recording)
    : machine_{std::move(machine)}, credentials_{std::move(credentials)}, is_recording_{is_recording}
{
    machine_->answer_limit = largest_answer;
}

Session::~Session()
{
    if (is_logged_in_)
        (void)send({.method = "Logout", .object = content_->session_manager, .arguments = {}, .name = {}, .changes = true}, Deadline::in(std::chrono::seconds{2}));
}

void Session::forget()
{
    machine_->disconnect();
    is_logged_in_ = false;
}

/// 503 means that it was not carried out; a broken connection may mean that it was.
Result<Answer> Session::send_patiently(const Call& call, Deadline deadline)
{
    const bool is_7 = content_ && content_->is_7();
    const Query query = Http{.path = "/sdk", .body = envelope_of(call), .action = std::string{"urn:vim25/"} + (is_7 ? "7.0" : oldest_version), .name = call.name};
    for (int tries = 1;; ++tries) {
        auto answer = ask_one(*machine_, query, deadline);
        const bool again = answer ? answer->exit_code == service_unavailable : may_repeat(call, answer.error());
        if (!again || tries == most_tries || deadline.left() <= between_tries)
            return answer;
        std::this_thread::sleep_for(between_tries);
    }
}

Result<Reply> Session::send(const Call& call, Deadline deadline)
{
    auto answer = send_patiently(call, deadline);
    if (!answer)
        return at(std::move(answer.error()), call.method);
    if (answer->state == Answer::State::not_recorded)
        return fail(ErrorKind::unknown, "not in the recording");
    if (answer->truncated)
        return fail(ErrorKind::parse, "the answer of the host is too long");
    if (answer->exit_code != 0 && answer->exit_code != has_fault)
        return at({.kind = answer->exit_code == service_unavailable ? ErrorKind::unreachable : ErrorKind::failed,
                   .what = "the web service answered with HTTP status " + std::to_string(answer->exit_code), .where = {},
                   .next = "look whether this address is that of an ESXi host or a vCenter, and whether its services run"}, call.method);
    auto reply = parse_reply(answer->out, call.method);
    return reply ? std::move(reply) : at(std::move(reply.error()), call.method);
}

Result<ServiceContent> Session::read_content(Deadline deadline)
{
    const Call call{.method = "RetrieveServiceContent", .object = {"ServiceInstance", "ServiceInstance"}, .arguments = {}, .name = "service content"};
    const auto reply = send(call, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->fault)
        return std::unexpected(error_of(*reply->fault));
    return content_of(reply->value());
}

Result<std::string> Session::password()
{
    if (!credentials_.password && credentials_.ask)
        credentials_.password = credentials_.ask("Password of " + credentials_.user + " on " + name() + ": ");
    if (credentials_.password)
        return *credentials_.password;
    return fail(ErrorKind::unauthorised, "the API needs a password", "give --password-file FILE or GPUPASS_PASSWORD");
}

Result<void> Session::log_in(Deadline deadline)
{
    const auto asked_at = Clock::now();
    const auto secret = password();
    if (!secret)
        return std::unexpected(secret.error());
    deadline.at += Clock::now() - asked_at;  // a person typed meanwhile
    const Call call{.method = "Login", .object = content_->session_manager,
                    .arguments = leaf("userName", credentials_.user) + leaf("password", *secret) + leaf("locale", "en_US"), .name = {}};
    const auto reply = send(call, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->fault)
        return std::unexpected(error_of(*reply->fault));
    is_logged_in_ = true;
    content_->session_key = text_of(reply->value(), "key");
    return {};
}

Result<ServiceContent> Session::open(Deadline deadline)
{
    if (!content_) {
        auto content = read_content(deadline);
        if (!content)
            return at(std::move(content.error()), name());
        content_ = std::move(*content);
    }
    // A recording needs no login, and has none.
    if (!is_logged_in_ && !is_recording_)
        if (auto done = log_in(deadline); !done)
            return at(std::move(done.error()), name());
    return *content_;
}

Result<Reply> Session::call(const Call& call, Deadline deadline)
{
    for (int tries = 1;; ++tries) {
        if (auto opened = open(deadline); !opened)
            return std::unexpected(std::move(opened.error()));
        auto reply = send(call, deadline);
        if (!reply || !reply->fault || reply->fault->type != "NotAuthenticated" || tries == 2)
            return reply;
        is_logged_in_ = false;
    }
}

Result<Reply> Session::ask(const Call& call, Deadline deadline)
{
    auto reply = this->call(call, deadline);
    if (reply && reply->fault)
        return at(error_of(*reply->fault), call.method);
    return reply;
}

Result<Answer> Session::http(const Http& query, Deadline deadline)
{
    if (auto opened = open(deadline); !opened)
        return std::unexpected(std::move(opened.error()));
    auto answer = ask_one(*machine_, query, deadline);
    // A connection that broke took the cookie along.
    if (!answer || (answer->exit_code != 401 && answer->exit_code != 403))
        return answer;
    is_logged_in_ = false;
    if (auto opened = open(deadline); !opened)
        return std::unexpected(std::move(opened.error()));
    return ask_one(*machine_, query, deadline);
}

std::int64_t Session::time(Deadline deadline)
{
    const auto reply = call({.method = "CurrentTime", .object = {"ServiceInstance", "ServiceInstance"}, .arguments = {}, .name = "time"}, deadline);
    return (reply && !reply->fault ? time_of(reply->value().child_value()) : std::nullopt).value_or(std::time(nullptr));
}

}  // namespace gpupass::esxi
