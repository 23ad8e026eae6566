#include "host.hpp"
#include "nuc11_vms.hpp"

#include <fmt/core.h>

#include <cmath>

// A NUC11PAKi5 as its owner left it: three machines, an idle GPU that the console holds, some days of uptime.

namespace gpupass::sim {

namespace {

constexpr const char* bootbank_uuid = "b9f6d5a2-0c3e77f1-5a41-1c697a6f0b01";

constexpr const char* passthru_map = R"(# passthrough attributes for devices
# file format: vendor-id device-id resetMethod fptShareable
# vendor/device id: xxxx (in hex) (ffff can be used for wildchar match)
# reset methods: flr, d3d0, link, bridge, default
# fptShareable: true/default, false

# Intel 82579LM Gig NIC can be reset with d3d0
8086  1502  d3d0     default
# Intel 82598 10Gig cards can be reset with d3d0
8086  10b6  d3d0     default
8086  10c6  d3d0     default
# Broadcom 57710/57711/57712 10Gig cards are not shareable
14e4  164e  default  false
14e4  164f  default  false
# Qlogic 8Gb FC card can not be shared
1077  2532  default  false
# LSILogic 1068 based SAS controllers
1000  0056  d3d0     default
1000  0058  d3d0     default
# NVIDIA
10de  ffff  bridge   false
# AMD FCH SATA Controller [AHCI mode]
1022  7901  d3d0     default
)";

void marked(Host& host, const std::string& folder, const std::string& name, const std::string& text)
{
    (void)host.disk.write(folder + "/" + name, text);
    (void)host.disk.write(folder + "/.#" + name, "");
}

void make_etc(Host& host)
{
    marked(host, "/etc/vmware", "passthru.map", passthru_map);
    marked(host, "/etc/vmware", "esx.conf", fmt::format("/system/uuid = \"{}\"\n", system_uuid()));
    marked(host, "/etc", "hosts", "127.0.0.1 localhost.localdomain localhost\n192.168.1.10 nuc11.home nuc11\n");
    marked(host, "/etc/ssh", "sshd_config",
           "PermitRootLogin yes\nPrintMotd yes\nUsePAM yes\nChallengeResponseAuthentication yes\n"
           "AuthorizedKeysFile /etc/ssh/keys-%u/authorized_keys\nMaxSessions 10\nMaxStartups 10:30:100\n");
    marked(host, "/etc/ssh/keys-root", "authorized_keys", "");
    (void)host.disk.write("/etc/profile", "# /etc/profile\n");
}

void make_logs(Host& host)
{
    host.disk.make_folders("/var/run/log");
    host.disk.make_folders("/var/log");
    host.disk.make_folders("/var/core");
    for (const std::string name : {"vmkernel.log", "hostd.log", "vmkwarning.log", "syslog.log", "shell.log"}) {
        if (!host.disk.exists("/var/run/log/" + name))
            (void)host.disk.write("/var/run/log/" + name, "");
        (void)host.disk.link("/var/run/log/" + name, "/var/log/" + name);
    }
}

void add_vm(Host& host, const std::string& name, const std::string& text, bool running)
{
    const auto folder = "/vmfs/volumes/" + datastore_uuid() + "/" + name;
    (void)host.disk.write(folder + "/" + name + ".vmx", text, 0755);
    (void)host.disk.write(folder + "/" + name + ".nvram", std::string(64, '\xff'), 0600);
    (void)host.disk.write(folder + "/" + name + ".vmdk",
                          fmt::format("# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\n"
                                      "RW 67108864 VMFS \"{}-flat.vmdk\"\n",
                                      name),
                          0600);
    Vm vm;
    vm.id = host.world.next_vm++;
    vm.path = folder + "/" + name + ".vmx";
    vm.text = text;
    if (running) {
        vm.power = powered_on;
        vm.tools = vm.guest_up = true;
        vm.world_id = host.world.next_world += 16;
    }
    log_vm_start(host, vm);
    host.world.vms.push_back(std::move(vm));
}

void make_vms(Host& host)
{
    add_vm(host, "windows11", windows11_vmx(host.is_8()), false);
    add_vm(host, "debian", debian_vmx(host.is_8()), true);
    add_vm(host, "router", router_vmx(host.is_8()), true);
    const auto base = "/vmfs/volumes/" + datastore_uuid();
    (void)host.disk.write(base + "/windows11/windows11.vmsd", windows11_vmsd());
    (void)host.disk.write(base + "/debian/debian.vmsd", "");
    host.world.settings.autostart_entries = {{3, 1, 90, "PowerOn", "guestShutdown"}};
}

}  // namespace

const std::string& system_uuid()
{
    static const std::string uuid = "5f8a3c17-9e24-4b06-d1c8-1c697a6f0b3d";
    return uuid;
}

const std::string& datastore_uuid()
{
    static const std::string uuid = "6107a9c3-5e8d21b4-77aa-1c697a6f0b3d";
    return uuid;
}

std::string product_build(const Host& host) { return host.is_8() ? "24585383" : "19193900"; }

void rebuild_ram_disk(Host& host)
{
    for (const char* folder : {"/etc", "/tmp", "/bootbank"})
        host.disk.remove_tree(folder);
    host.disk.make_folders("/tmp");
    (void)host.disk.change_mode("/tmp", 01777);
    make_etc(host);
    make_logs(host);
    for (const auto& [path, text] : host.world.saved.files)
        (void)host.disk.write(path, text);
    const std::string target =
        host.world.bootbank_lost ? "/tmp/_osfsmount" : std::string{"/vmfs/volumes/"} + bootbank_uuid;
    if (host.world.bootbank_lost)
        host.disk.make_folders(target);
    (void)host.disk.link(target, "/bootbank");
}

void build_world(Host& host)
{
    auto& world = host.world;
    world = {};
    world.version = host.options.version;
    world.boot_time = host.now() - (5 * 24 + 7) * 3600 - 1234.5;
    world.clock_offset = 2.5;
    for (const auto& option : kernel_options())
        world.settings.kernel[option.name] = option.fallback;
    world.kernel = world.settings.kernel;
    for (const auto& device : pci_devices(host)) {
        world.owners[device.address] = vmkernel;
        if (device.capable)
            world.settings.owners[device.address] = vmkernel;
    }
    host.disk.make_folders("/vmfs/volumes/" + datastore_uuid());
    (void)host.disk.link(datastore_uuid(), "/vmfs/volumes/datastore1");
    host.disk.make_folders(std::string{"/vmfs/volumes/"} + bootbank_uuid);
    (void)host.disk.link(bootbank_uuid, "/vmfs/volumes/BOOTBANK1");
    (void)host.disk.write(std::string{"/vmfs/volumes/"} + bootbank_uuid + "/boot.cfg",
                          "bootstate=0\ntitle=Loading VMware ESXi\n");
    rebuild_ram_disk(host);
    log_kernel(host, "VTD: 1246: IOMMU Unit #0 is enabled");
    log_kernel(host, "PCIPassthru: 1039: Device 0000:00:02.0 is owned by the VMkernel");
    make_vms(host);
    build_guest(host, false);
    world.backup_hour = static_cast<long long>(std::floor((host.clock() - 60) / 3600));
    backup(host);
}

}  // namespace gpupass::sim
