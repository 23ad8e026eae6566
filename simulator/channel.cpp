#include "channel.hpp"

#include <algorithm>

namespace gpupass::sim {

namespace {
constexpr std::size_t send_ahead = 1u << 20;    // a script that writes more waits for its reader
constexpr std::size_t input_limit = 64u << 20;  // a client that sends more is cut off
}  // namespace

class Channel::In : public Input {
public:
    explicit In(Channel& channel) : channel_{channel} {}
    bool fill() override { return channel_.wait_for_input(buffer_); }

private:
    Channel& channel_;
};

class Channel::Out : public Output {
public:
    Out(Channel& channel, bool is_err) : channel_{channel}, is_err_{is_err} {}
    bool write(std::string_view text) override { return channel_.send(text, is_err_); }

private:
    Channel& channel_;
    bool is_err_;
};

class Channel::Stop : public Interrupt {
public:
    explicit Stop(Channel& channel) : channel_{channel} {}
    bool stopped() override { return channel_.is_dead(); }
    bool sleep(std::chrono::milliseconds time) override
    {
        const auto end = std::chrono::steady_clock::now() + time;
        std::unique_lock lock{channel_.mutex_};
        while (!channel_.is_dead() && std::chrono::steady_clock::now() < end)
            channel_.changed_.wait_until(
                lock, std::min(end, std::chrono::steady_clock::now() + std::chrono::milliseconds{100}));
        return !channel_.is_dead();
    }

private:
    Channel& channel_;
};

Channel::Channel(const ShellMachine& machine, std::function<bool()> lost, std::function<void()> wake)
    : machine_{machine}, lost_{std::move(lost)}, wake_{std::move(wake)}
{
}

Channel::~Channel()
{
    kill();
    if (worker_.joinable())
        worker_.join();
}

void Channel::start(std::string command, std::string greeting, std::string prompt)
{
    worker_ =
        std::thread{[this, command = std::move(command), greeting = std::move(greeting), prompt = std::move(prompt)] {
            Stop stop{*this};
            const auto in = std::make_shared<In>(*this);
            Shell shell{machine_, stop, {in, std::make_shared<Out>(*this, false), std::make_shared<Out>(*this, true)}};
            shell.prompt = prompt;
            shell.io.out->write(greeting);
            const int status = prompt.empty() ? shell.run_text(command) : shell.run_script(*in);
            {
                const std::lock_guard lock{mutex_};
                status_ = status & 0xff;
            }
            wake_();
        }};
}

void Channel::receive(std::string_view data)
{
    const std::lock_guard lock{mutex_};
    input_ += data;
    dead_ = dead_ || input_.size() > input_limit;
    changed_.notify_all();
}

void Channel::receive_end()
{
    const std::lock_guard lock{mutex_};
    input_ended_ = true;
    changed_.notify_all();
}

bool Channel::wait_for_input(std::string& into)
{
    std::unique_lock lock{mutex_};
    while (input_.empty() && !input_ended_ && !is_dead())
        changed_.wait_for(lock, std::chrono::milliseconds{100});
    const bool more = !input_.empty() && !is_dead();
    into += input_;
    input_.clear();
    return more;
}

bool Channel::send(std::string_view text, bool is_err)
{
    if (text.empty())
        return true;
    bool was_empty = false;
    {
        std::unique_lock lock{mutex_};
        while (waiting_ > send_ahead && !is_dead())
            changed_.wait_for(lock, std::chrono::milliseconds{100});
        if (is_dead())
            return false;
        was_empty = output_.empty();
        waiting_ += text.size();
        if (output_.empty() || output_.back().is_err != is_err)
            output_.push_back({"", is_err});
        output_.back().text += text;
    }
    if (was_empty)
        wake_();
    return true;
}

Channel::Piece Channel::take(std::size_t limit)
{
    const std::lock_guard lock{mutex_};
    if (output_.empty() || limit == 0)
        return {};
    auto& first = output_.front();
    Piece piece;
    if (first.text.size() <= limit) {
        piece = std::move(first);
        output_.pop_front();
    } else {
        piece = {first.text.substr(0, limit), first.is_err};
        first.text.erase(0, limit);
    }
    waiting_ -= piece.text.size();
    changed_.notify_all();
    return piece;
}

std::optional<int> Channel::ended()
{
    const std::lock_guard lock{mutex_};
    return output_.empty() ? status_ : std::nullopt;
}

void Channel::kill()
{
    const std::lock_guard lock{mutex_};
    dead_ = true;
    changed_.notify_all();
}

}  // namespace gpupass::sim
