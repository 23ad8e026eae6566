#include "hosts/esxi/ssh/probe.hpp"

#include "hosts/esxi/ssh/fake_esxi.hpp"
#include "hosts/esxi/ssh/test_world.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::Contains;
using testing::HasSubstr;

HostFacts probe(FakeEsxi& host, const std::string& dmi = "")
{
    const auto facts = probe_host(host, dmi, Deadline::in(std::chrono::seconds{5}));
    EXPECT_TRUE(facts) << facts.error();
    return facts.value_or(HostFacts{});
}

TEST(Probe, ReadsTheNucOfTheStory)
{
    FakeEsxi host = nuc11();
    const HostFacts facts = probe(host);

    EXPECT_EQ(facts.kind, "esxi");
    EXPECT_EQ(facts.name, "nuc.lan");
    EXPECT_EQ(facts.version, "7.0.3");
    EXPECT_EQ(facts.build, "19482537");
    EXPECT_EQ(facts.model, "NUC11PAKi5");
    EXPECT_EQ(facts.uuid, "65106d9a-406e-5fda-b7ab-b8ca3a63b8b4");
    EXPECT_EQ(facts.licence, "free");
    EXPECT_EQ(facts.iommu, true);
    EXPECT_EQ(facts.maintenance, false);
    EXPECT_EQ(facts.autostart_enabled, true);
    EXPECT_EQ(facts.memory_mb, 32585);
    EXPECT_EQ(facts.boot, (Boot{5000, 1651300000 - 5000}));
    EXPECT_EQ(facts.way_back, (WayBack{true, 0, true}));
    EXPECT_EQ(facts.console_gpu, (PciAddress{0, 0, 2, 0}));
    EXPECT_TRUE(facts.unknown.empty()) << facts.unknown.front();

    ASSERT_EQ(facts.pci.size(), 3u);
    EXPECT_EQ(state_of(facts.pci[0]), PassthroughState::disabled);
    EXPECT_EQ(facts.pci[1].vital, "storage adapter vmhba0");
    EXPECT_EQ(facts.pci[2].vital, "uplink vmnic0 of vSwitch0");
    EXPECT_EQ(facts.settings.at("kernel.vga"), (Setting{"TRUE", "TRUE"}));
    EXPECT_EQ(facts.settings.at("pci.0000:00:02.0.owner"), (Setting{"host", "host"}));
}

TEST(Probe, ReadsItsVms)
{
    FakeEsxi host = nuc11();
    const HostFacts facts = probe(host);

    ASSERT_EQ(facts.vms.size(), 3u);
    const Vm& debian = *find_vm(facts, "debian");
    EXPECT_EQ(debian.power, Power::on);
    EXPECT_EQ(debian.viommu, true);
    EXPECT_EQ(debian.memory_mb, 8192);
    EXPECT_EQ(debian.memory_reserved_mb, 0);
    EXPECT_EQ(debian.snapshots, 0);
    EXPECT_EQ(debian.autostart, false);
    EXPECT_EQ(debian.datastore, "ds1");
    EXPECT_EQ(facts.settings.at("vm.debian.power"), (Setting{"on", "on"}));
    EXPECT_EQ(facts.settings.at("vm.debian.vvtd.enable"), (Setting{"TRUE", "TRUE"}));
    EXPECT_FALSE(facts.settings.contains("vm.debian.sched.mem.min"));
    EXPECT_EQ(find_vm(facts, "windows11")->snapshots, 1);
    EXPECT_EQ(find_vm(facts, "windows11")->power, Power::off);
    EXPECT_TRUE(find_vm(facts, "windows11")->is_windows());
    EXPECT_EQ(find_vm(facts, "router")->autostart, true);
    EXPECT_EQ(facts.memory_reservable_mb, 32585 - 512 - 4096) << "the router reserves 512 MB";
}

TEST(Probe, TakesTwoBatchesAndAsManyVimCmdCallsForAnyNumberOfVms)
{
    FakeEsxi few = nuc11();
    probe(few);
    FakeEsxi many = nuc11();
    for (int i = 0; i < 200; ++i) {
        const std::string name = "vm" + std::to_string(i);
        many.vms.push_back({.id = std::to_string(1000 + i), .name = name, .file = name + "/" + name + ".vmx", .running = i % 2 == 0});
        many.files["/vmfs/volumes/ds1/" + name + "/" + name + ".vmx"] = "memSize = \"64\"\n";
    }
    EXPECT_EQ(probe(many).vms.size(), 203u);
    EXPECT_EQ(few.batches.size(), 2u);
    EXPECT_EQ(many.batches.size(), 2u);
    EXPECT_EQ(few.count_runs("vim-cmd"), many.count_runs("vim-cmd"));
}

TEST(Probe, FailsOnlyWhenItIsNoEsxi)
{
    FakeEsxi linux;
    linux.commands[{"esxcli", "system", "version", "get"}] = FakeEsxi::failure(127, "sh: esxcli: not found\n");
    const auto facts = probe_host(linux, "", Deadline::in(std::chrono::seconds{5}));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().kind, ErrorKind::unsupported);
    FakeEsxi away = nuc11();
    away.on_batch = [](FakeEsxi&) { return Error{.kind = ErrorKind::unreachable, .what = "no route"}; };
    EXPECT_EQ(probe_host(away, "", Deadline::in(std::chrono::seconds{5})).error().kind, ErrorKind::unreachable);
}

