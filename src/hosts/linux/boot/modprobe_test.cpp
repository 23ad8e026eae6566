#include "hosts/linux/boot/modprobe.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {

static void PrintTo(const ModprobeNote& note, std::ostream* out)
{
    *out << to_string(note.topic) << ' ' << note.module << " \"" << note.value << "\" " << to_string(note.place);
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* path = "/etc/modprobe.d/vfio.conf";

std::vector<ModprobeLine> parsed(std::string text)
{
    const auto lines = parse_modprobe({path, std::move(text)});
    EXPECT_TRUE(lines) << lines.error();
    return lines.value_or(std::vector<ModprobeLine>{});
}

std::vector<ModprobeNote> notes(std::string text) { return modprobe_notes(parsed(std::move(text))); }

ModprobeNote note(ModprobeTopic topic, std::string module, std::string value, std::size_t line)
{
    return {topic, std::move(module), std::move(value), {path, line}};
}

TEST(Modprobe, ReadsAllCommands)
{
    const auto lines = parsed(
        "# a card for VMs\n\noptions vfio-pci ids=8086:9a49 disable_vga=1\nsoftdep i915 pre: vfio-pci\n"
        "  blacklist\tnouveau  \ninstall xe /bin/false --quiet\nalias pci:v00008086d00009A49* vfio-pci\nweakdep a b\n");
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines[0],
              (ModprobeLine{ModprobeKind::options, {path, 3}, "vfio_pci", {"ids=8086:9a49", "disable_vga=1"}}));
    EXPECT_EQ(lines[1], (ModprobeLine{ModprobeKind::softdep, {path, 4}, "i915", {"pre:", "vfio-pci"}}));
    EXPECT_EQ(lines[2], (ModprobeLine{ModprobeKind::blacklist, {path, 5}, "nouveau", {}}));
    EXPECT_EQ(lines[3], (ModprobeLine{ModprobeKind::install, {path, 6}, "xe", {"/bin/false --quiet"}}));
    EXPECT_EQ(lines[4], (ModprobeLine{ModprobeKind::alias, {path, 7}, "pci:v00008086d00009A49*", {"vfio-pci"}}));
    EXPECT_EQ(lines[5].kind, ModprobeKind::other);
}

TEST(Modprobe, ABackslashContinuesALineAndAComment)
{
    const auto lines =
        parsed("# a comment \\\nblacklist i915\noptions vfio-pci \\\n  ids=8086:9a49,\\\n8086:a0c8\nblacklist xe");

    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], (ModprobeLine{ModprobeKind::options, {path, 3}, "vfio_pci", {"ids=8086:9a49,8086:a0c8"}}));
    EXPECT_EQ(lines[1].place.line, 6U);
}

TEST(Modprobe, ACommentBehindAValueIsPartOfIt)
{
    EXPECT_THAT(parsed("options kvm ignore_msrs=1 # quiet")[0].words, ElementsAre("ignore_msrs=1", "#", "quiet"));
    EXPECT_THAT(notes("blacklist i915 # for VMs\n"),
                ElementsAre(note(ModprobeTopic::driver_blacklisted, "i915", "", 1)));
}

TEST(Modprobe, ACarriageReturnIsALetterOfTheName)
{
    EXPECT_THAT(notes("blacklist i915\r\n\r\n"), IsEmpty());
    EXPECT_THAT(notes("options vfio-pci ids=8086:9a49\r\n"),
                ElementsAre(note(ModprobeTopic::vfio_ids, "vfio_pci", "8086:9a49", 1)));
}

TEST(Modprobe, KeepsQuotedOptionsTogether)
{
    EXPECT_THAT(parsed("options i915 dyndbg=\"file a.c +p\" enable_guc=3")[0].words,
                ElementsAre("dyndbg=\"file a.c +p\"", "enable_guc=3"));
    EXPECT_THAT(parsed("options i915 a=\"b c")[0].words, ElementsAre("a=\"b", "c"));
}

TEST(Modprobe, TellsWhatConcernsGpus)
{
    EXPECT_THAT(
        notes("options vfio-pci ids=10de:1fb8,10de:10fa disable_vga=1 disable_idle_d3=1\n"
              "options vfio_iommu_type1 allow_unsafe_interrupts=1\noptions kvm ignore_msrs=1 report_ignored_msrs=0\n"
              "blacklist nouveau\nblacklist snd-hda-intel\nblacklist pcspkr\ninstall i915 /bin/true\ninstall xe "
              "/sbin/modprobe xe\n"
              "softdep nvidia pre: drm vfio-pci post: x\nsoftdep amdgpu post: vfio-pci\noptions i915 enable_guc=3 "
              "max_vfs=7\n"
              "options snd-hda-intel power_save=1\n"),
        ElementsAre(
            note(ModprobeTopic::vfio_ids, "vfio_pci", "10de:1fb8,10de:10fa", 1),
            note(ModprobeTopic::disable_vga, "vfio_pci", "1", 1),
            note(ModprobeTopic::disable_idle_d3, "vfio_pci", "1", 1),
            note(ModprobeTopic::unsafe_interrupts, "vfio_iommu_type1", "1", 2),
            note(ModprobeTopic::ignore_msrs, "kvm", "1", 3), note(ModprobeTopic::driver_blacklisted, "nouveau", "", 4),
            note(ModprobeTopic::driver_blacklisted, "snd_hda_intel", "", 5),
            note(ModprobeTopic::driver_refused, "i915", "", 7), note(ModprobeTopic::driver_after_vfio, "nvidia", "", 9),
            note(ModprobeTopic::driver_options, "i915", "enable_guc=3 max_vfs=7", 11)));
}

TEST(Modprobe, IgnoresLinesWithoutAModuleAndRefusesWhatIsTooLarge)
{
    EXPECT_THAT(parsed("blacklist\n\\\n\noptions \t\n   # x\n"), IsEmpty());
    const auto large = parse_modprobe({path, std::string(largest_file + 1, ' ')});
    ASSERT_FALSE(large);
    EXPECT_THAT(large.error().where, ElementsAre(path));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
