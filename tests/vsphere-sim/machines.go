package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// kind is one sort of machine; every host has one of each, and plain ones after them.
type kind struct {
	name, guest, firmware, uuid string
	memory                      int32
	cpus                        int32
	secureBoot                  bool
	vvtd, nested, vbs           bool
	locked                      bool // all memory reserved
	running, autostart          bool
	snapshot                    bool
	annotation                  string
}

var kinds = []kind{
	{name: "windows11", firmware: "efi", uuid: "564d319a-0c7e-44d1-8e02-6b9155ac0111", memory: 8192, cpus: 4,
		secureBoot: true, vvtd: true, nested: true, vbs: true, snapshot: true, annotation: "Spiele & Fotos\n(nicht löschen"},
	{name: "debian", guest: "debian11_64Guest", firmware: "efi", uuid: "564d4808-868b-8f67-a54a-33f387a8d059",
		memory: 8192, cpus: 4, vvtd: true, running: true},
	{name: "router", guest: "other5xLinux64Guest", firmware: "bios", uuid: "564d9e70-42b3-110a-6c5d-28e190773c22",
		memory: 1024, cpus: 2, locked: true, running: true, autostart: true},
}

func kindOf(n int) kind {
	if n == agentNumber {
		return agentKind
	}
	if n < len(kinds) {
		return kinds[n]
	}
	return kind{name: fmt.Sprintf("linux%d", n+1), guest: "ubuntu64Guest", firmware: "efi", memory: 2048, cpus: 2}
}

type machinePlace struct {
	folder, pool, datastore ref
	network                 []ref
}

// What the machines have in common; shared, so a change replaces it.
var commonExtra = func() []types.BaseOptionValue {
	var all []types.BaseOptionValue
	add := func(key, value string) { all = append(all, &types.OptionValue{Key: key, Value: value}) }
	add("svga.present", "TRUE")
	add("hpet0.present", "TRUE")
	for _, n := range []string{"0", "4", "5", "6", "7"} {
		add("pciBridge"+n+".present", "TRUE")
		if n != "0" {
			add("pciBridge"+n+".virtualDev", "pcieRootPort")
			add("pciBridge"+n+".functions", "8")
		}
	}
	add("scsi0.pciSlotNumber", "160")
	add("ethernet0.pciSlotNumber", "192")
	add("sched.cpu.latencySensitivity", "normal")
	add("tools.guest.desktop.autolock", "FALSE")
	return all[:len(all):len(all)]
}()

func virtualDevice(key int32, label string, controller int32) types.VirtualDevice {
	return types.VirtualDevice{Key: key, ControllerKey: controller, DeviceInfo: &types.Description{Label: label, Summary: label}}
}

func devicesOf(path string, number int, place machinePlace) []types.BaseVirtualDevice {
	disk := virtualDevice(2000, "Hard disk 1", 1000)
	disk.DeviceInfo = &types.Description{Label: "Hard disk 1", Summary: "33,554,432 KB"}
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: path + ".vmdk", Datastore: &place.datastore},
		DiskMode:                     "persistent", ThinProvisioned: types.NewBool(true),
	}
	nic := virtualDevice(4000, "Network adapter 1", 100)
	nic.SlotInfo = &types.VirtualDevicePciBusSlotInfo{PciSlotNumber: 192}
	nic.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "VM Network"},
	}
	scsi := virtualDevice(1000, "SCSI controller 0", 100)
	scsi.SlotInfo = &types.VirtualDevicePciBusSlotInfo{PciSlotNumber: 160}
	return []types.BaseVirtualDevice{
		&types.VirtualPCIController{VirtualController: types.VirtualController{
			VirtualDevice: virtualDevice(100, "PCI controller 0", 0), Device: []int32{500, 12000, 1000, 4000}}},
		&types.VirtualMachineVideoCard{VirtualDevice: virtualDevice(500, "Video card ", 100), VideoRamSizeInKB: 8192},
		&types.VirtualMachineVMCIDevice{VirtualDevice: virtualDevice(12000, "VMCI device", 100), Id: int64(number)},
		&types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
			VirtualController: types.VirtualController{VirtualDevice: scsi, Device: []int32{2000}}, SharedBus: "noSharing"}},
		&types.VirtualDisk{VirtualDevice: disk, CapacityInKB: 33554432, CapacityInBytes: 33554432 << 10},
		&types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
			VirtualDevice: nic, AddressType: "generated",
			MacAddress: fmt.Sprintf("00:0c:29:%02x:%02x:%02x", number>>16&0xff, number>>8&0xff, number&0xff)}}},
	}
}

