#pragma once

#include <string>
#include <string_view>

// Domains for this folder's tests, in the form that libvirt prints.

namespace gpupass::linux_host::test {

/// i440fx, SeaBIOS, no graphics card: a Linux guest that computes.
inline constexpr std::string_view linux_guest = R"(<domain type='kvm'>
  <name>debian</name>
  <uuid>0C7E1A52-6d1f-4b0e-9a57-2f3f6a0e7d11</uuid>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='KiB'>4194304</memory>
  <currentMemory unit='KiB'>4194304</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/debian.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <video>
      <model type='none'/>
    </video>
  </devices>
</domain>
)";

/// q35, OVMF, Hyper-V's interfaces, a VNC screen with a password, a virtual IOMMU, words for QEMU.
inline constexpr std::string_view windows_guest =
    R"(<domain xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0" type="kvm" id="3">
  <name>win &amp; more</name>
  <uuid>5b1b0a52-6d1f-4b0e-9a57-2f3f6a0e7d12</uuid>
  <memory unit="GiB">8</memory>
  <memtune><hard_limit unit="GB">10</hard_limit></memtune>
  <memoryBacking><locked/></memoryBacking>
  <vcpu current="4">8</vcpu>
  <os>
    <type arch="x86_64" machine="pc-q35-7.2">hvm</type>
    <loader readonly="yes" secure="yes" type="pflash">/usr/share/OVMF/OVMF_CODE_4M.ms.fd</loader>
    <nvram>/var/lib/libvirt/qemu/nvram/win_VARS.fd</nvram>
  </os>
  <features><acpi/><hyperv mode="custom"><relaxed state="on"/><vapic state="on"/></hyperv></features>
  <devices>
    <emulator>/usr/bin/kvm</emulator>
    <graphics type="vnc" port="-1" autoport="yes" passwd="s3cret-word" passwdValidTo="2030-01-01T00:00:00"/>
    <graphics type="spice" passwd="s3cret-word"/>
    <video><model type="qxl" ram="65536"/></video>
    <iommu model="intel"><driver intremap="on"/></iommu>
    <hostdev mode="subsystem" type="pci" managed="no">
      <driver name="vfio"/>
      <source><address domain="0x0000" bus="0x65" slot="0x00" function="0x0"/></source>
      <alias name="ua-card"/>
      <rom bar="off" file="/usr/share/vgabios/card.rom"/>
      <address type="pci" domain="0x0000" bus="0x06" slot="0x00" function="0x0"/>
    </hostdev>
  </devices>
  <qemu:commandline>
    <qemu:arg value="-set"/>
    <qemu:arg value="device.hostdev0.x-igd-opregion=on"/>
    <qemu:arg value="-fw_cfg"/>
    <qemu:arg value="name=opt/ovmf/X-PciMmio64Mb,string=65536"/>
  </qemu:commandline>
  <qemu:override>
    <qemu:device alias="ua-card"><qemu:frontend><qemu:property name="x-no-mmap" type="bool" value="true"/></qemu:frontend></qemu:device>
    <qemu:device alias="virtio-disk0"><qemu:frontend><qemu:property name="rotation_rate" type="unsigned" value="1"/></qemu:frontend></qemu:device>
  </qemu:override>
</domain>
)";

/// Two functions of a card, one of them ours, a virtual network function, a mediated device, and what VFIO does not serve.
inline constexpr std::string_view busy_guest = R"(<domain type='qemu'><devices>
    <!-- <hostdev mode='subsystem' type='pci'><source><address bus='0x01' slot='0'/></source></hostdev> -->
    <hostdev mode='subsystem' type='usb' managed='yes'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source>
      <alias name='ua-gpupass-0'/>
    </hostdev>
    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:6D:90:02'/>
      <source><address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x1'/></source>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>
    </interface>
    <interface type='network'><source network='default'/></interface>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <!-- slot 2 on bus 0 and bus 2 are two places -->
      <source><address domain='0' bus='2' slot='0' function='0'/></source>
      <driver model='xe-vfio-pci'/>
    </hostdev>
    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' display='on'>
      <source><address uuid='C2177883-f1bb-47f0-914d-32a22e3a8804'/></source>
      <address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/>
    </hostdev>
  </devices>
  <os firmware='efi'><type>hvm</type></os>
  <memory>1048577</memory><uuid>aaaaaaaa-6d1f-4b0e-9a57-2f3f6a0e7d13</uuid><name>busy</name></domain>
)";

/// `text` with `from` replaced, everywhere.
inline std::string with(std::string_view text, std::string_view from, std::string_view to)
{
    std::string out{text};
    for (auto place = out.find(from); place != std::string::npos; place = out.find(from, place + to.size()))
        out.replace(place, from.size(), to);
    return out;
}

}  // namespace gpupass::linux_host::test
