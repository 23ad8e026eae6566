#include "guest/program.hpp"

#include "guest/judge.hpp"
#include "guest/report.hpp"

#include <fmt/format.h>

#include <ostream>

namespace gpupass::guest {

namespace {

using namespace std::chrono_literals;

// Without figures a part takes a second at most where nothing is wrong; with them some seconds. In a guest that is only slow (a cold
// disk, a busy host) the figures' time must not end before the driver's compiler is loaded, and the last figure that is begun must
// have time to end: slow is not broken.
constexpr std::chrono::milliseconds fast_time = 5s;
constexpr std::chrono::milliseconds full_time = 25s;
constexpr std::chrono::milliseconds figures_begin_within = 10s;

struct Words {
    Request request;
    bool json{};
    bool version{};
    std::string wrong;  // what is not understood; "" when all is
};

/// `--device 0000:00:02.0` or `--device 8086:9a49`.
void read_device(const std::string& text, Words& words)
{
    words.request.address = parse_pci_address(text);
    words.request.id = words.request.address ? std::nullopt : parse_pci_id(text);
    if (!words.request.address && !words.request.id)
        words.wrong = fmt::format("{} is neither a PCI address (0000:00:02.0) nor an id (8086:9a49)", text);
}

Words read_words(std::span<const std::string> words)
{
    Words read;
    for (std::size_t i = 0; i < words.size() && read.wrong.empty(); ++i) {
        if (words[i] == "--json")
            read.json = true;
        else if (words[i] == "--version")
            read.version = true;
        else if (words[i] == "--fast")
            read.request.fast = true;
        else if (words[i] == "--allow-software")
            read.request.allow_software = true;
        else if (words[i] == "--device" && i + 1 < words.size())
            read_device(words[++i], read);
        else
            read.wrong = fmt::format("{} is not understood; options are --json --device ADDRESS|ID --fast --allow-software --version", words[i]);
    }
    return read;
}

std::vector<std::string> part_words(const Request& request, const PlatformReport& report)
{
    std::vector<std::string> words;
    if (report.gpu)
        words = {"--address", to_string(report.gpu->address)};
    if (!request.fast)
        words.emplace_back("--figures");
    if (request.allow_software)
        words.emplace_back("--allow-software");
    return words;
}

int exit_status(const Verdict& verdict)
{
    const bool good = verdict.word == "working" || (verdict.software && verdict.word == "unproven");
    return good ? 0 : 1;
}

int verify(const Words& words, Platform& platform, std::ostream& out)
{
    const PlatformReport report = platform.look(words.request);
    const auto time = words.request.fast ? fast_time : full_time;
    // Figures of one API beside the work of another would be wrong.
    const auto answers = platform.ask(platform.apis(), part_words(words.request, report), time, words.request.fast);
    const Verdict verdict = judge(report, answers, words.request);
    out << (words.json ? report_json(verdict, report) : report_text(verdict, report)) << std::flush;
    return exit_status(verdict);
}

}  // namespace

Wish read_wish(std::span<const std::string> words)
{
    Wish wish;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--address" && i + 1 < words.size())
            wish.address = parse_pci_address(words[++i]);
        else if (words[i] == "--figures")
            wish.figures = true;
        else if (words[i] == "--allow-software")
            wish.allow_software = true;
    }
    return wish;
}

int run_program(std::span<const std::string> words, Platform& platform, std::ostream& out, std::ostream& err)
{
    if (words.size() >= 2 && words[0] == "part") {
        Wish wish = read_wish(words.subspan(2));
        wish.measure_until = std::chrono::steady_clock::now() + figures_begin_within;
        wish.tell = [&](const ApiAnswer& answer) { out << to_json(answer) << std::endl; };
        wish.tell(platform.answer_part(words[1], wish));
        return 0;
    }
    const Words read = read_words(words);
    if (!read.wrong.empty()) {
        err << "gpupass-guest: " << read.wrong << '\n';
        return 2;
    }
    if (read.version) {
        out << "gpupass-guest " << GPUPASS_VERSION << '\n';
        return 0;
    }
    return verify(read, platform, out);
}

}  // namespace gpupass::guest
