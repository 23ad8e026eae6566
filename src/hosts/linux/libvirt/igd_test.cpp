#include "hosts/linux/libvirt/igd.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr PciAddress igpu{0, 0, 2, 0};
constexpr PciId sandy_bridge{0x8086, 0x0102};
constexpr PciId skylake{0x8086, 0x1912};
constexpr PciId tiger_lake{0x8086, 0x9a49};
constexpr PciId alder_lake{0x8086, 0x46a6};
constexpr PciId meteor_lake{0x8086, 0x7d55};
constexpr PciId cannon_lake{0x8086, 0x5a52};
constexpr PciId arc{0x8086, 0x56a0};
constexpr PciId unheard_of{0x8086, 0xfffe};

IgdInput asked(PciId id, std::optional<Version> qemu, std::string rom = "")
{
    return {.address = igpu,
            .id = id,
            .qemu = qemu,
            .libvirt = Version{9, 0, 0},
            .want_display = true,
            .rom_file = std::move(rom),
            .alias = "ua-gpupass-0"};
}

DomainXml i440fx(Firmware firmware) { return {.machine = "pc-i440fx-9.2", .firmware = firmware, .videos = {"none"}}; }
DomainXml q35() { return {.machine = "pc-q35-9.2", .firmware = Firmware::uefi, .videos = {"virtio"}}; }

auto has_id(const char* id) { return Contains(Field("id", &Warning::id, id)); }
auto blocked_by(const char* id) { return Contains(Field("id", &Blocker::id, id)); }
auto texts(const std::vector<IgdElement>& elements)
{
    std::vector<std::string> out;
    for (const IgdElement& element : elements) {
        EXPECT_THAT(element.why, Not(IsEmpty())) << element.text;
        EXPECT_TRUE(element.source.starts_with("https://")) << element.text;
        out.push_back(element.text);
    }
    return out;
}

void expect_bare(const IgdPlan& plan)
{
    EXPECT_EQ(plan.mode, IgdMode::plain);
    EXPECT_THAT(plan.elements, IsEmpty());
    EXPECT_THAT(plan.properties, IsEmpty());
    EXPECT_THAT(plan.blockers, IsEmpty());
    EXPECT_EQ(plan.qemu_element, "");
    EXPECT_EQ(plan.guest_address, std::nullopt);
}

TEST(Igd, NeedsNoWordToCompute)
{
    for (const PciId& id : {sandy_bridge, skylake, tiger_lake, meteor_lake, unheard_of})
        for (const DomainXml& domain : {q35(), i440fx(Firmware::bios)}) {
            IgdInput input = asked(id, Version{7, 2, 0});
            input.want_display = false;
            expect_bare(igd_plan(input, domain));
        }
}

TEST(Igd, WarnsOfWindowsWithoutOpRegion)
{
    DomainXml windows = q35();
    windows.guest_os = GuestOs::windows;
    IgdInput input = asked(tiger_lake, Version{10, 0, 0});
    input.want_display = false;
    expect_bare(igd_plan(input, windows));
    EXPECT_THAT(igd_plan(input, windows).warnings, has_id("igd-windows-wants-opregion"));
    input.qemu = Version{10, 1, 0};
    EXPECT_THAT(igd_plan(input, windows).warnings, IsEmpty());
}

TEST(Igd, TreatsCardsAndVirtualFunctionsAsPlainDevices)
{
    IgdInput card = asked(arc, Version{10, 1, 0});
    card.address = {0, 3, 0, 0};
    IgdInput function = asked(tiger_lake, Version{10, 1, 0});
    function.address.function = 1;
    IgdInput nvidia = asked({0x10de, 0x2204}, Version{10, 1, 0});
    IgdInput bus_two = asked(tiger_lake, Version{10, 1, 0});
    bus_two.address = {0, 2, 0, 0};
    for (const IgdInput& input : {card, function, nvidia, bus_two}) {
        expect_bare(igd_plan(input, q35()));
        EXPECT_THAT(igd_plan(input, q35()).warnings, IsEmpty());
    }
}

TEST(Igd, KnowsTheGpuOfAProcessor)
{
    EXPECT_TRUE(is_igpu(igpu, tiger_lake));
    EXPECT_TRUE(is_igpu(igpu, unheard_of));
    EXPECT_FALSE(is_igpu(igpu, arc));
    EXPECT_FALSE(is_igpu({1, 0, 2, 0}, tiger_lake));
}

