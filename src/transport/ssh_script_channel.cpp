#include "transport/ssh_script_channel.hpp"

#include "transport/text.hpp"

#include <algorithm>

namespace gpupass {
namespace {

constexpr std::size_t chunk = 32'768;
/// A network may be silent for longer than a device: so many times entry_time is waited for the next sign of life.
constexpr int network_patience = 8;

}  // namespace

ScriptChannel::ScriptChannel(SshSession& session, std::span<const Query> queries, const BatchLimits& limits,
                             const std::string& mark, const std::string& after)
    : session_{session}, queries_{queries}, limits_{limits}, script_{render_script(queries, mark, after)},
      out_{mark, true, limits.answer_limit}, err_{mark, false, limits.answer_limit},
      channel_{ssh_channel_new(session.get())}
{
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.channel_data_function = take_data;
    ssh_set_channel_callbacks(channel_, &callbacks_);
}

ScriptChannel::ScriptChannel(SshSession& session, std::span<const Query> queries, const BatchLimits& limits,
                             const std::string& after)
    : ScriptChannel{session, queries, limits, new_mark(), after}
{
}

/// A command that hangs is asked to end; whether it does is the host's matter.
ScriptChannel::~ScriptChannel()
{
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    if (accepted_ && !all_answered() && session_.is_alive())
        ssh_channel_request_send_signal(channel_, "TERM");
    ssh_channel_free(channel_);
}

int ScriptChannel::take_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_err, void* self)
{
    auto& channel = *static_cast<ScriptChannel*>(self);
    auto& parser = is_err ? channel.err_ : channel.out_;
    channel.heard_ = true;
    if (!channel.garbled_)
        channel.garbled_ = !parser.feed({static_cast<const char*>(data), size});
    return static_cast<int>(size);
}

Result<void> ScriptChannel::open()
{
    const auto rc = session_.repeat([&] { return ssh_channel_open_session(channel_); }, SSH_AGAIN, query_deadline_);
    if (!rc)
        return std::unexpected(session_.too_late("open a channel"));
    if (*rc != SSH_OK)
        return std::unexpected(session_.broken("open a channel"));
    return {};
}

/// The script follows the request to run a shell without waiting for its acceptance: that saves a round trip.
bool ScriptChannel::send()
{
    while (!script_.empty()) {
        const auto size = std::min({script_.size(), chunk, std::size_t{ssh_channel_window_size(channel_)}});
        const int sent = size > 0 ? ssh_channel_write(channel_, script_.data(), static_cast<std::uint32_t>(size)) : 0;
        if (sent < 0)
            return false;
        if (sent == 0)
            return true;
        script_.erase(0, static_cast<std::size_t>(sent));
    }
    if (!eof_sent_)
        eof_sent_ = ssh_channel_send_eof(channel_) == SSH_OK;
    return true;
}

/// Lets libssh read and write; false when the channel or the connection is at its end.
bool ScriptChannel::drive()
{
    if (!accepted_) {
        const int rc = ssh_channel_request_exec(channel_, "sh -s");
        accepted_ = rc == SSH_OK;
        if (rc == SSH_ERROR)
            return false;
    }
    if (ssh_channel_is_eof(channel_) || ssh_channel_is_closed(channel_) || !send())
        return false;
    return ssh_channel_poll(channel_, 0) >= 0;
}

void ScriptChannel::collect()
{
    if (out_.started() && !std::exchange(started_, true))
        begin_query();
    while (!out_.complete().empty() && !err_.complete().empty() && !all_answered()) {
        auto& out = out_.complete().front();
        auto& err = err_.complete().front();
        answers_.push_back({.exit_code = out.exit_code,
                            .out = std::move(out.text),
                            .err = std::move(err.text),
                            .truncated = out.truncated || err.truncated});
        out_.complete().pop_front();
        err_.complete().pop_front();
        begin_query();
    }
    if (std::exchange(heard_, false) && started_ && !all_answered())
        heard_of_it();
}

void ScriptChannel::begin_query()
{
    query_end_ = query_deadline_ = Deadline::in(limits_.query_time);
    heard_ = true;
}

/// A ReadEach tells of each entry; when it says nothing, the entry does not answer.
void ScriptChannel::heard_of_it()
{
    if (std::holds_alternative<ReadEach>(queries_[answers_.size()]))
        query_deadline_ = {std::min(query_end_.at, Deadline::in(network_patience * limits_.entry_time).at)};
}

Answer ScriptChannel::unfinished() const
{
    const auto out = out_.complete().empty() ? out_.rest() : out_.complete().front();
    const auto err = err_.complete().empty() ? err_.rest() : err_.complete().front();
    return {.state = Answer::State::timed_out, .exit_code = 0, .out = out.text, .err = err.text, .truncated = out.truncated || err.truncated};
}

std::string ScriptChannel::doing() const
{
    return started_ ? describe(queries_[answers_.size()]) : "start a shell";
}

Error ScriptChannel::ended() const
{
    if (!session_.is_alive())
        return session_.broken(doing());
    if (!accepted_)
        return {ErrorKind::unauthorised, "the host refused to run a shell", {doing()}, "use an account with a login shell"};
    const std::string said = printable(err_.started() ? err_.rest().text : err_.preamble() + out_.preamble(), 80);
    return {ErrorKind::unreachable, "the host's shell ended before its work was done" + (said.empty() ? "" : ": " + said), {doing()},
            "try again; if it stays so, use an account whose login shell can run `sh -s`"};
}

Result<std::vector<Answer>> ScriptChannel::run()
{
    query_deadline_ = {std::min(Deadline::in(limits_.start_time).at, limits_.deadline.at)};
    if (auto opened = open(); !opened)
        return std::unexpected(std::move(opened.error()));
    while (true) {
        const bool goes_on = drive();
        collect();
        if (all_answered())
            return answers_;
        if (garbled_)
            return std::unexpected(Error{ErrorKind::parse, "the host's shell answered with something else than the script prints", {doing()}, {}});
        if (!goes_on)
            return std::unexpected(ended());
        const Deadline next{std::min(query_deadline_.at, limits_.deadline.at)};
        if (session_.wait(next))
            continue;
        if (limits_.deadline.passed() || !started_)
            return std::unexpected(session_.too_late(doing()));
        answers_.push_back(unfinished());
        return answers_;
    }
}

}  // namespace gpupass
