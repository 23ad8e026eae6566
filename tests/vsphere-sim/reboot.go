package main

import (
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

func rebootHost(w *world, c *call) (interface{}, *failure) {
	h := w.hostOf(c.this)
	if h == nil {
		return nil, notFound(c.this)
	}
	if !c.body.(*types.RebootHost_Task).Force && !w.maintenance(h) {
		return nil, invalidState()
	}
	task := w.start(h.obj, c.method, "reboot", func(*task) (types.AnyType, *failure) {
		if w.o.vcenter {
			go w.reboot(h) // the task ends when the reboot began
			return nil, nil
		}
		w.reboot(h) // nobody hears of the end of this task: the host forgets it
		return nil, nil
	})
	set(h.obj, change{Name: "recentTask", Val: []ref{task}})
	return &types.RebootHost_TaskResponse{Returnval: task}, nil
}

func (w *world) reboot(h *hostState) {
	time.Sleep(milliseconds(150)) // shutting down; the caller gets the answer meanwhile
	w.mu.Lock()
	w.reboots++
	w.cut += h.running()
	h.away = true
	stuck := w.stuck
	w.stuck = false
	if w.o.esxi {
		w.server.setAway(true)
		w.forget()
	} else {
		w.setRuntime(h, "connectionState", types.HostSystemConnectionStateNotResponding)
		for _, vm := range h.vms {
			vm.setConnection(types.VirtualMachineConnectionStateDisconnected)
		}
	}
	w.mu.Unlock()
	if stuck {
		return
	}
	time.Sleep(milliseconds(w.o.bootMs))
	w.mu.Lock()
	w.boot(h)
	h.away = false
	w.mu.Unlock()
	if w.o.esxi {
		w.server.setAway(false)
	}
}

// boot brings what is configured into effect. Call with mu held.
func (w *world) boot(h *hostState) {
	for _, vm := range h.vms {
		if vm.isOn() {
			w.setPower(vm, false)
		}
	}
	h.vgaRunning = h.vga
	active := make(map[string]bool)
	for id := range h.enabled {
		if !isDisplay(w.pci.byID[id]) || !h.vgaRunning {
			active[id] = true
		}
	}
	h.active = active
	w.publish(h)
	w.setRuntime(h, "bootTime", time.Now().UTC().Truncate(time.Microsecond))
	if w.o.esxi {
		w.forgetTasks()
		set(h.obj, change{Name: "recentTask", Val: []ref(nil)})
	} else {
		w.setRuntime(h, "connectionState", types.HostSystemConnectionStateConnected)
		for _, vm := range h.vms {
			vm.setConnection(types.VirtualMachineConnectionStateConnected)
		}
	}
	if h.inMaintenance() {
		return
	}
	for _, vm := range h.vms {
		if vm.autostart {
			if problem := w.powerOnProblem(vm); problem == nil {
				w.setPower(vm, true)
			} else {
				w.logFailure(vm, problem)
			}
		}
	}
}

func (v *vmState) setConnection(state types.VirtualMachineConnectionState) {
	set(v.obj, change{Name: "runtime.connectionState", Val: state}, change{Name: "summary.runtime.connectionState", Val: state})
}
