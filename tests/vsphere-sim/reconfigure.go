package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// Keys that have a typed field are ignored here, without a word.
var typedKey = regexp.MustCompile(`(?i)^(sched\.mem\.|vvtd\.|pciPassthru\d+\.)`)

func invalidArgument(property string) *failure {
	return fail(&types.InvalidArgument{InvalidProperty: property}, "A specified parameter was not correct: "+property)
}

func reconfigVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	spec := &c.body.(*types.ReconfigVM_Task).Spec
	task := w.start(v.obj, c.method, "reconfigure", func(*task) (types.AnyType, *failure) {
		time.Sleep(milliseconds(10))
		w.mu.Lock()
		defer w.mu.Unlock()
		return nil, w.reconfigure(v, spec)
	})
	return &types.ReconfigVM_TaskResponse{Returnval: task}, nil
}

// reconfigure applies all of the spec or nothing. Call with mu held.
func (w *world) reconfigure(v *vmState, spec *types.VirtualMachineConfigSpec) *failure {
	have := v.obj.Config
	if spec.ChangeVersion != "" && spec.ChangeVersion != have.ChangeVersion {
		return fail(&types.ConcurrentAccess{},
			"Cannot complete operation due to concurrent modification by another operation.")
	}
	next := *have
	onlyOff := applyHardware(&next, spec)
	if problem := applyMemory(&next, spec); problem != nil {
		return problem
	}
	next.ExtraConfig = applyExtra(next.ExtraConfig, spec.ExtraConfig)
	if len(spec.DeviceChange) > 0 {
		onlyOff = true
	}
	if onlyOff && v.state() != poweredOff {
		return v.wrongState(poweredOff)
	}
	if problem := w.applyDevices(v, &next, spec.DeviceChange); problem != nil {
		return problem
	}
	nested := isTrue(next.NestedHVEnabled)
	if nested && hasPassthrough(next.Hardware.Device) && (spec.NestedHVEnabled != nil || len(spec.DeviceChange) > 0) {
		text := "Nested Hardware-Assisted Virtualization is not supported on a virtual machine with a PCI passthrough device."
		return configFault("msg.hostd.configSpec.nestedHV.pciPassthru", text,
			"Failed to reconfigure virtual machine. "+text)
	}
	set(v.obj,
		change{Name: "config.name", Val: next.Name}, change{Name: "name", Val: next.Name},
		change{Name: "summary.config.name", Val: next.Name},
		change{Name: "config.annotation", Val: next.Annotation},
		change{Name: "config.firmware", Val: next.Firmware},
		change{Name: "config.flags", Val: next.Flags},
		change{Name: "config.nestedHVEnabled", Val: isTrue(next.NestedHVEnabled)},
		change{Name: "config.vPMCEnabled", Val: isTrue(next.VPMCEnabled)},
		change{Name: "config.bootOptions", Val: *next.BootOptions},
		change{Name: "config.hardware.numCPU", Val: next.Hardware.NumCPU},
		change{Name: "config.hardware.memoryMB", Val: next.Hardware.MemoryMB},
		change{Name: "summary.config.memorySizeMB", Val: next.Hardware.MemoryMB},
		change{Name: "config.memoryReservationLockedToMax", Val: isTrue(next.MemoryReservationLockedToMax)},
		change{Name: "config.memoryAllocation", Val: *next.MemoryAllocation},
		change{Name: "config.extraConfig", Val: next.ExtraConfig},
		change{Name: "config.hardware.device", Val: next.Hardware.Device},
		change{Name: "config.modified", Val: time.Now().UTC()},
		change{Name: "config.changeVersion", Val: w.newVersion()})
	return nil
}