TEST(Igd, TakesLegacyModeByItselfUpToGeneration9)
{
    const IgdPlan plan = igd_plan(asked(skylake, Version{7, 2, 0}), i440fx(Firmware::bios));
    EXPECT_EQ(plan.mode, IgdMode::legacy);
    EXPECT_EQ(plan.guest_address, igpu);
    EXPECT_THAT(texts(plan.elements), ElementsAre(HasSubstr("slot='0x02'")));
    EXPECT_THAT(plan.properties, IsEmpty());
    EXPECT_THAT(plan.warnings, ElementsAre(Field(&Warning::id, "igd-may-have-no-rom")));
}

TEST(Igd, HandsOvmfARom)
{
    const IgdPlan plan = igd_plan(asked(skylake, Version{7, 2, 0}, "/srv/i'gd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(plan.mode, IgdMode::legacy);
    EXPECT_EQ(plan.rom_file, "/srv/i'gd.rom");
    EXPECT_THAT(texts(plan.elements), ElementsAre(HasSubstr("<address"), "<rom file='/srv/i&apos;gd.rom'/>"));
    EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Igd, AsksForThePartsOfLegacyModeFromGeneration11On)
{
    const IgdPlan plan = igd_plan(asked(tiger_lake, Version{10, 1, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(plan.mode, IgdMode::legacy);
    EXPECT_THAT(texts(plan.properties), ElementsAre("x-igd-lpc=on"));  // the OpRegion comes by itself
    EXPECT_EQ(
        plan.qemu_element,
        "<qemu:override xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:device "
        "alias='ua-gpupass-0'><qemu:frontend>"
        "<qemu:property name='x-igd-lpc' type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>");
    EXPECT_THAT(plan.warnings, ElementsAre(Field(&Warning::id, "igd-taints")));
}

TEST(Igd, AsksAnUnknownQemuForBoth)
{
    const IgdPlan plan = igd_plan(asked(tiger_lake, std::nullopt, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_THAT(texts(plan.properties), ElementsAre("x-igd-opregion=on", "x-igd-lpc=on"));
    EXPECT_THAT(plan.warnings, AllOf(has_id("igd-qemu-unknown"), has_id("igd-lpc-unconfirmed")));
}

TEST(Igd, LeavesQemuBefore10_1ToItsAutomaticLegacyMode)
{
    const IgdPlan plan = igd_plan(asked(tiger_lake, Version{9, 2, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(plan.mode, IgdMode::legacy);
    EXPECT_THAT(plan.properties, IsEmpty());
    EXPECT_THAT(plan.warnings, ElementsAre(Field(&Warning::id, "igd-automatic-legacy")));
    const IgdPlan other = igd_plan(asked(alder_lake, Version{9, 2, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_THAT(other.warnings, has_id("igd-young-for-qemu"));
}

TEST(Igd, FallsBackToUptWhereLegacyModeCannotBe)
{
    const IgdPlan plan = igd_plan(asked(tiger_lake, Version{9, 2, 0}), q35());
    EXPECT_EQ(plan.mode, IgdMode::upt);
    EXPECT_THAT(plan.elements, IsEmpty());
    EXPECT_EQ(plan.guest_address, std::nullopt);
    EXPECT_THAT(texts(plan.properties), ElementsAre("x-igd-opregion=on"));
    ASSERT_THAT(plan.warnings, has_id("igd-late-picture"));
    EXPECT_THAT(plan.warnings[0].text,
                AllOf(HasSubstr("pc-q35-9.2"), HasSubstr("emulated"), HasSubstr("IgdAssignmentDxe")));
    EXPECT_THAT(plan.warnings, Not(has_id("igd-no-screen-before-driver")));
}

TEST(Igd, NeedsNoWordForUptFromQemu10_1On)
{
    const IgdPlan plan = igd_plan(asked(tiger_lake, Version{10, 1, 0}), q35());
    EXPECT_EQ(plan.mode, IgdMode::upt);
    EXPECT_THAT(plan.properties, IsEmpty());
    EXPECT_EQ(plan.qemu_element, "");
}

TEST(Igd, DoesNotTakeLegacyModeWithAnOldQemuOrSeabios)
{
    const IgdPlan old = igd_plan(asked(tiger_lake, Version{9, 0, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(old.mode, IgdMode::upt);
    EXPECT_THAT(old.warnings, AllOf(has_id("igd-young-for-qemu"), has_id("igd-no-screen-before-driver")));
    const IgdPlan seabios = igd_plan(asked(tiger_lake, Version{10, 1, 0}, "/srv/igd.rom"), i440fx(Firmware::bios));
    EXPECT_EQ(seabios.mode, IgdMode::upt);
    EXPECT_THAT(seabios.warnings[0].text, HasSubstr("SeaBIOS"));
}

TEST(Igd, BlocksOldGpusWhereLegacyModeCannotBe)
{
    const IgdPlan plan = igd_plan(asked(sandy_bridge, Version{10, 1, 0}), q35());
    EXPECT_EQ(plan.mode, IgdMode::none);
    EXPECT_THAT(plan.blockers,
                AllOf(blocked_by("igd-needs-i440fx"), blocked_by("igd-other-vga"), blocked_by("igd-needs-rom")));
    EXPECT_EQ(igd_plan(asked(sandy_bridge, Version{10, 1, 0}), i440fx(Firmware::bios)).mode, IgdMode::legacy);
}

TEST(Igd, BlocksMeteorLakeBeforeQemu10_1)
{
    const IgdPlan old = igd_plan(asked(meteor_lake, Version{10, 0, 5}), q35());
    EXPECT_EQ(old.mode, IgdMode::none);
    EXPECT_THAT(old.blockers, ElementsAre(Field(&Blocker::id, "igd-qemu-too-old")));
    EXPECT_EQ(igd_plan(asked(meteor_lake, Version{10, 1, 0}), q35()).mode, IgdMode::upt);
    const IgdPlan legacy = igd_plan(asked(meteor_lake, Version{10, 1, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(legacy.mode, IgdMode::legacy);
    EXPECT_THAT(legacy.warnings, has_id("igd-young"));
}

TEST(Igd, BlocksWhatNoDriverRuns)
{
    EXPECT_THAT(igd_plan(asked(cannon_lake, Version{10, 1, 0}), q35()).blockers, blocked_by("igd-no-driver"));
    IgdInput input = asked(cannon_lake, Version{10, 1, 0});
    input.want_display = false;
    EXPECT_THAT(igd_plan(input, q35()).warnings, has_id("igd-no-driver"));
}

TEST(Igd, GuessesNoLegacyModeForAnUnknownGpu)
{
    const IgdPlan plan = igd_plan(asked(unheard_of, Version{10, 1, 0}, "/srv/igd.rom"), i440fx(Firmware::uefi));
    EXPECT_EQ(plan.mode, IgdMode::upt);
    EXPECT_THAT(plan.warnings, has_id("igd-unknown"));
}

TEST(Igd, MindsWhoStandsAt02)
{
    DomainXml domain = i440fx(Firmware::bios);
    domain.hostdevs = {{.source = PciAddress{0, 2, 0, 0}, .guest_address = igpu}};
    EXPECT_THAT(igd_plan(asked(sandy_bridge, Version{10, 1, 0}), domain).blockers, blocked_by("igd-slot-taken"));
    domain.hostdevs[0].source = igpu;  // the GPU itself, from an earlier run
    EXPECT_EQ(igd_plan(asked(sandy_bridge, Version{10, 1, 0}), domain).mode, IgdMode::legacy);
}

TEST(Igd, SpeaksToAnOldLibvirtByTheCommandLine)
{
    IgdInput input = asked(skylake, Version{6, 0, 0});
    input.libvirt = Version{6, 0, 0};
    const IgdPlan plan = igd_plan(input, q35());
    EXPECT_EQ(plan.qemu_element,
              "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-set'/>"
              "<qemu:arg value='device.ua-gpupass-0.x-igd-opregion=on'/></qemu:commandline>");
    EXPECT_THAT(plan.warnings, Not(has_id("igd-set-may-fail")));
    input.libvirt = Version{8, 1, 0};
    EXPECT_THAT(igd_plan(input, q35()).warnings, has_id("igd-set-may-fail"));
    input.libvirt = std::nullopt;
    EXPECT_THAT(igd_plan(input, q35()).qemu_element, HasSubstr("qemu:override"));
    EXPECT_THAT(igd_plan(input, q35()).warnings, has_id("igd-libvirt-unknown"));
}

TEST(Igd, LeavesTheWordsOfOthersAlone)
{
    DomainXml domain = q35();
    domain.qemu = {.overrides = true, .vfio = {"hostdev0.x-igd-opregion=true"}};
    const IgdPlan blocked = igd_plan(asked(skylake, Version{7, 2, 0}), domain);
    EXPECT_EQ(blocked.mode, IgdMode::none);
    EXPECT_THAT(blocked.blockers, ElementsAre(Field(&Blocker::id, "igd-qemu-words-there")));
    EXPECT_THAT(blocked.properties, IsEmpty());
    domain.qemu.vfio = {"ua-gpupass-0.x-igd-opregion=true"};  // ours
    EXPECT_EQ(igd_plan(asked(skylake, Version{7, 2, 0}), domain).mode, IgdMode::upt);
    domain.qemu = {.commandline = true};
    EXPECT_EQ(igd_plan(asked(skylake, Version{7, 2, 0}), domain).mode, IgdMode::upt);
}

}  // namespace
}  // namespace gpupass::linux_host
