#include "hosts/linux/kernel_words.hpp"

#include "hosts/linux/boot/grub.hpp"
#include "hosts/linux/boot/kernel_cmdline.hpp"
#include "hosts/linux/boot/loader.hpp"

#include <array>

namespace gpupass::linux_host {

namespace {

using Words = std::array<std::string, 1>;

/// The drop-in is ours alone: it is there with exactly this word, or not at all.
Result<FileChange> change_drop_in(const KernelLine& line, const Words& words, bool wanted)
{
    const auto ours = boot::grub_drop_in(words);
    if (!ours)
        return std::unexpected(ours.error());
    if (line.text && *line.text != *ours)
        return fail(ErrorKind::blocked, line.loader.file + " is there, and is not as gpupass writes it", "look at it, and move what you need elsewhere");
    return FileChange{line.loader.file, wanted ? std::optional{*ours} : std::nullopt};
}

Result<FileChange> change_text(const KernelLine& line, const Words& words, bool wanted)
{
    if (!line.text)
        return fail(ErrorKind::blocked, line.loader.file + " could not be read");
    const bool is_grub = line.loader.file != boot::kernel_cmdline_path;
    Result<std::string> text = "";
    if (is_grub)
        text = wanted ? boot::add_grub_words(*line.text, boot::grub_cmdline_default, words) : boot::remove_grub_words(*line.text, boot::grub_cmdline_default, words);
    else
        text = wanted ? boot::add_kernel_cmdline_words(*line.text, words) : boot::remove_kernel_cmdline_words(*line.text, words);
    if (!text)
        return std::unexpected(at(std::move(text.error()), line.loader.file).error());
    return FileChange{line.loader.file, std::move(*text)};
}

}  // namespace

Result<ChangeFiles> change_kernel_word(const KernelLine& line, const std::string& word, bool wanted)
{
    const Words words{word};
    const std::vector<std::string> one{word};
    const std::vector<std::string> none;
    ChangeFiles change{.files = {}, .then = boot::commands_for(line.loader, wanted ? one : none, wanted ? none : one)};
    if (line.loader.loader == Loader::unknown || line.loader.file.ends_with('/') || (line.loader.file.empty() && change.then.empty()))
        return fail(ErrorKind::blocked, "how this host gets its kernel's command line is not known: " + line.loader.why);
    if (line.loader.file.empty())
        return change;
    const auto file = line.loader.file == boot::grub_drop_in_path ? change_drop_in(line, words, wanted) : change_text(line, words, wanted);
    if (!file)
        return std::unexpected(file.error());
    change.files.push_back(*file);
    return change;
}

}  // namespace gpupass::linux_host
