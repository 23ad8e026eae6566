#include "vsphere/vcenter.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace gpupass::test {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;

Vsphere::Vsphere(const std::vector<std::string>& options) : folder{make_folder()}
{
    for (const char* name : {"home", "state", "config"})
        fs::create_directories(folder / name);
    // The simulator ends with its standard input: a pipe that this process holds open.
    const fs::path pipe = folder / "alive";
    if (mkfifo(pipe.c_str(), 0600) != 0)
        throw std::runtime_error("cannot create " + pipe.string());
    std::string command = "exec " GPUPASS_VSPHERE_SIM " --log '" + requests().string() + "'";
    for (const std::string& option : options)
        command += " '" + option + "'";
    const fs::path ready = folder / "ready";
    command += " <'" + pipe.string() + "' 2>'" + (folder / "errors").string() + "' >'" + ready.string() + "'";
    simulator_ = std::make_unique<Background>(std::vector<std::string>{"/bin/sh", "-c", command}, std::map<std::string, std::string>{}, (folder / "shell").string());
    keep_alive_ = open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60}; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(milliseconds{20}))
        if (const std::string text = read_file(ready); text.ends_with('\n')) {
            access_ = json::parse(text);
            trust();
            return;
        }
    throw std::runtime_error("the simulator did not start: " + read_file(folder / "errors"));
}

Vsphere::~Vsphere()
{
    if (keep_alive_ >= 0)
        close(keep_alive_);
    simulator_.reset();
    std::error_code error;
    fs::remove_all(folder, error);
}

std::string Vsphere::address() const
{
    return "127.0.0.1:" + std::to_string(access_.at("port").get<int>());
}

void Vsphere::trust()
{
    std::ofstream{folder / "certificates"} << address() << " " << access_.at("sha256").get<std::string>() << "\n";
}

std::string Vsphere::uri(const std::string& inner) const
{
    std::string user = access_.at("user");
    if (const auto sign = user.find('@'); sign != std::string::npos)
        user.replace(sign, 1, "%40");
    return "vsphere://" + user + "@" + address() + (inner.empty() ? "" : "/" + inner);
}

Finished Vsphere::gpupass(std::vector<std::string> args, const std::string& inner, Launch how)
{
    how.argv = {GPUPASS, "--host", uri(inner), "--known-hosts", (folder / "certificates").string()};
    how.argv.insert(how.argv.end(), args.begin(), args.end());
    how.environment.insert({{"HOME", (folder / "home").string()}, {"XDG_STATE_HOME", (folder / "state").string()},
                            {"XDG_CONFIG_HOME", (folder / "config").string()}, {"GPUPASS_PASSWORD", access_.at("password")}});
    return run(how);
}

json Vsphere::gpupass_json(std::vector<std::string> args, const std::string& inner, Launch how)
{
    args.emplace_back("--json");
    const Finished finished = gpupass(std::move(args), inner, std::move(how));
    json document = json::parse(finished.out, nullptr, false);
    if (document.is_discarded()) {
        ADD_FAILURE() << "no JSON: " << finished.out << finished.err;
        document = json::object();
    }
    document["exit"] = finished.exit_code;
    return document;
}

std::string Vsphere::control(const std::string& request)
{
    const int port = access_.at("control");
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
        char block[4096];
        for (ssize_t got = read(fd, block, sizeof block); got > 0; got = read(fd, block, sizeof block))
            answer.append(block, static_cast<std::size_t>(got));
    }
    close(fd);
    EXPECT_TRUE(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200")) << request << answer;
    const auto body = answer.find("\r\n\r\n");
    return body == std::string::npos ? "" : answer.substr(body + 4);
}

void Vsphere::order(const json& what)
{
    const std::string body = what.dump();
    const std::string answer = control("POST /control HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const json told = json::parse(answer, nullptr, false);
    if (told.is_object() && told.contains("sha256"))
        access_["sha256"] = told.at("sha256");
}

json Vsphere::counters()
{
    return json::parse(control("GET /control HTTP/1.0\r\n\r\n"), nullptr, false);
}

void Vsphere::settle()
{
    for (int i = 0; i < 100; ++i) {
        if (gpupass({"inspect", "--json"}).exit_code == 0)
            return;
        std::this_thread::sleep_for(milliseconds{100});
    }
    ADD_FAILURE() << "the simulator does not come back";
}

json essence_of(json inspected)
{
    json out;
    for (const json& gpu : inspected.at("gpus"))
        out["gpus"].push_back({{"address", gpu.at("address")}, {"owner", gpu.at("owner")}, {"configured", gpu.at("configured_owner")}, {"state", gpu.at("state")}, {"vm", gpu.at("vm")}});
    out["vms"] = inspected.at("vms");
    out["console"] = inspected.at("host").at("console_gpu");
    return out;
}

}  // namespace gpupass::test
