#include "stream.hpp"

#include <algorithm>
#include <thread>

#include <unistd.h>

namespace gpupass::sim {

namespace {
constexpr std::size_t string_limit = 32u << 20;
}

bool StringOutput::write(std::string_view part)
{
    if (text.size() + part.size() > string_limit)
        return false;
    text += part;
    return true;
}

FileOutput::~FileOutput() { ::close(fd_); }

bool FileOutput::write(std::string_view text)
{
    if (full_ && !text.empty())
        return false;
    while (!text.empty()) {
        const auto count = ::write(fd_, text.data(), text.size());
        if (count <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void Input::consume(std::size_t count)
{
    at_ += count;
    if (at_ < buffer_.size() / 2)
        return;
    buffer_.erase(0, at_);
    at_ = 0;
}

std::string Input::read_all()
{
    while (buffered().size() < string_limit && fill())
        continue;
    std::string text{buffered()};
    consume(text.size());
    return text;
}

std::optional<std::string> Input::read_line()
{
    auto end = buffered().find('\n');
    while (end == std::string_view::npos && fill())
        end = buffered().find('\n');
    if (buffered().empty())
        return std::nullopt;
    std::string line{buffered().substr(0, end == std::string_view::npos ? end : end + 1)};
    consume(line.size());
    return line;
}

bool Interrupt::sleep(std::chrono::milliseconds time)
{
    std::this_thread::sleep_for(time);
    return true;
}

}  // namespace gpupass::sim
