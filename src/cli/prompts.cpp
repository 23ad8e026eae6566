#include "cli/prompts.hpp"

#include "cli/text.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <istream>
#include <ostream>

namespace gpupass::cli {

namespace {

/// While somebody is asked, Ctrl-C does what it does everywhere: what was done is in the journal, and nothing is under way.
class EndsAtInterrupt {
public:
    EndsAtInterrupt() : interrupt_(std::signal(SIGINT, SIG_DFL)), terminate_(std::signal(SIGTERM, SIG_DFL)) {}
    ~EndsAtInterrupt()
    {
        std::signal(SIGINT, interrupt_);
        std::signal(SIGTERM, terminate_);
    }
    EndsAtInterrupt(const EndsAtInterrupt&) = delete;
    EndsAtInterrupt& operator=(const EndsAtInterrupt&) = delete;

private:
    void (*interrupt_)(int);
    void (*terminate_)(int);
};

std::optional<std::string> ask_line(Surroundings& around, std::string_view question)
{
    if (!around.terminal.in)
        return std::nullopt;
    const EndsAtInterrupt ends;
    around.err << question << ' ' << std::flush;
    std::string line;
    if (!std::getline(around.in, line))
        return std::nullopt;
    return line;
}

std::string lower(std::string text)
{
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

class File {
public:
    explicit File(int number) : number_(number) {}
    ~File() { if (number_ >= 0) close(number_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

/// Echo off; SIGINT interrupts read() for as long, so that the echo is on again before the process ends.
class Silence {
public:
    explicit Silence(int terminal) : terminal_(terminal)
    {
        struct sigaction interrupt{};
        interrupt.sa_handler = [](int) {};
        sigaction(SIGINT, &interrupt, &before_signal_);
        tcgetattr(terminal_, &before_);
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(terminal_, TCSAFLUSH, &quiet);
    }
    ~Silence()
    {
        tcsetattr(terminal_, TCSAFLUSH, &before_);
        sigaction(SIGINT, &before_signal_, nullptr);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    int terminal_;
    termios before_{};
    struct sigaction before_signal_{};
};

/// nullopt when it was interrupted or ended before the end of a line.
std::optional<std::string> read_quietly(int terminal)
{
    const Silence silence{terminal};
    constexpr std::size_t longest = 4096;
    std::string line;
    for (char c{}; line.size() < longest && read(terminal, &c, 1) == 1;) {
        if (c == '\n')
            return line;
        line += c;
    }
    return std::nullopt;
}

}  // namespace

bool ask_yes_no(Surroundings& around, std::string_view question)
{
    const auto line = ask_line(around, std::string{question} + " [y/N]");
    if (!line)
        return false;
    const std::string answer = lower(*line);
    return answer == "y" || answer == "yes";
}

bool ask_typed(Surroundings& around, std::string_view question, std::string_view expected)
{
    const auto line = ask_line(around, question);
    return line && *line == expected;
}

std::optional<std::string> ask_secret(Surroundings& around, std::string_view prompt)
{
    if (!around.terminal.in)
        return std::nullopt;
    const File terminal{open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)};
    if (terminal.number() < 0)
        return std::nullopt;
    around.err << printable(prompt) << ' ' << std::flush;
    auto secret = read_quietly(terminal.number());
    around.err << '\n';
    if (!secret)
        std::raise(SIGINT);
    return secret;
}

}  // namespace gpupass::cli
