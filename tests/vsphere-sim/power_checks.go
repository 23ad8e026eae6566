package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

const umbrella = "Module 'DevicePowerOn' power on failed."

// configFault has the reason in its messages, and only the umbrella text where callers look first.
func configFault(key, text, top string) *failure {
	fault := &types.GenericVmConfigFault{Reason: text}
	fault.FaultMessage = []types.LocalizableMessage{{Key: key, Message: text}}
	if top == umbrella {
		fault.FaultMessage = append(fault.FaultMessage,
			types.LocalizableMessage{Key: "msg.moduletable.powerOnFailed", Message: umbrella},
			types.LocalizableMessage{Key: "msg.vmx.poweron.failed", Message: "Failed to start the virtual machine."})
	}
	if top == "" {
		top = text
	}
	return fail(fault, top)
}

// passthrough are the backings of the fixed passthrough devices. Call with mu held.
func (v *vmState) passthrough() []*types.VirtualPCIPassthroughDeviceBackingInfo {
	var all []*types.VirtualPCIPassthroughDeviceBackingInfo
	for _, d := range v.obj.Config.Hardware.Device {
		if p, ok := d.(*types.VirtualPCIPassthrough); ok {
			if b, ok := p.Backing.(*types.VirtualPCIPassthroughDeviceBackingInfo); ok {
				all = append(all, b)
			}
		}
	}
	return all
}

func isTrue(b *bool) bool { return b != nil && *b }

func reservation(v *vmState) int64 {
	if a := v.obj.Config.MemoryAllocation; a != nil && a.Reservation != nil {
		return *a.Reservation
	}
	return 0
}

// powerOnProblem is why the machine cannot run now. Call with mu held.
func (w *world) powerOnProblem(v *vmState) *failure {
	reserved := int64(ownMemoryMB)
	for _, other := range v.host.vms {
		if other.isOn() && other != v {
			reserved += reservation(other) + 128
		}
	}
	if reserved+reservation(v) > hostMemoryMB {
		return fail(&types.InsufficientMemoryResourcesFault{Unreserved: (hostMemoryMB - reserved) << 20,
			Requested: reservation(v) << 20},
			"The available Memory resources in the parent resource pool are insufficient for the operation.")
	}
	devices := v.passthrough()
	for n, backing := range devices {
		if problem := w.deviceProblem(v, n, backing); problem != nil {
			return problem
		}
	}
	if len(devices) == 0 {
		return nil
	}
	config := v.obj.Config
	if v.obj.Snapshot != nil {
		return configFault("msg.pciPassthru.snapshot", "A virtual machine with a PCI DirectPath I/O device cannot be "+
			"powered on while it has snapshots.", umbrella)
	}
	if memory := int64(config.Hardware.MemoryMB); reservation(v) < memory {
		return configFault("msg.memory.reservationNotEqual", fmt.Sprintf(
			"Invalid memory setting: memory reservation (sched.mem.min) should be equal to memsize(%d).", memory), umbrella)
	}
	// Virtualization-based security brings the virtual IOMMU along.
	if isTrue(config.Flags.VvtdEnabled) || isTrue(config.Flags.VbsEnabled) {
		return configFault("msg.pciPassthru.createAdapterFailed", "Failed to register the device pciPassthru0", umbrella)
	}
	return nil
}

func (w *world) deviceProblem(v *vmState, n int, b *types.VirtualPCIPassthroughDeviceBackingInfo) *failure {
	device := w.pci.byID[b.Id]
	if device == nil {
		return configFault("msg.ah.predicates", fmt.Sprintf(
			"Failed to generate predicates for pciPassthru%d---invalid VM configuration", n), umbrella)
	}
	address := decimalAddress(device)
	if b.SystemId != v.host.uuid() || b.VendorId != device.VendorId || !deviceIDMatches(b.DeviceId, device) {
		return configFault("msg.pciPassthru.mismatchIDs", "The systemId does not match the current system or the deviceId, "+
			"and the vendorId does not match the device currently at "+address+".", umbrella)
	}
	if !v.host.active[b.Id] {
		return configFault("msg.pciPassthru.notPassthruDev", "Device "+address+" is not a passthrough device.", umbrella)
	}
	if v.host.inUse(b.Id, v) {
		return configFault("msg.pciPassthru.deviceInUse", "Device "+address+" is already in use.", umbrella)
	}
	return nil
}

// deviceIDMatches takes hex with or without 0x, and nothing at all; of other forms nothing is known.
func deviceIDMatches(text string, d *types.HostPciDevice) bool {
	if text == "" {
		return true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(text), "0x"), 16, 16)
	return err == nil && int16(n) == d.DeviceId
}
