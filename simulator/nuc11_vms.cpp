#include "nuc11_vms.hpp"

#include "text.hpp"

namespace gpupass::sim {

namespace {

// Devices that every machine made by the Host Client has.
constexpr const char* common = R"(config.version = "8"
virtualHW.version = "@HARDWARE@"
vmci0.present = "TRUE"
floppy0.present = "FALSE"
RemoteDisplay.maxConnections = "-1"
pciBridge0.present = "TRUE"
svga.present = "TRUE"
pciBridge4.present = "TRUE"
pciBridge4.virtualDev = "pcieRootPort"
pciBridge4.functions = "8"
pciBridge5.present = "TRUE"
pciBridge5.virtualDev = "pcieRootPort"
pciBridge5.functions = "8"
pciBridge6.present = "TRUE"
pciBridge6.virtualDev = "pcieRootPort"
pciBridge6.functions = "8"
pciBridge7.present = "TRUE"
pciBridge7.virtualDev = "pcieRootPort"
pciBridge7.functions = "8"
hpet0.present = "TRUE"
sched.cpu.units = "mhz"
sched.cpu.affinity = "all"
powerType.powerOff = "default"
powerType.suspend = "default"
powerType.reset = "default"
tools.upgrade.policy = "manual"
scsi0.virtualDev = "pvscsi"
scsi0.present = "TRUE"
scsi0:0.deviceType = "scsi-hardDisk"
scsi0:0.fileName = "@NAME@.vmdk"
sched.scsi0:0.shares = "normal"
sched.scsi0:0.throughputCap = "off"
scsi0:0.present = "TRUE"
ethernet0.virtualDev = "vmxnet3"
ethernet0.networkName = "VM Network"
ethernet0.addressType = "generated"
ethernet0.wakeOnPcktRcv = "FALSE"
ethernet0.uptCompatibility = "TRUE"
ethernet0.present = "TRUE"
displayName = "@NAME@"
toolScripts.afterPowerOn = "TRUE"
toolScripts.beforePowerOff = "TRUE"
tools.syncTime = "FALSE"
pciBridge0.pciSlotNumber = "17"
pciBridge4.pciSlotNumber = "21"
pciBridge5.pciSlotNumber = "22"
pciBridge6.pciSlotNumber = "23"
pciBridge7.pciSlotNumber = "24"
scsi0.pciSlotNumber = "160"
ethernet0.pciSlotNumber = "192"
monitor.phys_bits_used = "45"
softPowerOff = "FALSE"
toolsInstallManager.updateCounter = "1"
vmotion.checkpointFBSize = "4194304"
)";

std::string machine(const char* name, bool is_8, const std::string& own)
{
    auto text = std::string{".encoding = \"UTF-8\"\n"} + common + own;
    text = replaced(std::move(text), "@HARDWARE@", is_8 ? "20" : "19");
    return replaced(std::move(text), "@NAME@", name);
}

}  // namespace

// Releases before 8.0 know no Windows 11; such a machine says windows9.
std::string windows11_vmx(bool is_8)
{
    return replaced(machine("windows11", is_8,
                            R"(guestOS = "@GUEST@"
firmware = "efi"
uefi.secureBoot.enabled = "TRUE"
memSize = "8192"
numvcpus = "4"
cpuid.coresPerSocket = "4"
uuid.bios = "56 4d 31 9a 0c 7e 44 d1-8e 02 6b 91 55 ac 01 11"
uuid.location = "56 4d 31 9a 0c 7e 44 d1-8e 02 6b 91 55 ac 01 11"
vc.uuid = "52 0e 4f 7d 5d 2a 60 b4-9b 6c 7a 0d 3e 51 aa 11"
vhv.enable = "TRUE"
vvtd.enable = "TRUE"
windows.vbs.enabled = "TRUE"
sched.mem.min = "0"
sched.mem.minSize = "0"
sched.mem.shares = "normal"
sata0.present = "TRUE"
sata0.pciSlotNumber = "33"
usb_xhci.present = "TRUE"
usb_xhci.pciSlotNumber = "224"
nvram = "windows11.nvram"
extendedConfigFile = "windows11.vmxf"
svga.vramSize = "8388608"
annotation = "Spiele |26 Fotos|0Anicht l)"
                            "\xC3\xB6"
                            R"(schen"
cleanShutdown = "TRUE"
guestOS.detailed.data = "bitness='64' distroName='Windows 11' familyName='Windows'"
)"),
                    "@GUEST@", is_8 ? "windows11-64" : "windows9-64");
}

std::string windows11_vmsd()
{
    return R"(.encoding = "UTF-8"
snapshot.lastUID = "1"
snapshot.current = "1"
snapshot0.uid = "1"
snapshot0.filename = "windows11-Snapshot1.vmsn"
snapshot0.displayName = "before update"
snapshot0.description = ""
snapshot0.createTimeHigh = "384186"
snapshot0.createTimeLow = "-1279303412"
snapshot0.numDisks = "1"
snapshot0.disk0.fileName = "windows11.vmdk"
snapshot0.disk0.node = "scsi0:0"
snapshot.numSnapshots = "1"
)";
}

std::string debian_vmx(bool is_8)
{
    return machine("debian", is_8,
                   R"(# media server, do not forget the backup
guestOS = "debian11-64"
firmware = "efi"
uefi.secureBoot.enabled = "FALSE"
memsize = "8192"
numvcpus = "4"
uuid.bios = "56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59"
uuid.location = "56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59"
vc.uuid = "52 7b 11 0c 8a 39 2e 55-5e 0a 0f 43 9b 17 d0 59"
vvtd.enable = "TRUE"   # for a nested experiment
sched.mem.min = "0"
sched.mem.shares = "normal"
sched.cpu.min = "0"
nvram = "debian.nvram"
extendedConfigFile = "debian.vmxf"
usb_xhci:4.present = TRUE
usb_xhci:4.deviceType = "hid"
usb_xhci.present = "TRUE"
usb_xhci.pciSlotNumber = "33"
svga.autodetect = "TRUE"
this line means nothing to anybody
guestinfo.note = "a |22quoted|22 word, a bar |7C and caf)"
                   "\xC3\xA9"
                   R"("
cleanShutdown = "FALSE"
)");
}

std::string router_vmx(bool is_8)
{
    return machine("router", is_8, R"(guestOS = "other5xlinux-64"
memSize = "1024"
numvcpus = "2"
uuid.bios = "56 4d 9e 70 42 b3 11 0a-6c 5d 28 e1 90 77 3c 22"
uuid.location = "56 4d 9e 70 42 b3 11 0a-6c 5d 28 e1 90 77 3c 22"
vc.uuid = "52 c8 05 9e 17 ab 3f 60-11 d4 c2 8f 71 2b 3c 22"
ethernet1.virtualDev = "vmxnet3"
ethernet1.networkName = "WAN"
ethernet1.addressType = "generated"
ethernet1.present = "TRUE"
ethernet1.pciSlotNumber = "224"
sched.mem.min = "1024"
sched.mem.minSize = "1024"
sched.mem.pin = "TRUE"
nvram = "router.nvram"
cleanShutdown = "FALSE"
)");
}

}  // namespace gpupass::sim
