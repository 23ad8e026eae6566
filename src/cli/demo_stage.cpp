#include "cli/demo_stage.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <utility>

namespace gpupass::cli {

namespace {

namespace fs = std::filesystem;

Result<fs::path> fresh_folder()
{
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "gpupass-demo-XXXXXX").string();
    if (error || !mkdtemp(pattern.data()))
        return fail(ErrorKind::failed, fmt::format("cannot make a folder for the demo: {}", std::strerror(errno)),
                    "set TMPDIR to a folder that can be written");
    return fs::path{pattern};
}

/// The story is standard output, unless that carries a document.
Surroundings story_surroundings(const Context& context, const fs::path& folder)
{
    Surroundings around = context.around;
    around.state_folder = folder;
    std::ostream& stream = context.options.json ? around.err : around.out;
    const bool is_terminal = context.options.json ? around.terminal.err : around.terminal.out;
    const bool colour = context.options.json ? around.terminal.colour_err : around.terminal.colour_out;
    return {.in = around.in,
            .out = stream,
            .err = stream,
            .terminal = {.in = false, .out = is_terminal, .err = is_terminal, .colour_out = colour, .colour_err = colour,
                         .width = around.terminal.width},
            .state_folder = folder,
            .config_folder = folder,
            .program_folder = around.program_folder,
            .password = std::nullopt,
            .open = around.open,
            .open_journal = around.open_journal,
            .open_guest = around.open_guest};
}

}  // namespace

Result<DemoStage> DemoStage::open(Context& context)
{
    const auto folder = fresh_folder();
    if (!folder)
        return std::unexpected(folder.error());
    DemoStage stage{story_surroundings(context, *folder), *folder};
    const HostChoice choice{.label = "sim:nuc11", .uri = "sim:nuc11", .identity = "", .known_hosts = "", .password_file = ""};
    auto opened = stage.around_.open(choice, {.may_ask = false}, stage.around_);
    if (!opened)
        return at(std::move(opened.error()), "demo");
    stage.opened_ = std::move(*opened);
    return stage;
}

DemoStage::DemoStage(DemoStage&& other) noexcept
    : around_(std::move(other.around_)), folder_(std::exchange(other.folder_, {})), opened_(std::move(other.opened_)),
      chapters_(other.chapters_)
{
}

DemoStage::~DemoStage()
{
    opened_ = {};  // the connection goes first; the simulator ends by itself when its folder is gone
    std::error_code error;
    if (!folder_.empty())
        fs::remove_all(folder_, error);
}

void DemoStage::chapter(std::string_view title)
{
    around_.out << '\n' << around_.paint_out()(Colour::bold, fmt::format("{}. {}", ++chapters_, title)) << "\n\n" << std::flush;
}

void DemoStage::say(std::string_view text)
{
    around_.out << wrap(text, std::min<std::size_t>(around_.terminal.width, 100), 0) << "\n\n" << std::flush;
}

void DemoStage::show(std::string_view text)
{
    around_.out << text << '\n' << std::flush;
}

void DemoStage::quote(std::string_view text)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        around_.out << "    | " << printable(text.substr(0, end)) << '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    around_.out << std::flush;
}

Result<HostFacts> DemoStage::probe()
{
    return host().probe(Deadline::in(std::chrono::seconds{60}));
}

}  // namespace gpupass::cli
