#include "host.hpp"

#include <algorithm>

// The PCI functions of a NUC11PAKi5 (Tiger Lake), and the options of its kernel.

namespace gpupass::sim {

namespace {

PciDevice intel(std::string address, int device, int class_id, std::string name, std::string class_name,
                std::string vmkernel_name, std::string driver, bool capable)
{
    PciDevice made;
    made.address = std::move(address);
    made.vendor = made.subvendor = 0x8086;
    made.device = device;
    made.subdevice = 0x3004;
    made.class_id = class_id;
    made.revision = 0x01;
    made.vendor_name = "Intel Corporation";
    made.device_name = std::move(name);
    made.class_name = std::move(class_name);
    made.vmkernel_name = std::move(vmkernel_name);
    made.driver = driver.empty() ? "None" : std::move(driver);
    made.capable = capable;
    return made;
}

PciDevice bridge(std::string address, int device, std::string name, int spawned_bus)
{
    auto made = intel(std::move(address), device, 0x0604, std::move(name), "PCI bridge", "PCIe RP", "", false);
    made.spawned_bus = spawned_bus;
    return made;
}

PciDevice nvme()
{
    auto made = intel("0000:01:00.0", 0xa809, 0x0108, "NVMe SSD Controller 980", "Non-Volatile memory controller",
                      "vmhba1", "nvme_pcie", true);
    made.vendor = made.subvendor = 0x144d;
    made.subdevice = 0xa801;
    made.revision = 0;
    made.vendor_name = "Samsung Electronics Co Ltd";
    return made;
}

// The card that comes before the GPU when addresses shift, and takes the GPU's old one.
PciDevice intruder()
{
    auto made = intel("0000:00:02.0", 0x0612, 0x0106, "ASM1062 Serial ATA Controller", "SATA controller", "vmhba2",
                      "vmw_ahci", true);
    made.vendor = made.subvendor = 0x1b21;
    made.subdevice = 0x1060;
    made.vendor_name = "ASMedia Technology Inc.";
    return made;
}

PciDevice gpu(bool shifted)
{
    return intel(shifted ? "0000:0a:00.0" : "0000:00:02.0", 0x9a49, 0x0300, "TigerLake-LP GT2 [Iris Xe Graphics]",
                 "VGA compatible controller", "vmgfx0", "", true);
}

std::vector<PciDevice> make_devices(bool shifted)
{
    auto nic = intel("0000:58:00.0", 0x15f3, 0x0200, "Ethernet Controller I225-V", "Ethernet controller", "vmnic0",
                     "igc-community", true);
    nic.revision = 0x03;
    std::vector<PciDevice> all{
        intel("0000:00:00.0", 0x9a14, 0x0600, "11th Gen Core Processor Host Bridge/DRAM Registers", "Host bridge", "",
              "", false),
        gpu(shifted),
        bridge("0000:00:06.0", 0x9a09, "11th Gen Core Processor PCIe Controller", 0x01),
        bridge("0000:00:07.0", 0x9a23, "Tiger Lake-LP Thunderbolt 4 PCI Express Root Port #0", 0x02),
        intel("0000:00:08.0", 0x9a11, 0x0880, "GNA Scoring Accelerator module", "System peripheral", "", "", true),
        intel("0000:00:0d.0", 0x9a13, 0x0c03, "Tiger Lake-LP Thunderbolt 4 USB Controller", "USB controller", "vmhba32",
              "vmkusb", true),
        intel("0000:00:0d.2", 0x9a1b, 0x0c03, "Tiger Lake-LP Thunderbolt 4 NHI #0", "USB controller", "", "", true),
        intel("0000:00:14.0", 0xa0ed, 0x0c03, "Tiger Lake-LP USB 3.2 Gen 2x1 xHCI Host Controller", "USB controller",
              "vmhba33", "vmkusb", true),
        intel("0000:00:14.2", 0xa0ef, 0x0500, "Tiger Lake-LP Shared SRAM", "RAM memory", "", "", false),
        intel("0000:00:14.3", 0xa0f0, 0x0280, "Wi-Fi 6 AX201", "Network controller", "", "", true),
        intel("0000:00:15.0", 0xa0e8, 0x0c80, "Tiger Lake-LP Serial IO I2C Controller #0", "Serial bus controller", "",
              "", false),
        intel("0000:00:16.0", 0xa0e0, 0x0780, "Tiger Lake-LP Management Engine Interface", "Communication controller",
              "", "", false),
        intel("0000:00:17.0", 0xa0d3, 0x0106, "Tiger Lake-LP SATA Controller", "SATA controller", "vmhba0", "vmw_ahci",
              true),
        bridge("0000:00:1d.0", 0xa0b3, "Tiger Lake-LP PCI Express Root Port #12", 0x58),
        intel("0000:00:1f.0", 0xa082, 0x0601, "Tiger Lake-LP LPC Controller", "ISA bridge", "", "", false),
        intel("0000:00:1f.3", 0xa0c8, 0x0401, "Tiger Lake-LP Smart Sound Technology Audio Controller",
              "Multimedia audio controller", "", "", true),
        intel("0000:00:1f.4", 0xa0a3, 0x0c05, "Tiger Lake-LP SMBus Controller", "SMBus", "", "", false),
        intel("0000:00:1f.5", 0xa0a4, 0x0c80, "Tiger Lake-LP SPI Controller", "Serial bus controller", "", "", false),
        nvme(),
        nic,
    };
    if (shifted)
        all.push_back(intruder());
    std::ranges::sort(all, {}, &PciDevice::address);
    return all;
}

}  // namespace

std::vector<PciDevice> pci_devices(const Host& host)
{
    static const auto usual = make_devices(false);
    static const auto shifted = make_devices(true);
    return host.world.shifted ? shifted : usual;
}

std::optional<PciDevice> pci_device(const Host& host, const std::string& address)
{
    for (const auto& device : pci_devices(host))
        if (device.address == address)
            return device;
    return std::nullopt;
}

const std::vector<KernelOption>& kernel_options()
{
    static const std::vector<KernelOption> all{
        {"acpiDbgLevel", "Int", "0", "Set the ACPI debug level."},
        {"cpuUniformityHardCheckPanic", "Bool", "TRUE", "Panic when a hard CPU uniformity check fails."},
        {"disableACSCheck", "Bool", "FALSE", "Disable ACS check for passthrough devices."},
        {"enablePCIEHotplug", "Bool", "TRUE", "Enable PCIe hotplug."},
        {"execInstalledOnly", "Bool", "FALSE", "Execute only binaries that came with a VIB."},
        {"ignoreHeadless", "Bool", "FALSE", "Ignore the ACPI flag that there is no display."},
        {"ignoreMsrFaults", "Bool", "FALSE", "Ignore faults of rdmsr and wrmsr."},
        {"intrFirstMsixVector", "Int", "0", "First vector to be used for MSI-X."},
        {"iovDisableIR", "Bool", "FALSE", "Disable interrupt remapping in the IOMMU."},
        {"pciBarAllocPolicy", "Int", "0", "Policy of allocating PCI BARs."},
        {"vga", "Bool", "TRUE", "Enable/Disable VGA support."},
    };
    return all;
}

}  // namespace gpupass::sim
