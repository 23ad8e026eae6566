package main

import (
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

const (
	firstPassthrough = 13000 // key of the first passthrough device
	pciController    = 100
	newDeviceKey     = 5000 // of what else is added
)

func hasPassthrough(devices []types.BaseVirtualDevice) bool {
	for _, d := range devices {
		if _, ok := d.(*types.VirtualPCIPassthrough); ok {
			return true
		}
	}
	return false
}

func findDevice(devices []types.BaseVirtualDevice, key int32) int {
	for i, d := range devices {
		if d.GetVirtualDevice().Key == key {
			return i
		}
	}
	return -1
}

func slotKey(n int32) string { return fmt.Sprintf("pciPassthru%d.pciSlotNumber", n) }

// applyDevices makes a new list of devices. Call with mu held.
func (w *world) applyDevices(v *vmState, next *types.VirtualMachineConfigInfo, changes []types.BaseVirtualDeviceConfigSpec) *failure {
	if len(changes) == 0 {
		return nil
	}
	devices := append([]types.BaseVirtualDevice(nil), next.Hardware.Device...)
	extra := append([]types.BaseOptionValue(nil), next.ExtraConfig...)
	for i, base := range changes {
		spec := base.GetVirtualDeviceConfigSpec()
		invalid := fail(&types.InvalidDeviceSpec{DeviceIndex: int32(i)},
			fmt.Sprintf("Invalid configuration for device '%d'.", i))
		if spec.Device == nil || spec.FileOperation != "" {
			return invalid
		}
		at := findDevice(devices, spec.Device.GetVirtualDevice().Key)
		switch spec.Operation {
		case types.VirtualDeviceConfigSpecOperationAdd:
			p, ok := spec.Device.(*types.VirtualPCIPassthrough)
			if !ok {
				key := int32(newDeviceKey)
				for findDevice(devices, key) >= 0 {
					key++
				}
				spec.Device.GetVirtualDevice().Key = key
				devices = append(devices, spec.Device)
				continue
			}
			n := int32(0)
			for findDevice(devices, firstPassthrough+n) >= 0 {
				n++
			}
			made := w.passthroughDevice(p, n)
			if made == nil {
				return invalid
			}
			devices = append(devices, made)
			extra = putExtra(extra, slotKey(n), fmt.Sprint(slotNumber(n)))
		case types.VirtualDeviceConfigSpecOperationRemove:
			if at < 0 {
				return invalid
			}
			if _, ok := devices[at].(*types.VirtualPCIPassthrough); ok {
				extra = putExtra(extra, slotKey(devices[at].GetVirtualDevice().Key-firstPassthrough), "")
			}
			devices = append(devices[:at], devices[at+1:]...)
		case types.VirtualDeviceConfigSpecOperationEdit:
			if at < 0 {
				return invalid
			}
			devices[at] = spec.Device
		default:
			return invalid
		}
	}
	next.Hardware.Device, next.ExtraConfig = devices, extra
	return nil
}

func slotNumber(n int32) int32 { return 256 + 32*n }

// passthroughDevice is the device as the host stores it; nil if the backing is none of a fixed device.
func (w *world) passthroughDevice(from *types.VirtualPCIPassthrough, n int32) *types.VirtualPCIPassthrough {
	given, ok := from.Backing.(*types.VirtualPCIPassthroughDeviceBackingInfo)
	if !ok || given.Id == "" {
		return nil
	}
	backing := *given
	if d := w.pci.byID[backing.Id]; d != nil && backing.DeviceName == "" {
		backing.DeviceName = d.DeviceName
	}
	unit := int32(18) + n
	made := &types.VirtualPCIPassthrough{}
	made.Key, made.ControllerKey, made.UnitNumber = firstPassthrough+n, pciController, &unit
	made.DeviceInfo = &types.Description{Label: fmt.Sprintf("PCI device %d", n), Summary: backing.DeviceName}
	made.Backing = &backing
	made.SlotInfo = &types.VirtualDevicePciBusSlotInfo{PciSlotNumber: slotNumber(n)}
	return made
}
