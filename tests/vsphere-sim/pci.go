package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

const (
	gpuID = "0000:00:02.0"
	nicID = "0000:58:00.0" // the uplink of vSwitch0
)

type pciRow struct {
	id             string
	vendor, device int
	subDevice      int
	class          int
	bridge         string // the bridge above it
	capable        bool
	vendorName     string
	name           string
}

const intel, samsung = "Intel Corporation", "Samsung Electronics Co Ltd"

// The functions of a NUC11PAKi5; what a small host cannot do without stands first.
var nucRows = []pciRow{
	{gpuID, 0x8086, 0x9a49, 0x3004, 0x0300, "", true, intel, "TigerLake-LP GT2 [Iris Xe Graphics]"},
	{"0000:00:06.0", 0x8086, 0x9a09, 0x3004, 0x0604, "", false, intel, "11th Gen Core Processor PCIe Controller"},
	{"0000:01:00.0", 0x144d, 0xa809, 0xa801, 0x0108, "0000:00:06.0", true, samsung, "NVMe SSD Controller 980"},
	{nicID, 0x8086, 0x15f3, 0x3004, 0x0200, "0000:00:1d.0", true, intel, "Ethernet Controller I225-V"},
	{"0000:00:1d.0", 0x8086, 0xa0b3, 0x3004, 0x0604, "", false, intel, "Tiger Lake-LP PCI Express Root Port #12"},
	{"0000:00:00.0", 0x8086, 0x9a14, 0x3004, 0x0600, "", false, intel, "11th Gen Core Processor Host Bridge/DRAM Registers"},
	{"0000:00:07.0", 0x8086, 0x9a23, 0x3004, 0x0604, "", false, intel, "Tiger Lake-LP Thunderbolt 4 PCI Express Root Port #0"},
	{"0000:00:08.0", 0x8086, 0x9a11, 0x3004, 0x0880, "", true, intel, "GNA Scoring Accelerator module"},
	{"0000:00:0d.0", 0x8086, 0x9a13, 0x3004, 0x0c03, "", true, intel, "Tiger Lake-LP Thunderbolt 4 USB Controller"},
	{"0000:00:0d.2", 0x8086, 0x9a1b, 0x3004, 0x0c03, "", true, intel, "Tiger Lake-LP Thunderbolt 4 NHI #0"},
	{"0000:00:14.0", 0x8086, 0xa0ed, 0x3004, 0x0c03, "", true, intel, "Tiger Lake-LP USB 3.2 Gen 2x1 xHCI Host Controller"},
	{"0000:00:14.2", 0x8086, 0xa0ef, 0x3004, 0x0500, "", false, intel, "Tiger Lake-LP Shared SRAM"},
	{"0000:00:14.3", 0x8086, 0xa0f0, 0x3004, 0x0280, "", true, intel, "Wi-Fi 6 AX201"},
	{"0000:00:15.0", 0x8086, 0xa0e8, 0x3004, 0x0c80, "", false, intel, "Tiger Lake-LP Serial IO I2C Controller #0"},
	{"0000:00:16.0", 0x8086, 0xa0e0, 0x3004, 0x0780, "", false, intel, "Tiger Lake-LP Management Engine Interface"},
	{"0000:00:17.0", 0x8086, 0xa0d3, 0x3004, 0x0106, "", true, intel, "Tiger Lake-LP SATA Controller"},
	{"0000:00:1f.0", 0x8086, 0xa082, 0x3004, 0x0601, "", false, intel, "Tiger Lake-LP LPC Controller"},
	{"0000:00:1f.3", 0x8086, 0xa0c8, 0x3004, 0x0401, "", true, intel, "Tiger Lake-LP Smart Sound Technology Audio Controller"},
	{"0000:00:1f.4", 0x8086, 0xa0a3, 0x3004, 0x0c05, "", false, intel, "Tiger Lake-LP SMBus Controller"},
	{"0000:00:1f.5", 0x8086, 0xa0a4, 0x3004, 0x0c80, "", false, intel, "Tiger Lake-LP SPI Controller"},
}

