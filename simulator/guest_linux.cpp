#include "guest_linux.hpp"

#include "applets.hpp"
#include "text.hpp"

#include <fmt/core.h>

namespace gpupass::sim {

namespace {

constexpr const char* gpu_address = "0000:13:00.0";

struct GuestDevice {
    const char* address;
    const char* behind;  // the bridge that it sits behind, "" for none
    const char* vendor;
    const char* device;
    const char* class_id;
    const char* driver;
};

constexpr GuestDevice usual_devices[]{
    {"0000:00:00.0", "", "0x8086", "0x7190", "0x060000", "agpgart-intel"},
    {"0000:00:07.1", "", "0x8086", "0x7111", "0x01018a", "ata_piix"},
    {"0000:00:0f.0", "", "0x15ad", "0x0405", "0x030000", "vmwgfx"},
    {"0000:00:15.0", "", "0x15ad", "0x07a0", "0x060400", "pcieport"},
    {"0000:00:16.0", "", "0x15ad", "0x07a0", "0x060400", "pcieport"},
    {"0000:03:00.0", "0000:00:15.0", "0x15ad", "0x07c0", "0x010700", "vmw_pvscsi"},
    {"0000:0b:00.0", "0000:00:16.0", "0x15ad", "0x07b0", "0x020000", "vmxnet3"},
};
constexpr GuestDevice gpu_port{"0000:00:17.0", "", "0x15ad", "0x07a0", "0x060400", "pcieport"};
constexpr GuestDevice gpu{gpu_address, "0000:00:17.0", "0x8086", "0x9a49", "0x030000", "i915"};

void add_device(const Disk& disk, const GuestDevice& device)
{
    const std::string address = device.address;
    const std::string behind = device.behind;
    const auto folder = "devices/pci0000:00/" + (behind.empty() ? "" : behind + "/") + address;
    const auto file = [&](const char* name, const std::string& text) {
        (void)disk.write("/sys/" + folder + "/" + name, text + "\n");
    };
    file("vendor", device.vendor);
    file("device", device.device);
    file("class", device.class_id);
    file("subsystem_vendor", device.vendor);
    file("subsystem_device", device.vendor == std::string{"0x8086"} ? "0x3004" : device.device);
    file("boot_vga", address == "0000:00:0f.0" ? "1" : "0");
    const auto driver = std::string{"/sys/bus/pci/drivers/"} + device.driver;
    disk.make_folders(driver);
    disk.make_folders("/sys/bus/pci/devices");
    const std::string up = behind.empty() ? "../../../" : "../../../../";
    (void)disk.link(up + "bus/pci/drivers/" + device.driver, "/sys/" + folder + "/driver");
    (void)disk.link("../../../" + folder, "/sys/bus/pci/devices/" + address);
    (void)disk.link("../../../../" + folder, driver + "/" + address);
}

// The virtual card takes card0 and renderD128, the Intel one what comes next.
void add_nodes(const Disk& disk, int number, const GuestDevice& device)
{
    const auto card = fmt::format("card{}", number);
    const auto render = fmt::format("renderD{}", 128 + number);
    const std::string behind = device.behind;
    for (const auto& name : {card, render}) {
        (void)disk.write("/dev/dri/" + name, "");
        const auto folder = "/sys/class/drm/" + name;
        disk.make_folders(folder);
        (void)disk.link("../../../devices/pci0000:00/" + (behind.empty() ? "" : behind + "/") + device.address,
                        folder + "/device");
    }
    disk.make_folders("/dev/dri/by-path");
    (void)disk.link("../" + card, fmt::format("/dev/dri/by-path/pci-{}-card", device.address));
    (void)disk.link("../" + render, fmt::format("/dev/dri/by-path/pci-{}-render", device.address));
    (void)disk.make_folder(fmt::format("/sys/bus/pci/devices/{}/drm", device.address), 0755);
    for (const auto& name : {card, render})
        (void)disk.make_folder(fmt::format("/sys/bus/pci/devices/{}/drm/{}", device.address, name), 0755);
}

constexpr const char* kernel_log = R"([    0.000000] Linux version 5.10.0-13-amd64 (debian-kernel@lists.debian.org)
[    0.000000] DMI: VMware, Inc. VMware7,1/440BX Desktop Reference Platform
[    0.412911] pci 0000:00:0f.0: vgaarb: setting as boot VGA device
[    1.803311] [drm] Max GMR ids is 64
[    1.803902] [drm] Initialized vmwgfx 2.18.0 20200114 for 0000:00:0f.0 on minor 0
[    2.114808] vmxnet3 0000:0b:00.0 ens192: NIC Link is Up 10000 Mbps
)";

constexpr const char* gpu_log = R"([    2.301177] i915 0000:13:00.0: enabling device (0000 -> 0003)
[    2.302004] i915 0000:13:00.0: [drm] VT-d active for gfx access
[    2.302960] i915 0000:13:00.0: BAR 6: can't assign [??? 0x00000000 flags 0x20000000] (bogus alignment)
[    2.303417] i915 0000:13:00.0: [drm] Failed to find VBIOS tables (VBT)
[    2.318802] i915 0000:13:00.0: [drm] Finished loading DMC firmware i915/tgl_dmc_ver2_08.bin (v2.8)
[    2.345110] i915 0000:13:00.0: [drm] failed to retrieve link info, disabling eDP
[    2.366094] [drm] Initialized i915 1.6.0 20200917 for 0000:13:00.0 on minor 1
[    2.371238] i915 0000:13:00.0: [drm] Cannot find any crtc or sizes
)";