// applyHardware takes over the plain fields and says whether one of them needs the machine to be off.
func applyHardware(next *types.VirtualMachineConfigInfo, spec *types.VirtualMachineConfigSpec) bool {
	off := false
	for _, f := range []struct {
		from string
		to   *string
		off  bool
	}{{spec.Name, &next.Name, false}, {spec.Annotation, &next.Annotation, false}, {spec.Firmware, &next.Firmware, true}} {
		if f.from != "" {
			off = off || f.off && f.from != *f.to
			*f.to = f.from
		}
	}
	flags := next.Flags
	for _, f := range []struct{ from, to **bool }{
		{&spec.NestedHVEnabled, &next.NestedHVEnabled}, {&spec.VPMCEnabled, &next.VPMCEnabled},
	} {
		off = takeBool(*f.from, f.to) || off
	}
	if spec.Flags != nil {
		off = takeBool(spec.Flags.VvtdEnabled, &flags.VvtdEnabled) || off
		off = takeBool(spec.Flags.VbsEnabled, &flags.VbsEnabled) || off
		takeBool(spec.Flags.DiskUuidEnabled, &flags.DiskUuidEnabled)
		takeBool(spec.Flags.EnableLogging, &flags.EnableLogging)
	}
	next.Flags = flags
	if spec.BootOptions != nil {
		boot := *next.BootOptions
		off = takeBool(spec.BootOptions.EfiSecureBootEnabled, &boot.EfiSecureBootEnabled) || off
		next.BootOptions = &boot
	}
	if spec.NumCPUs > 0 && spec.NumCPUs != next.Hardware.NumCPU {
		next.Hardware.NumCPU, off = spec.NumCPUs, true
	}
	if spec.MemoryMB > 0 && int32(spec.MemoryMB) != next.Hardware.MemoryMB {
		next.Hardware.MemoryMB, off = int32(spec.MemoryMB), true
	}
	return off
}

// takeBool takes a value over and says whether it is another one.
func takeBool(from *bool, to **bool) bool {
	if from == nil {
		return false
	}
	other := *to == nil || **to != *from
	value := *from
	*to = &value
	return other
}

func applyMemory(next *types.VirtualMachineConfigInfo, spec *types.VirtualMachineConfigSpec) *failure {
	takeBool(spec.MemoryReservationLockedToMax, &next.MemoryReservationLockedToMax)
	memory := int64(next.Hardware.MemoryMB)
	allocation := *next.MemoryAllocation
	locked := isTrue(next.MemoryReservationLockedToMax)
	if locked && memory+ownMemoryMB > hostMemoryMB {
		return fail(&types.InsufficientMemoryResourcesFault{Requested: memory << 20},
			"The host does not have enough memory to satisfy the reservation.")
	}
	if a := spec.MemoryAllocation; a != nil {
		if a.Reservation != nil {
			if *a.Reservation < 0 || *a.Reservation > memory || locked && *a.Reservation < memory {
				return invalidArgument("configSpec.memoryAllocation.reservation")
			}
			allocation.Reservation = a.Reservation
		}
		if a.Limit != nil {
			allocation.Limit = a.Limit
		}
		if a.Shares != nil {
			allocation.Shares = a.Shares
		}
	}
	if locked {
		allocation.Reservation = &memory
	}
	next.MemoryAllocation = &allocation
	return nil
}

// applyExtra makes a new list: an empty value removes its key.
func applyExtra(have, changes []types.BaseOptionValue) []types.BaseOptionValue {
	if len(changes) == 0 {
		return have
	}
	next := append([]types.BaseOptionValue(nil), have...)
	for _, base := range changes {
		if option := base.GetOptionValue(); !typedKey.MatchString(option.Key) {
			next = putExtra(next, option.Key, fmt.Sprint(option.Value))
		}
	}
	return next
}

func putExtra(list []types.BaseOptionValue, key, value string) []types.BaseOptionValue {
	for i, base := range list {
		if strings.EqualFold(base.GetOptionValue().Key, key) {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if value == "" {
		return list
	}
	return append(list, &types.OptionValue{Key: key, Value: value})
}
