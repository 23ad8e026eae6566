package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

const (
	poweredOn  = types.VirtualMachinePowerStatePoweredOn
	poweredOff = types.VirtualMachinePowerStatePoweredOff
	suspended  = types.VirtualMachinePowerStateSuspended
)

var stateText = map[types.VirtualMachinePowerState]string{
	poweredOn: "Powered on", poweredOff: "Powered off", suspended: "Suspended"}

// isOn and the like read what only changes with mu held.
func (v *vmState) state() types.VirtualMachinePowerState { return v.obj.Runtime.PowerState }
func (v *vmState) isOn() bool                            { return v.state() == poweredOn }

func (v *vmState) wrongState(wanted types.VirtualMachinePowerState) *failure {
	return fail(&types.InvalidPowerState{RequestedState: wanted, ExistingState: v.state()},
		"The attempted operation cannot be performed in the current state ("+stateText[v.state()]+").")
}

// setPower changes the power state and what follows from it. The tools need a moment. Call with mu held.
func (w *world) setPower(v *vmState, on bool) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	runtime, guest := v.powerState(on, now)
	var boot interface{}
	if on {
		boot = now
		_, down := v.powerState(false, now)
		down.GuestState = "running"
		up := guest
		guest = down
		time.AfterFunc(milliseconds(300), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if v.isOn() && v.obj.Runtime.BootTime != nil && v.obj.Runtime.BootTime.Equal(now) {
				v.setGuest(up)
			}
		})
	}
	set(v.obj,
		change{Name: "runtime.bootTime", Val: boot}, change{Name: "summary.runtime.bootTime", Val: boot},
		change{Name: "runtime.question"}, change{Name: "summary.runtime.question"},
		change{Name: "summary.runtime.powerState", Val: runtime.PowerState},
		change{Name: "runtime.powerState", Val: runtime.PowerState})
	v.setGuest(guest)
}

func (v *vmState) setGuest(guest types.GuestInfo) {
	set(v.obj, change{Name: "guest", Val: guest}, change{Name: "summary.guest", Val: *guestSummary(&guest)},
		change{Name: "guest.toolsRunningStatus", Val: guest.ToolsRunningStatus})
}

func powerOnVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	if w.maintenance(v.host) {
		return nil, invalidState()
	}
	task := w.start(v.obj, c.method, "powerOn", func(*task) (types.AnyType, *failure) {
		time.Sleep(milliseconds(30))
		w.mu.Lock()
		defer w.mu.Unlock()
		if v.isOn() {
			return nil, v.wrongState(poweredOn)
		}
		for v.obj.Runtime.Question != nil {
			w.mu.Unlock()
			time.Sleep(milliseconds(20))
			w.mu.Lock()
			if v.answer == "0" {
				v.answer = ""
				return nil, fail(&types.RequestCanceled{}, "The task was canceled by a user.")
			}
		}
		if v.host.inMaintenance() || v.host.away {
			return nil, invalidState()
		}
		if problem := w.powerOnProblem(v); problem != nil {
			w.logFailure(v, problem)
			return nil, problem
		}
		w.logStart(v)
		w.setPower(v, true)
		return nil, nil
	})
	return &types.PowerOnVM_TaskResponse{Returnval: task}, nil
}

func powerOffVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	task := w.start(v.obj, c.method, "powerOff", func(*task) (types.AnyType, *failure) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if v.state() == poweredOff {
			return nil, v.wrongState(poweredOff)
		}
		w.setPower(v, false)
		return nil, nil
	})
	return &types.PowerOffVM_TaskResponse{Returnval: task}, nil
}

func suspendVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	task := w.start(v.obj, c.method, "suspend", func(*task) (types.AnyType, *failure) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !v.isOn() {
			return nil, v.wrongState(suspended)
		}
		if len(v.passthrough()) > 0 {
			return nil, configFault("msg.pciPassthru.noSuspend.postedInterrupts", "A virtual machine with a PCI DirectPath "+
				"I/O device cannot be suspended when FPT devices in-use have posted interrupts enabled.", "")
		}
		w.setPower(v, false)
		set(v.obj, change{Name: "summary.runtime.powerState", Val: suspended}, change{Name: "runtime.powerState", Val: suspended})
		return nil, nil
	})
	return &types.SuspendVM_TaskResponse{Returnval: task}, nil
}

func resetVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	task := w.start(v.obj, c.method, "reset", func(*task) (types.AnyType, *failure) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !v.isOn() {
			return nil, v.wrongState(poweredOn)
		}
		w.setPower(v, true)
		return nil, nil
	})
	return &types.ResetVM_TaskResponse{Returnval: task}, nil
}

func shutdownGuest(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !v.isOn() {
		return nil, v.wrongState(poweredOff)
	}
	if v.obj.Guest.ToolsRunningStatus != "guestToolsRunning" {
		return nil, fail(&types.ToolsUnavailable{},
			"Cannot complete operation because VMware Tools is not running in this virtual machine.")
	}
	boot := *v.obj.Runtime.BootTime
	time.AfterFunc(milliseconds(300), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if v.isOn() && v.obj.Runtime.BootTime.Equal(boot) && !v.host.away {
			w.setPower(v, false)
		}
	})
	return &types.ShutdownGuestResponse{}, nil
}

// A snapshot of a running machine holds its memory, which a device could change behind its back.
func createSnapshot(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	w.mu.Lock()
	holds := v.isOn() && len(v.passthrough()) > 0
	w.mu.Unlock()
	if !holds {
		return nil, nil
	}
	task := w.start(v.obj, c.method, "createSnapshot", func(*task) (types.AnyType, *failure) {
		return nil, configFault("msg.pciPassthru.noSnapshot", "A virtual machine with a PCI DirectPath I/O device "+
			"cannot be snapshotted while it runs.", "An error occurred while taking a snapshot.")
	})
	return &types.CreateSnapshot_TaskResponse{Returnval: task}, nil
}

// ask makes a machine wait for an answer. Call with mu held.
func (w *world) ask(v *vmState) {
	w.questions++
	option := func(key, label string) types.BaseElementDescription {
		return &types.ElementDescription{Description: types.Description{Label: label, Summary: label}, Key: key}
	}
	text := "This virtual machine might have been moved or copied."
	question := types.VirtualMachineQuestionInfo{
		Id: fmt.Sprintf("_vmx%d", w.questions), Text: "msg.uuid.altered:" + text,
		Choice: types.ChoiceOption{
			ChoiceInfo:   []types.BaseElementDescription{option("0", "Cancel"), option("1", "I Moved It"), option("2", "I Copied It")},
			DefaultIndex: 2,
		},
		Message: []types.VirtualMachineMessage{{Id: "msg.uuid.altered", Text: text}},
	}
	set(v.obj, change{Name: "runtime.question", Val: question}, change{Name: "summary.runtime.question", Val: question})
}

func answerVM(w *world, c *call) (interface{}, *failure) {
	v := w.machine(c.this)
	if v == nil {
		return nil, nil
	}
	req := c.body.(*types.AnswerVM)
	w.mu.Lock()
	defer w.mu.Unlock()
	question := v.obj.Runtime.Question
	wrong := func(what string) (interface{}, *failure) {
		return nil, fail(&types.InvalidArgument{InvalidProperty: what}, "A specified parameter was not correct: "+what)
	}
	if question == nil || question.Id != req.QuestionId {
		return wrong("questionId")
	}
	if req.AnswerChoice != "0" && req.AnswerChoice != "1" && req.AnswerChoice != "2" {
		return wrong("answerChoice")
	}
	v.answer = req.AnswerChoice
	set(v.obj, change{Name: "runtime.question"}, change{Name: "summary.runtime.question"})
	return &types.AnswerVMResponse{}, nil
}
