#include "hosts/linux/step_fixture.hpp"

namespace gpupass::linux_host {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Step bind(std::vector<Binding> bindings)
{
    return {.id = "bind-driver", .change = BindDrivers{std::move(bindings)}};
}

Step to_vfio() { return bind({{{0, 1, 0, 0}, "vfio-pci", "vfio-pci"}}); }

class Bind : public LinuxTest {};

TEST_F(Bind, MovesACardAndBackExactly)
{
    ASSERT_TRUE(apply(to_vfio())) << error;
    EXPECT_EQ(function().driver, "vfio-pci");
    EXPECT_EQ(function().override_with, "vfio-pci");
    EXPECT_TRUE(apply(to_vfio())) << "again: nothing to do";
    ASSERT_TRUE(apply(bind({{{0, 1, 0, 0}, "bochs-drm", ""}}))) << error;
    EXPECT_EQ(function().driver, "bochs-drm");
    EXPECT_EQ(function().override_with, "");
}

TEST_F(Bind, AnotherDriverThatKnowsTheDeviceTooDoesNotGetIt)
{
    function().driver = "stubborn";
    ASSERT_TRUE(apply(to_vfio())) << error;
    ASSERT_TRUE(apply(bind({{{0, 1, 0, 0}, "stubborn", ""}}))) << error;
    EXPECT_EQ(function().driver, "stubborn") << "not bochs-drm, which the kernel would ask first";
    EXPECT_EQ(function().override_with, "");
}

TEST_F(Bind, LeavesTheChoiceToTheKernelWhenNoDriverIsNamed)
{
    function().driver = function().override_with = "vfio-pci";
    ASSERT_TRUE(apply(bind({{{0, 1, 0, 0}, std::nullopt, ""}}))) << error;
    EXPECT_EQ(function().driver, "bochs-drm");
}

TEST_F(Bind, LoadsTheModuleThatKnowsTheDeviceOnlyWhenNoneTookIt)
{
    function().driver = function().override_with = "vfio-pci";
    fake.files["/sys/bus/pci/devices/0000:01:00.0/modalias"] = "pci:v00001234d00001111\n";
    ASSERT_TRUE(apply(bind({{{0, 1, 0, 0}, std::nullopt, ""}})));
    EXPECT_THAT(fake.ran, testing::IsEmpty());
    function().driver = function().override_with = "vfio-pci";
    function().native = "";
    ASSERT_TRUE(apply(bind({{{0, 1, 0, 0}, std::nullopt, ""}}))) << "it may stay without a driver";
    EXPECT_THAT(fake.ran, ElementsAre(ElementsAre("modprobe", "-q", "--", "pci:v00001234d00001111")));
}

TEST_F(Bind, LoadsTheModuleBeforeAnythingLetsGo)
{
    fake.vfio_there = false;
    EXPECT_FALSE(apply(to_vfio()));
    EXPECT_THAT(error.what, AllOf(HasSubstr("vfio-pci cannot be loaded"), HasSubstr("not found")));
    EXPECT_EQ(function().driver, "bochs-drm");
    EXPECT_THAT(fake.written, testing::IsEmpty());
}

// peers.md case 3: the driver lets go, vfio-pci does not take the function.
TEST_F(Bind, PeersCase3BindFailsAndEveryFunctionHasItsOldDriverBack)
{
    fake.functions["0000:01:00.1"] = {.native = "snd_hda_intel", .driver = "snd_hda_intel", .group = 2};
    int probes = 0;
    fake.on_poke = [&](const std::string& path) -> std::optional<Answer> {
        if (path == "/sys/bus/pci/drivers_probe" && ++probes == 2)
            return FakeLinux::failure(22, path + ": Invalid argument");
        return std::nullopt;
    };
    EXPECT_FALSE(apply(bind({{{0, 1, 0, 0}, "vfio-pci", "vfio-pci"}, {{0, 1, 0, 1}, "vfio-pci", "vfio-pci"}})));
    EXPECT_THAT(error.what, AllOf(HasSubstr("0000:01:00.1"), HasSubstr("Invalid argument")));
    EXPECT_THAT(error.where, Contains(HasSubstr("old driver back")));
    EXPECT_EQ(function().driver, "bochs-drm");
    EXPECT_EQ(function().override_with, "");
    EXPECT_EQ(function("0000:01:00.1").driver, "snd_hda_intel");
    EXPECT_EQ(function("0000:01:00.1").override_with, "");
}

// peers.md case 8: a program that is not installed is an error, and nothing was touched.
TEST_F(Bind, PeersCase8AMissingProgramIsAnError)
{
    fake.missing = {"modprobe"};
    EXPECT_FALSE(apply(to_vfio()));
    EXPECT_THAT(error.what, AllOf(HasSubstr("vfio-pci cannot be loaded"), HasSubstr("modprobe: not found")));
    EXPECT_EQ(function().driver, "bochs-drm");
    EXPECT_THAT(fake.written, testing::IsEmpty());
}

// peers.md case 13: an unbind that hangs is cut by a deadline, and the holder is named.
TEST_F(Bind, PeersCase13ADriverThatDoesNotLetGoIsCutAtTheDeadline)
{
    fake.on_poke = [](const std::string& path) -> std::optional<Answer> {
        if (path.ends_with("/unbind"))
            return Answer{.state = Answer::State::timed_out, .out = "1", .err = path + ": still busy"};
        return std::nullopt;
    };
    EXPECT_FALSE(apply(to_vfio()));
    EXPECT_THAT(error.what, HasSubstr("did not let go"));
    EXPECT_THAT(error.next, HasSubstr("undo"));
}

class Hostdevs : public LinuxTest {};

TEST_F(Hostdevs, OnlyOurElementGoesInAndComesOut)
{
    const std::string before = fake.domains[0].config_xml;
    ASSERT_TRUE(apply({.id = "add-device", .change = ChangeHostdevs{"guest", {card}, {}}})) << error;
    EXPECT_THAT(fake.domains[0].config_xml, AllOf(HasSubstr("<hostdev"), HasSubstr("managed='yes'"), HasSubstr("ua-gpupass-0")));
    EXPECT_TRUE(apply({.id = "add-device", .change = ChangeHostdevs{"guest", {card}, {}}})) << "again: nothing to do";
    ASSERT_TRUE(apply({.id = "remove-device", .change = ChangeHostdevs{"guest", {}, {card}}})) << error;
    EXPECT_EQ(fake.domains[0].config_xml, before);
}

// peers.md case 11: two functions in one edit keep apart, each under a name of its own.
TEST_F(Hostdevs, PeersCase11TwoFunctionsInOneEditHaveDistinctNames)
{
    fake.functions["0000:01:00.1"] = {.id = "1234:2222", .class_code = "0x040300", .native = "snd_hda_intel", .driver = "snd_hda_intel", .group = 2};
    EXPECT_THAT(carry_out(attach({.start = true})), ElementsAre("bind-driver", "add-device", "start-vm")) << "in the VM before its first power-on";
    EXPECT_THAT(fake.domains[0].config_xml, AllOf(HasSubstr("ua-gpupass-0"), HasSubstr("ua-gpupass-1"), HasSubstr("function='0x0'"), HasSubstr("function='0x1'")));
}

TEST_F(Hostdevs, AnotherMansElementComesBackAsItWas)
{
    const std::string theirs = "<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>"
                               "<rom file='/usr/share/x.rom'/></hostdev>";
    fake.domains[0].config_xml.insert(fake.domains[0].config_xml.find("</devices>"), theirs);
    const auto before = look().settings;
    const Goal gone = *host->detach_goal(look(), {.gpu = card, .consents = {}});
    EXPECT_THAT(carry_out(gone), ElementsAre("remove-device"));
    Goal back{.wants = {{"vm.guest.hostdev.0000:01:00.0", before.at("vm.guest.hostdev.0000:01:00.0").configured}}};
    EXPECT_THAT(carry_out(back), ElementsAre("add-device"));
    EXPECT_EQ(look().settings, before);
}

class PowerSteps : public LinuxTest {};

TEST_F(PowerSteps, StartsAndStops)
{
    ASSERT_TRUE(apply({.id = "start-vm", .change = StartVms{{"guest"}}})) << error;
    EXPECT_EQ(fake.domains[0].state, "running");
    ASSERT_TRUE(apply({.id = "stop-guests", .change = StopVms{{"guest"}, {}}})) << error;
    EXPECT_EQ(fake.domains[0].state, "shutoff");
}

TEST_F(PowerSteps, NeverTouchesANewVmOfTheSameName)
{
    const HostFacts facts = look();
    fake.domains[0].uuid = "99999999-2222-3333-4444-555555555555";
    RunContext context{.run = 1, .watch = &watch, .images = &images, .save_images = [] { return Result<void>{}; }};
    const auto done = host->apply({.id = "start-vm", .change = StartVms{{"guest"}}}, facts, context);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::changed);
}

}  // namespace
}  // namespace gpupass::linux_host
