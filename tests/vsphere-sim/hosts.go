package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	hostMemoryMB = 32606
	ownMemoryMB  = 2048 // what the hypervisor keeps for itself
)

// sharedHost is a host with all that the hosts have in common; its parts are never changed afterwards.
func (w *world) sharedHost(first *simulator.HostSystem, cert *certificate) mo.HostSystem {
	h := first.HostSystem
	product := w.release.host()
	config := *h.Config
	config.Product = product
	config.PciPassthruInfo = w.pci.disabled
	config.LockdownMode = types.HostLockdownModeLockdownDisabled
	network := *config.Network
	network.Pnic = append([]types.PhysicalNic(nil), network.Pnic[:1]...)
	network.Pnic[0].Pci = nicID // the template's card is not of this machine
	network.Pnic[0].Driver = "igc-community"
	config.Network = &network
	config.Service = &types.HostServiceInfo{Service: []types.HostService{
		{Key: "DCUI", Label: "Direct Console UI", Running: true, Policy: "on"},
		{Key: "TSM", Label: "ESXi Shell", Policy: "off"},
		{Key: "TSM-SSH", Label: "SSH", Ruleset: []string{"sshServer"}, Running: true, Policy: "on"},
		{Key: "ntpd", Label: "NTP Daemon", Ruleset: []string{"ntpClient"}, Running: true, Policy: "on"},
	}}
	h.Config = &config

	hardware := *esx.HostHardwareInfo
	hardware.PciDevice = w.pci.devices
	hardware.MemorySize = hostMemoryMB << 20
	hardware.SystemInfo = types.HostSystemInfo{Vendor: "Intel(R) Client Systems", Model: "NUC11PAKi5",
		SerialNumber: "GEPA11800ABC"}
	h.Hardware = &hardware

	h.Capability = &types.HostCapability{
		RebootSupported: true, ShutdownSupported: true, MaintenanceModeSupported: true,
		VmDirectPathGen2Supported: types.NewBool(false), NestedHVSupported: types.NewBool(true),
	}
	if w.release.rebind {
		h.Capability.DeviceRebindWithoutRebootSupported = types.NewBool(true)
	}

	summary := *h.Summary.Hardware
	summary.Vendor, summary.Model, summary.MemorySize = hardware.SystemInfo.Vendor, hardware.SystemInfo.Model, hardware.MemorySize
	summary.CpuModel = "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"
	summary.CpuMhz, summary.NumCpuPkgs, summary.NumCpuCores, summary.NumCpuThreads = 2419, 1, 4, 8
	summary.NumNics, summary.NumHBAs = 1, 3
	h.Summary.Hardware = &summary
	h.Summary.Config.Product = &product
	h.Summary.Config.SslThumbprint = cert.sha1
	boot := time.Now().Add(-(5*24 + 7) * time.Hour).UTC().Truncate(time.Microsecond)
	h.Runtime.BootTime = &boot
	h.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	return h
}

func systemUUID(number int) string {
	return fmt.Sprintf("5f8a3c17-9e24-4b06-d1c8-%012x", 0x1c697a6f0b3d+number-1)
}

// personalise gives a host its own copies of what differs or will change.
func (w *world) personalise(h *hostState) {
	obj, uuid := h.obj, systemUUID(h.number)
	name := "nuc11.home"
	if w.o.vcenter {
		name = fmt.Sprintf("esx%02d.lab", h.number)
	}
	obj.Name, obj.Summary.Config.Name = name, name
	config, hardware, summary, runtime := *obj.Config, *obj.Hardware, *obj.Summary.Hardware, obj.Runtime
	hardware.SystemInfo.Uuid, summary.Uuid = uuid, uuid
	obj.Config, obj.Hardware, obj.Summary.Hardware, obj.Summary.Runtime = &config, &hardware, &summary, &runtime
	self := obj.Self
	obj.Summary.Host, obj.Config.Host, obj.Vm = &self, self, nil
	obj.Summary.OverallStatus = types.ManagedEntityStatusGreen
}

func (h *hostState) uuid() string { return systemUUID(h.number) }

// publish writes what follows from the state into the host's properties. Call with mu held.
func (w *world) publish(h *hostState) {
	info := w.pci.disabled
	pending := h.vga != h.vgaRunning
	if len(h.enabled)+len(h.active) > 0 {
		info = w.pci.passthruInfo(h.enabled, h.active)
	}
	for id := range w.pci.byID {
		pending = pending || h.enabled[id] != h.active[id]
	}
	simulator.Map.WithLock(h.obj, func() {
		if len(h.obj.Config.PciPassthruInfo) > 0 && &info[0] == &h.obj.Config.PciPassthruInfo[0] &&
			h.obj.Summary.RebootRequired == pending {
			return
		}
		simulator.Map.Update(h.obj, []change{
			{Name: "config.pciPassthruInfo", Val: info}, {Name: "summary.rebootRequired", Val: pending},
		})
	})
}

// setRuntime changes host.runtime and its copy in the summary. Call with mu held.
func (w *world) setRuntime(h *hostState, name string, value interface{}) {
	simulator.Map.WithLock(h.obj, func() {
		simulator.Map.Update(h.obj, []change{{Name: "runtime." + name, Val: value}})
		simulator.Map.Update(h.obj, []change{{Name: "summary.runtime", Val: h.obj.Runtime}})
	})
}

func (w *world) describeAutostart(h *hostState) {
	config := &types.HostAutoStartManagerConfig{Defaults: &types.AutoStartDefaults{
		Enabled: types.NewBool(true), StartDelay: 120, StopDelay: 120,
		WaitForHeartbeat: types.NewBool(false), StopAction: "PowerOff",
	}}
	order := int32(0)
	for _, vm := range h.vms {
		if vm.autostart {
			order++
			config.PowerInfo = append(config.PowerInfo, types.AutoStartPowerInfo{
				Key: vm.obj.Self, StartOrder: order, StartDelay: 90, StopDelay: -1, StartAction: "PowerOn",
				StopAction: "guestShutdown", WaitForHeartbeat: types.AutoStartWaitHeartbeatSettingSystemDefault,
			})
		}
	}
	h.obj.Config.AutoStart = config
}