// newMachine adds machine n of a host without the way through the simulator's task, which looks at all
// other machines each time.
func (w *world) newMachine(h *hostState, n int, place machinePlace) *vmState {
	k := kindOf(n)
	w.vmSeq++
	name, moid := k.name, fmt.Sprint(w.vmSeq)
	if w.o.vcenter {
		name, moid = fmt.Sprintf("%s-%02d", k.name, h.number), fmt.Sprintf("vm-%d", 100000+w.vmSeq)
	}
	if k.uuid == "" || h.number > 1 {
		k.uuid = fmt.Sprintf("564d0000-0000-4000-8000-%012x", w.vmSeq)
	}
	if k.guest == "" {
		k.guest = w.release.windows
	}
	path := fmt.Sprintf("[datastore1] %s/%s", name, name)
	created := time.Date(2023, 5, 1, 9, 30, 0, 0, time.UTC)
	shares := &types.SharesInfo{Level: types.SharesLevelNormal, Shares: k.memory * 10}
	memory := &types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(false),
		Limit: types.NewInt64(-1), Shares: shares}
	if k.locked {
		memory.Reservation = types.NewInt64(int64(k.memory))
	}
	vm := &simulator.VirtualMachine{}
	vm.Self = ref{Type: "VirtualMachine", Value: moid}
	vm.Name, vm.Parent = name, &place.folder
	vm.ResourcePool, vm.EnvironmentBrowser = &place.pool, h.browser(w)
	vm.Datastore, vm.Network = []ref{place.datastore}, place.network
	vm.Config = &types.VirtualMachineConfigInfo{
		ChangeVersion: w.newVersion(), Modified: created, CreateDate: &created, Name: name, Annotation: k.annotation,
		GuestId: k.guest, GuestFullName: k.guest, Version: w.release.hardware, Uuid: k.uuid,
		InstanceUuid: fmt.Sprintf("520e0000-0000-4000-8000-%012x", w.vmSeq), Firmware: k.firmware,
		Files: types.VirtualMachineFileInfo{VmPathName: path + ".vmx", SnapshotDirectory: "[datastore1] " + name,
			SuspendDirectory: "[datastore1] " + name, LogDirectory: "[datastore1] " + name},
		Flags: types.VirtualMachineFlagInfo{EnableLogging: types.NewBool(true), DiskUuidEnabled: types.NewBool(false),
			VirtualMmuUsage: "automatic", VirtualExecUsage: "hvAuto",
			VvtdEnabled: types.NewBool(k.vvtd), VbsEnabled: types.NewBool(k.vbs)},
		DefaultPowerOps: types.VirtualMachineDefaultPowerOpInfo{PowerOffType: "soft", SuspendType: "hard", ResetType: "soft"},
		Hardware: types.VirtualHardware{NumCPU: k.cpus, NumCoresPerSocket: k.cpus, MemoryMB: k.memory,
			Device: devicesOf(path, w.vmSeq, place)},
		MemoryAllocation: memory,
		CpuAllocation: &types.ResourceAllocationInfo{Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(false),
			Limit: types.NewInt64(-1), Shares: shares},
		ExtraConfig:                  commonExtra,
		BootOptions:                  &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(k.secureBoot)},
		MemoryReservationLockedToMax: types.NewBool(k.locked), NestedHVEnabled: types.NewBool(k.nested),
		VPMCEnabled: types.NewBool(false), Tools: &types.ToolsConfigInfo{ToolsVersion: 11365},
	}
	if k.snapshot {
		snapshot := ref{Type: "VirtualMachineSnapshot", Value: moid + "-snapshot-1"}
		vm.Snapshot = &types.VirtualMachineSnapshotInfo{CurrentSnapshot: &snapshot,
			RootSnapshotList: []types.VirtualMachineSnapshotTree{{Snapshot: snapshot, Vm: vm.Self, Name: "before update",
				Id: 1, CreateTime: created, State: types.VirtualMachinePowerStatePoweredOff}}}
	}
	vm.Runtime = types.VirtualMachineRuntimeInfo{Host: &h.obj.Self, ConnectionState: types.VirtualMachineConnectionStateConnected,
		PowerState: types.VirtualMachinePowerStatePoweredOff}
	vm.Guest = &types.GuestInfo{}
	vm.Summary = types.VirtualMachineSummary{Vm: &vm.Self, Config: types.VirtualMachineConfigSummary{Name: name,
		VmPathName: path + ".vmx", MemorySizeMB: k.memory, NumCpu: k.cpus, GuestId: k.guest, Uuid: k.uuid}}
	v := &vmState{obj: vm, host: h, autostart: k.autostart, folder: name}
	now := time.Now().UTC()
	vm.Runtime, *vm.Guest = v.powerState(k.running, now)
	vm.Summary.Runtime = vm.Runtime
	vm.Summary.Guest = guestSummary(vm.Guest)
	simulator.Map.Put(vm)
	h.vms = append(h.vms, v)
	h.obj.Vm = append(h.obj.Vm, vm.Self)
	w.vms[vm.Self], w.byName[name] = v, v
	return v
}

func guestSummary(g *types.GuestInfo) *types.VirtualMachineGuestSummary {
	return &types.VirtualMachineGuestSummary{ToolsStatus: g.ToolsStatus, ToolsRunningStatus: g.ToolsRunningStatus,
		GuestId: g.GuestId, HostName: g.HostName}
}

// powerState is what runtime and guest say of a machine that runs, with its tools up, or does not.
func (v *vmState) powerState(on bool, boot time.Time) (types.VirtualMachineRuntimeInfo, types.GuestInfo) {
	runtime := v.obj.Runtime
	runtime.PowerState, runtime.BootTime, runtime.Question = types.VirtualMachinePowerStatePoweredOff, nil, nil
	guest := types.GuestInfo{GuestState: "notRunning", ToolsStatus: types.VirtualMachineToolsStatusToolsNotRunning,
		ToolsRunningStatus: "guestToolsNotRunning", ToolsVersion: "11365", ToolsVersionStatus2: "guestToolsCurrent",
		GuestOperationsReady: types.NewBool(false)}
	if on {
		runtime.PowerState, runtime.BootTime = types.VirtualMachinePowerStatePoweredOn, &boot
		guest.GuestState, guest.ToolsStatus, guest.ToolsRunningStatus =
			"running", types.VirtualMachineToolsStatusToolsOk, "guestToolsRunning"
		guest.HostName, guest.GuestId, guest.GuestOperationsReady = v.obj.Name, v.obj.Config.GuestId, types.NewBool(true)
	}
	return runtime, guest
}