TEST(Probe, EveryOtherAnswerMayBeMissing)
{
    const FakeEsxi whole = nuc11();
    for (const auto& [words, answer] : whole.commands) {
        if (words == FakeEsxi::Words{"esxcli", "system", "version", "get"} || words[1] == "network")
            continue;
        for (const Answer& bad : {FakeEsxi::failure(1, "Connect to localhost failed\n"), FakeEsxi::text("\x01garbage\n\xff"), Answer{.state = Answer::State::timed_out},
                                  Answer{.state = Answer::State::not_recorded}}) {
            FakeEsxi host = whole;
            host.commands[words] = bad;
            const HostFacts facts = probe(host);
            EXPECT_FALSE(facts.unknown.empty()) << words.back();
        }
    }
}

TEST(Probe, WhatIsNotReadBlocksOnlyItself)
{
    FakeEsxi host = nuc11();
    host.commands[{"esxcli", "system", "settings", "kernel", "list", "-o", "vga"}] = FakeEsxi::failure(1, "Error: no such option");
    host.files.erase("/vmfs/volumes/ds1/debian/debian.vmx");
    const HostFacts facts = probe(host);
    EXPECT_EQ(facts.settings.at("kernel.vga"), Setting{});
    EXPECT_EQ(facts.console_gpu, std::nullopt);
    EXPECT_THAT(facts.unknown, Contains(HasSubstr("kernel option vga: exit code 1: Error: no such option")));
    const Vm& debian = *find_vm(facts, "debian");
    EXPECT_THAT(debian.unreadable, HasSubstr("No such file"));
    EXPECT_EQ(debian.power, Power::on);
    EXPECT_EQ(facts.settings.at("vm.debian.vvtd.enable"), Setting{});
    EXPECT_EQ(find_vm(facts, "router")->unreadable, "");
}

TEST(Probe, WithoutTheListOfProcessesNoVmCountsAsOff)
{
    FakeEsxi host = nuc11();
    host.commands[{"esxcli", "vm", "process", "list"}] = FakeEsxi::failure(1, "busy");
    const HostFacts facts = probe(host);
    for (const Vm& vm : facts.vms)
        EXPECT_EQ(vm.power, Power::unknown);
    EXPECT_EQ(facts.settings.at("vm.debian.power"), Setting{});
}

TEST(Probe, AVmThatRunsAndIsNotListedIsSeen)
{
    FakeEsxi host = nuc11();
    host.vm("20")->listed = false;
    const HostFacts facts = probe(host);
    const Vm* debian = find_vm(facts, "debian");
    ASSERT_NE(debian, nullptr);
    EXPECT_EQ(debian->id, "");
    EXPECT_EQ(debian->power, Power::on);
    EXPECT_NE(debian->unreadable, "");
}

TEST(Probe, AVolumeWithoutALinkStillTellsWhoRuns)
{
    FakeEsxi host = nuc11();
    host.links.erase("/vmfs/volumes/ds1");
    EXPECT_EQ(find_vm(probe(host), "debian")->power, Power::on);
}

TEST(Probe, OfTwoVmsWithOneNameNoSettingIsKnown)
{
    FakeEsxi host = nuc11();
    host.vms.push_back({.id = "31", .name = "debian", .file = "other/debian.vmx"});
    host.files["/vmfs/volumes/ds1/other/debian.vmx"] = "memSize = \"64\"\n";
    const HostFacts facts = probe(host);
    EXPECT_EQ(find_vm(facts, "debian"), nullptr);
    EXPECT_EQ(facts.settings.at("vm.debian.power"), Setting{});
    EXPECT_THAT(facts.unknown, Contains(HasSubstr("several VMs")));
}

TEST(Probe, RecognisesTheVmItRunsIn)
{
    FakeEsxi host = nuc11();
    EXPECT_FALSE(probe(host, "11111111-2222-3333-4444-555555555555\n").inside_this_host);
    EXPECT_TRUE(probe(host, "564d1111-2222-3333-4444-555566667777\n").inside_this_host) << "by its configuration";
    EXPECT_TRUE(probe(host, "VMware-56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 30\n").inside_this_host) << "by its process";
}

TEST(Probe, AGivenAwayGpuIsNoConsole)
{
    FakeEsxi host = nuc11();
    host.commands[{"esxcli", "hardware", "pci", "list"}] = FakeEsxi::text(nuc11_pci("VM Passthru", "VM Passthru"));
    const HostFacts facts = probe(host);
    EXPECT_EQ(state_of(facts.pci[0]), PassthroughState::active);
    EXPECT_EQ(facts.console_gpu, std::nullopt);
    EXPECT_EQ(facts.settings.at("pci.0000:00:02.0.owner"), (Setting{"passthrough", "passthrough"}));
}

}  // namespace
}  // namespace gpupass::esxi