// pciRows are count functions: those of the machine, then NICs and drives behind further bridges.
func pciRows(count int) []pciRow {
	rows := append([]pciRow(nil), nucRows...)
	for slot, bus := 0, 0x59; len(rows) < count; bus++ {
		bridge := fmt.Sprintf("0000:00:%02x.%x", 0x18+slot/8%4, slot%8)
		if slot++; slot <= 32 {
			rows = append(rows, pciRow{bridge, 0x8086, 0xa0b0, 0x3004, 0x0604, "", false, intel, "Tiger Lake-LP PCI Express Root Port"})
		}
		for function := 0; function < 2; function++ {
			row := pciRow{vendor: 0x144d, device: 0xa808, subDevice: 0xa801, class: 0x0108, capable: true,
				vendorName: samsung, name: "NVMe SSD Controller SM981/PM981/PM983", bridge: bridge}
			if function == 1 {
				row.vendor, row.device, row.subDevice, row.class = 0x8086, 0x1572, 0x0001, 0x0200
				row.vendorName, row.name = intel, "Ethernet Controller X710 for 10GbE SFP+"
			}
			row.id = fmt.Sprintf("%04x:%02x:%02x.0", bus>>8, bus&0xff, function)
			rows = append(rows, row)
		}
	}
	rows = rows[:count]
	sort.Slice(rows, func(a, b int) bool { return rows[a].id < rows[b].id })
	return rows
}

// short is a 16-bit id as vim25 sends it: two's complement.
func short(n int) int16 { return int16(uint16(n)) }

// pciTable is what all hosts share; nobody changes it after it was made.
type pciTable struct {
	devices  []types.HostPciDevice
	byID     map[string]*types.HostPciDevice
	capable  map[string]bool
	disabled []types.BaseHostPciPassthruInfo // with nothing enabled
}

func newPciTable(count int) *pciTable {
	t := &pciTable{byID: make(map[string]*types.HostPciDevice), capable: make(map[string]bool)}
	for _, row := range pciRows(count) {
		var segment, bus, slot, function int
		_, _ = fmt.Sscanf(strings.Replace(row.id, ".", ":", 1), "%x:%x:%x:%x", &segment, &bus, &slot, &function)
		t.devices = append(t.devices, types.HostPciDevice{
			Id: row.id, ClassId: short(row.class), Bus: byte(bus), Slot: byte(slot), Function: byte(function),
			VendorId: short(row.vendor), SubVendorId: short(row.vendor), VendorName: row.vendorName,
			DeviceId: short(row.device), SubDeviceId: short(row.subDevice), ParentBridge: row.bridge, DeviceName: row.name,
		})
		t.capable[row.id] = row.capable
	}
	for i := range t.devices {
		t.byID[t.devices[i].Id] = &t.devices[i]
	}
	t.disabled = t.passthruInfo(nil, nil)
	return t
}

func (t *pciTable) passthruInfo(enabled, active map[string]bool) []types.BaseHostPciPassthruInfo {
	var all []types.BaseHostPciPassthruInfo
	for i := range t.devices {
		id := t.devices[i].Id
		all = append(all, &types.HostPciPassthruInfo{
			Id: id, DependentDevice: id, PassthruCapable: t.capable[id],
			PassthruEnabled: enabled[id], PassthruActive: active[id],
		})
	}
	return all
}

func isDisplay(d *types.HostPciDevice) bool { return uint16(d.ClassId)>>8 == 0x03 }

// decimalAddress is how messages name a function: bus:slot.function, 0:2.0.
func decimalAddress(d *types.HostPciDevice) string {
	return fmt.Sprintf("%d:%d.%d", d.Bus, d.Slot, d.Function)
}