constexpr const char* report_with_gpu = R"json({"schema":"gpupass/1","simulated":true,"verdict":"working",
"why":"OpenCL and Vulkan computed the right results on 8086:9a49 at 0000:13:00.0","checks":[
{"id":"pci-present","result":"pass","detail":"0000:13:00.0 is 8086:9a49"},
{"id":"driver-bound","result":"pass","detail":"i915"},
{"id":"firmware-dmc","result":"pass","detail":"i915/tgl_dmc_ver2_08.bin (v2.8)"},
{"id":"node-render","result":"pass","detail":"/dev/dri/renderD129"},
{"id":"display-outputs","result":"warn","detail":"no output is connected; expected of a passed-through Iris Xe"},
{"id":"opencl-device","result":"pass","detail":"Intel(R) Graphics Gen12LP [0x9a49]"},
{"id":"vulkan-device","result":"pass","detail":"Intel(R) Xe Graphics (TGL GT2)"},
{"id":"speed-fp32","result":"pass","detail":"clock 1300 MHz, 80 EUs","value":1217.4,"unit":"GFLOPS","expected":1664.0},
{"id":"software-none","result":"pass","detail":"no software renderer answered in the GPU's place"}]}
)json";

constexpr const char* report_without = R"json({"schema":"gpupass/1","simulated":true,"verdict":"not-working",
"why":"no Intel GPU is in this machine","checks":[
{"id":"pci-present","result":"fail","detail":"no device 8086:9a49"},
{"id":"software-none","result":"skip","detail":"nothing to compare"}]}
)json";

bool has_card(const Process& process)
{
    return process.shell.disk().exists(std::string{"/sys/bus/pci/devices/"} + gpu_address);
}

int guest_report(Process& process)
{
    if (process.argv.size() == 2 && process.argv[1] == "--version")
        return process.print("gpupass-guest 0.1.0\n"), 0;
    if (process.argv.size() < 2 || process.argv[1] != "--json")
        return process.fail("gpupass-guest: only --json and --version are simulated", 2);
    process.print(has_card(process) ? report_with_gpu : report_without);
    return has_card(process) ? 0 : 1;
}

int clinfo(Process& process)
{
    process.print(has_card(process)
                      ? "Number of platforms                               1\n"
                        "  Platform Name                                   Intel(R) OpenCL HD Graphics\n"
                        "  Platform Vendor                                 Intel(R) Corporation\n"
                        "  Device Name                                     Intel(R) Graphics Gen12LP [0x9a49]\n"
                        "  Device Type                                     GPU\n"
                        "  Max compute units                               80\n"
                      : "Number of platforms                               0\n");
    return 0;
}

int vulkaninfo(Process& process)
{
    if (has_card(process))
        process.print("GPU0:\n\tvendorID           = 0x8086\n\tdeviceID           = 0x9a49\n"
                      "\tdeviceType         = PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU\n"
                      "\tdeviceName         = Intel(R) Xe Graphics (TGL GT2)\n");
    process.print(
        "GPU1:\n\tvendorID           = 0x10005\n\tdeviceID           = 0x0000\n"
        "\tdeviceType         = PHYSICAL_DEVICE_TYPE_CPU\n\tdeviceName         = llvmpipe (LLVM 11.0.1, 256 bits)\n");
    return 0;
}

}  // namespace

void build_guest(Host& host, bool with_gpu)
{
    const auto& disk = host.guest_disk;
    for (const char* folder : {"/sys", "/dev"})
        disk.remove_tree(folder);
    disk.make_folders("/tmp");
    disk.make_folders("/home/user");
    (void)disk.write("/etc/os-release",
                     "PRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\nID=debian\nVERSION_ID=\"11\"\n");
    for (const auto& device : usual_devices)
        add_device(disk, device);
    add_nodes(disk, 0, usual_devices[2]);
    (void)disk.write("/var/log/dmesg", std::string{kernel_log} + (with_gpu ? gpu_log : ""));
    if (!with_gpu)
        return;
    add_device(disk, gpu_port);
    add_device(disk, gpu);
    add_nodes(disk, 1, gpu);
}

ShellMachine guest_machine(Host& host)
{
    auto programs = busybox_programs();
    programs["gpupass-guest"] = guest_report;
    programs["clinfo"] = clinfo;
    programs["vulkaninfo"] = vulkaninfo;
    programs["dmesg"] = [](Process& process) {
        return process.print(process.shell.disk().read("/var/log/dmesg").value_or("")), 0;
    };
    return {host.guest_disk,
            "debian",
            "5.10.0-13-amd64",
            "#1 SMP Debian 5.10.106-1 (2022-03-17)",
            "Linux",
            "GNU/Linux",
            std::move(programs),
            [&host] { return host.now(); },
            {}};
}

bool guest_answers(const Host& host)
{
    for (const auto& vm : host.world.vms)
        if (vm.power == powered_on && vm.guest_up && is_linux_guest(vm))
            return host.is_up();
    return false;
}

}  // namespace gpupass::sim
