#include "server.hpp"

#include "guest_linux.hpp"
#include "host_programs.hpp"
#include "relay.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <thread>

#include <poll.h>
#include <unistd.h>

namespace gpupass::sim {

struct Server::Served {
    std::unique_ptr<Connection> connection;
    bool is_guest{};
    int epoch{};
    std::atomic<bool> done{};
    std::thread thread;
};

Server::Server(ServerOptions options)
    : options_{std::move(options)}, counters_{options_.host.folder / "calls.json"}, host_{options_.host},
      host_machine_{host_machine(
          host_, [this](const std::string& name) { counters_.count(name == "vim-cmd" ? "vim_cmd" : name == "reboot" ? "reboots" : "esxcli"); })},
      guest_machine_{guest_machine(host_)}
{
}

Server::~Server()
{
    for (auto& served : connections_)
        served->connection->cut();
    for (auto& served : connections_)
        served->thread.join();
}

void Server::make_endpoints()
{
    const auto on_exec = [this] { counters_.count("exec"); };
    const auto lost_after = [](const std::atomic<int>& epoch) {
        return [&epoch, now = epoch.load()] { return epoch.load() != now; };
    };
    host_endpoint_ = {&host_machine_,
                      {"root"},
                      "[root@nuc11:~] ",
                      "This is a simulated ESXi host. Nothing here is real.\n\n",
                      &host_key_,
                      &client_key_,
                      [this] { return host_.disk.read("/etc/ssh/keys-root/authorized_keys").value_or(""); },
                      [this, lost_after]() -> std::function<bool()> { return lost_after(host_.epoch); },
                      on_exec};
    guest_endpoint_ = {&guest_machine_,
                       {"user", "root"},
                       "user@debian:~$ ",
                       "This is a simulated guest. Nothing here is real.\n\n",
                       &host_key_,
                       &client_key_,
                       [] { return std::string{}; },
                       [this, lost_after]() -> std::function<bool()> { return lost_after(guest_epoch_); },
                       on_exec};
}

namespace {

int number_in_access(const std::filesystem::path& folder, const char* name)
{
    std::ifstream in{folder / "access.json"};
    const auto json = nlohmann::json::parse(in, nullptr, false);
    return json.is_object() && json.contains(name) && json[name].is_number_integer() ? json[name].get<int>() : 0;
}

// The port of the last time, if it is free, so that known_hosts stays right.
std::unique_ptr<Listener> make_listener(int wanted, int last)
{
    if (wanted == 0 && last > 0 && last < 65536)
        if (auto again = std::make_unique<Listener>(last); again->is_valid())
            return again;
    return std::make_unique<Listener>(wanted);
}

}  // namespace

int serving_process(const std::filesystem::path& folder) { return number_in_access(folder, "pid"); }

std::string Server::start()
{
    const auto& folder = options_.host.folder;
    host_key_ = load_or_make_key(folder / "host_key");
    client_key_ = load_or_make_key(folder / "client_key");
    if (!host_key_ || !client_key_)
        return "cannot make the keys in " + folder.string();
    make_endpoints();
    host_listener_ = make_listener(options_.port, number_in_access(folder, "host_port"));
    guest_listener_ = make_listener(options_.guest_port, number_in_access(folder, "guest_port"));
    if (!host_listener_->is_valid() || !guest_listener_->is_valid())
        return "cannot bind the ports";
    tick();
    last_use_ = host_.now();
    return write_access() ? "" : "cannot write " + (folder / "access.json").string();
}

bool Server::write_access() const
{
    const auto& folder = options_.host.folder;
    const auto key = public_text(host_key_);
    const int host_port = host_listener_->port();
    const int guest_port = guest_listener_->port();
    const nlohmann::json access{{"pid", ::getpid()},
                                {"host", "127.0.0.1"},
                                {"host_port", host_port},
                                {"guest_port", guest_port},
                                {"identity", (folder / "client_key").string()},
                                {"known_hosts", (folder / "known_hosts").string()}};
    return replace_file(folder / "client_key.pub", public_text(client_key_) + "\n") &&
        replace_file(folder / "known_hosts",
                     fmt::format("[127.0.0.1]:{} {}\n[127.0.0.1]:{} {}\n", host_port, key, guest_port, key)) &&
        replace_file(folder / "access.json", access.dump() + "\n");
}

// Time passes: what is due happens, and the ports follow. True: something is about to happen.
bool Server::tick()
{
    const auto hold = host_.enter();
    const bool guest = guest_answers(host_);
    if (guest_was_up_ && !guest)
        ++guest_epoch_;
    guest_was_up_ = guest;
    host_listener_->listen(host_.is_up() && host_.world.ssh_runs);
    guest_listener_->listen(guest);
    return !host_.world.events.empty();
}

void Server::accept_from(const Listener& listener, bool is_guest)
{
    int fd = listener.accept();
    if (fd < 0)
        return;
    counters_.count(is_guest ? "guest_connections" : "connections");
    if (options_.log)
        fmt::print(stderr, "connection to the {}\n", is_guest ? "guest" : "host");
    long long garbage = -1;
    auto served = std::make_unique<Served>();
    served->is_guest = is_guest;
    served->epoch = is_guest ? guest_epoch_.load() : host_.epoch.load();
    if (!is_guest) {
        const auto hold = host_.enter();
        host_.apply_faults();
        if (const auto bytes = host_.faults.take("cut"))
            fd = start_relay(fd, WireFault::cut, static_cast<long long>(fault_number(bytes, 0)));
        else if (const auto stall = host_.faults.take("stall"))
            fd = start_relay(fd, WireFault::stall, static_cast<long long>(fault_number(stall, 0)));
        if (const auto bytes = host_.faults.take("garbage"))
            garbage = static_cast<long long>(fault_number(bytes, 0));
    }
    served->connection = std::make_unique<Connection>(is_guest ? guest_endpoint_ : host_endpoint_, fd, garbage);
    auto& made = *served;
    connections_.push_back(std::move(served));
    made.thread = std::thread{[&made] {
        made.connection->serve();
        made.done = true;
    }};
}

void Server::cut_lost()
{
    for (auto& served : connections_)
        if (served->epoch != (served->is_guest ? guest_epoch_.load() : host_.epoch.load()))
            served->connection->cut();
}

void Server::remove_finished()
{
    std::erase_if(connections_, [](const std::unique_ptr<Served>& served) {
        if (!served->done)
            return false;
        served->thread.join();
        return true;
    });
}

void Server::run(const std::atomic<bool>& stop)
{
    for (bool busy = true; !stop;) {
        pollfd waits[]{{host_listener_->listens() ? host_listener_->fd() : -1, POLLIN, 0},
                       {guest_listener_->listens() ? guest_listener_->fd() : -1, POLLIN, 0}};
        ::poll(waits, 2, busy || !connections_.empty() ? 10 : 100);
        if (waits[0].revents != 0)
            accept_from(*host_listener_, false);
        if (waits[1].revents != 0)
            accept_from(*guest_listener_, true);
        busy = tick();
        cut_lost();
        remove_finished();
        if (!connections_.empty())
            last_use_ = host_.now();
        std::error_code error;
        const bool gone = !std::filesystem::exists(options_.host.folder / "lock", error);
        if (gone || host_.now() - last_use_ > options_.idle_seconds)
            return;
    }
}

}  // namespace gpupass::sim
