package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// What a cluster does by itself, with --drs: it moves running machines off a host that enters maintenance mode, and
// stops and starts an agent of its own on every host, which nobody else may switch.

const agentNumber = -1 // of the kind

var agentKind = kind{name: "vCLS", guest: "other3xLinux64Guest", firmware: "efi", memory: 128, cpus: 1, running: true}

func describeDrs(cluster *simulator.ClusterComputeResource) {
	cluster.ConfigurationEx = &types.ClusterConfigInfoEx{DrsConfig: types.ClusterDrsConfigInfo{
		Enabled: types.NewBool(true), EnableVmBehaviorOverrides: types.NewBool(true),
		DefaultVmBehavior: types.DrsBehaviorFullyAutomated, VmotionRate: 3}}
}

func (w *world) newAgent(h *hostState, place machinePlace) *vmState {
	v := w.newMachine(h, agentNumber, place)
	v.agent = true
	v.obj.Config.ManagedBy = &types.ManagedByInfo{ExtensionKey: "com.vmware.vim.eam", Type: "cluster-agent"}
	return v
}

// evacuate is one look at a host that enters maintenance mode. Call with mu held.
func (w *world) evacuate(h *hostState) {
	for _, v := range append([]*vmState(nil), h.vms...) {
		if !v.isOn() {
			continue
		}
		if v.agent {
			w.setPower(v, false)
		} else if to := w.otherHost(h); to != nil && !v.pinned && len(v.passthrough()) == 0 {
			w.move(v, to)
		}
	}
}

func (w *world) otherHost(h *hostState) *hostState {
	for _, other := range w.hosts {
		if other != h && !other.away && !other.inMaintenance() {
			return other
		}
	}
	return nil
}

func (w *world) move(v *vmState, to *hostState) {
	from := v.host
	for i := range from.vms {
		if from.vms[i] == v {
			from.vms = append(from.vms[:i:i], from.vms[i+1:]...)
			break
		}
	}
	to.vms = append(to.vms, v)
	v.host = to
	for _, h := range []*hostState{from, to} {
		var machines []ref
		for _, vm := range h.vms {
			machines = append(machines, vm.obj.Self)
		}
		set(h.obj, change{Name: "vm", Val: machines})
	}
	set(v.obj, change{Name: "runtime.host", Val: &to.obj.Self}, change{Name: "summary.runtime.host", Val: &to.obj.Self},
		change{Name: "environmentBrowser", Val: to.browser(w)})
	w.moved++
}

// startAgents starts those of a host that left maintenance mode, after a while. Call with mu held.
func (w *world) startAgents(h *hostState) {
	time.AfterFunc(milliseconds(1500), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, v := range h.vms {
			if v.agent && !v.isOn() && !h.inMaintenance() {
				w.setPower(v, true)
			}
		}
	})
}
