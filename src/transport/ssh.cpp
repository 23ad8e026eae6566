#include "transport/ssh.hpp"

#include "transport/net.hpp"
#include "transport/script.hpp"
#include "transport/ssh_batch.hpp"
#include "transport/ssh_route.hpp"
#include "transport/ssh_tunnel.hpp"

#include <algorithm>

namespace gpupass {
namespace {

class SshMachine : public Machine {
public:
    SshMachine(HostUri uri, SshOptions options) : uri_{std::move(uri)}, options_{std::move(options)} {}
    ~SshMachine() override { disconnect(); }

    std::string name() const override { return uri_.text(); }

    void disconnect() override
    {
        const NoSigpipe no_sigpipe;
        session_.reset();
        while (!tunnels_.empty())  // each runs inside the one before it
            tunnels_.pop_back();
    }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        for (const Query& query : queries)
            if (auto fine = check_query(query); !fine)
                return at(std::move(fine.error()), "host " + name());
        const NoSigpipe no_sigpipe;
        if (auto ready = make_ready(deadline); !ready)
            return give_up(std::move(ready.error()));
        auto answers =
            run_batch(*session_, queries, {deadline, options_.connect_time, query_time, entry_time, answer_limit});
        return answers ? std::move(answers) : give_up(std::move(answers.error()));
    }

private:
    std::unexpected<Error> give_up(Error error)
    {
        disconnect();
        return at(std::move(error), "host " + name());
    }

    /// A connection that the host closed between two batches is made again: nothing was under way.
    Result<void> make_ready(Deadline& deadline)
    {
        if (session_ && !session_->is_usable())
            disconnect();
        return session_ ? Result<void>{} : connect(deadline);
    }

    Result<void> connect(Deadline& deadline)
    {
        const auto route = ssh_route(uri_, options_);
        if (!route)
            return std::unexpected(route.error());
        for (std::size_t i = 0; i < route->size(); ++i)
            if (auto fine = go_to(*route, i, deadline); !fine)
                return fine;
        return {};
    }

    /// Opens the session with hop `i`, over the session with the one before it.
    Result<void> go_to(const std::vector<SshHop>& route, std::size_t i, Deadline& deadline)
    {
        Deadline hop_deadline{std::min(Deadline::in(options_.connect_time).at, deadline.at)};
        const Deadline before = hop_deadline;
        auto socket = i == 0 ? connect_tcp(route[i].host, route[i].port, hop_deadline) : tunnel_to(route[i], hop_deadline);
        if (!socket)
            return std::unexpected(std::move(socket.error()));
        auto session = SshSession::open(std::move(*socket), route[i], options_.prompts, hop_deadline);
        deadline.at += hop_deadline.at - before.at;  // time that a person took to answer
        if (!session)
            return std::unexpected(std::move(session.error()));
        session_ = std::move(*session);
        return {};
    }

    Result<Fd> tunnel_to(const SshHop& hop, Deadline deadline)
    {
        auto tunnel = SshTunnel::open(std::move(session_), hop, deadline);
        if (!tunnel)
            return std::unexpected(std::move(tunnel.error()));
        tunnels_.push_back(std::move(*tunnel));
        return tunnels_.back()->take_socket();
    }

    HostUri uri_;
    SshOptions options_;
    std::vector<std::unique_ptr<SshTunnel>> tunnels_;
    std::unique_ptr<SshSession> session_;
};

}  // namespace

std::unique_ptr<Machine> make_ssh_machine(const HostUri& uri, SshOptions options)
{
    return std::make_unique<SshMachine>(uri, std::move(options));
}

}  // namespace gpupass
