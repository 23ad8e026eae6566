package main

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	vgaKey     = "VMkernel.Boot.vga"
	timeoutKey = "UserVars.ESXiShellTimeOut"
)

func baseConfigTarget(b *simulator.EnvironmentBrowser, req *types.QueryConfigTarget) (*types.QueryConfigTargetResponse, *failure) {
	res := b.QueryConfigTarget(&simulator.Context{Map: simulator.Map, Context: context.Background()}, req)
	body, ok := res.(*methods.QueryConfigTargetBody)
	if !ok || body.Res == nil {
		return nil, fail(&types.RuntimeFault{}, "no config target")
	}
	return body.Res, nil
}

// inUse says whether a running machine holds the function. Call with mu held.
func (h *hostState) inUse(id string, except *vmState) bool {
	for _, vm := range h.vms {
		if vm == except || !vm.isOn() {
			continue
		}
		for _, d := range vm.passthrough() {
			if d.Id == id {
				return true
			}
		}
	}
	return false
}

func updatePassthruConfig(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.UpdatePassthruConfig)
	h := w.hostOf(c.this)
	if h == nil {
		return nil, notFound(c.this)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// All or nothing.
	for _, base := range req.Config {
		config := base.GetHostPciPassthruConfig()
		refused := func(why string) (interface{}, *failure) {
			fault := &types.HostConfigFault{}
			fault.FaultMessage = []types.LocalizableMessage{{Key: "com.vmware.esx.pcipassthru.failed", Message: why}}
			return nil, fail(fault, "An error occurred during host configuration. "+why)
		}
		switch {
		case w.pci.byID[config.Id] == nil:
			return refused("Device " + config.Id + " was not found.")
		case !w.pci.capable[config.Id]:
			return refused("Device " + config.Id + " is not capable of passthrough.")
		case config.Id == nicID && config.PassthruEnabled:
			return refused("Device ownership cannot be changed to passthru as it is used by vswitch vSwitch0 for uplink vmnic0")
		}
	}
	for _, base := range req.Config {
		config := base.GetHostPciPassthruConfig()
		mark(h.enabled, config.Id, config.PassthruEnabled)
		now := w.release.rebind && (config.ApplyNow == nil || *config.ApplyNow)
		// The console keeps a display device, and a running machine what it holds.
		held := isDisplay(w.pci.byID[config.Id]) && h.vgaRunning && config.PassthruEnabled
		if now && !held && !h.inUse(config.Id, nil) {
			mark(h.active, config.Id, config.PassthruEnabled)
		}
	}
	w.publish(h)
	return &types.UpdatePassthruConfigResponse{}, nil
}

func mark(set map[string]bool, id string, on bool) {
	if on {
		set[id] = true
	} else {
		delete(set, id)
	}
}

func refresh(w *world, c *call) (interface{}, *failure) {
	if w.hostOf(c.this) == nil {
		return nil, nil
	}
	return &types.RefreshResponse{}, nil
}

// values are the host's advanced options, as configured. Call with mu held.
func (h *hostState) values() []types.BaseOptionValue {
	return []types.BaseOptionValue{
		&types.OptionValue{Key: timeoutKey, Value: int64(0)}, &types.OptionValue{Key: vgaKey, Value: h.vga},
	}
}

func queryOptions(w *world, c *call) (interface{}, *failure) {
	h := w.hostOf(c.this)
	if h == nil {
		return nil, nil // the options of the endpoint itself
	}
	name := c.body.(*types.QueryOptions).Name
	res := &types.QueryOptionsResponse{}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, option := range h.values() {
		key := option.GetOptionValue().Key
		if name == "" || key == name || strings.HasSuffix(name, ".") && strings.HasPrefix(key, name) {
			res.Returnval = append(res.Returnval, option)
		}
	}
	if len(res.Returnval) == 0 {
		return nil, fail(&types.InvalidName{Name: name}, "The name '"+name+"' is invalid.")
	}
	return res, nil
}

func updateOptions(w *world, c *call) (interface{}, *failure) {
	h := w.hostOf(c.this)
	if h == nil {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := c.body.(*types.UpdateOptions).ChangedValue
	for _, base := range changed {
		option := base.GetOptionValue()
		known := false
		for _, have := range h.values() {
			if v := have.GetOptionValue(); v.Key == option.Key {
				known = true
				if reflect.TypeOf(v.Value) != reflect.TypeOf(option.Value) {
					return nil, fail(&types.InvalidArgument{InvalidProperty: option.Key},
						"A specified parameter was not correct: "+option.Key)
				}
			}
		}
		if !known {
			return nil, fail(&types.InvalidName{Name: option.Key}, "The name '"+option.Key+"' is invalid.")
		}
	}
	for _, base := range changed {
		if option := base.GetOptionValue(); option.Key == vgaKey {
			h.vga = option.Value.(bool)
		}
	}
	set(simulator.Map.Get(c.this), change{Name: "setting", Val: h.values()})
	w.publish(h)
	return &types.UpdateOptionsResponse{}, nil
}

func invalidState() *failure {
	return fail(&types.InvalidState{}, "The operation is not allowed in the current state.")
}

// inMaintenance is for callers that hold mu; maintenance is for the others.
func (h *hostState) inMaintenance() bool { return h.obj.Runtime.InMaintenanceMode }

func (w *world) maintenance(h *hostState) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return h.inMaintenance()
}

// running counts the machines that are on. Call with mu held.
func (h *hostState) running() int {
	n := 0
	for _, vm := range h.vms {
		if vm.isOn() {
			n++
		}
	}
	return n
}

func enterMaintenanceMode(w *world, c *call) (interface{}, *failure) {
	h := w.hostOf(c.this)
	if h == nil {
		return nil, notFound(c.this)
	}
	timeout := c.body.(*types.EnterMaintenanceMode_Task).Timeout
	began := time.Now()
	w.mu.Lock()
	h.entering++
	w.mu.Unlock()
	task := w.start(h.obj, c.method, "enterMaintenanceMode", func(t *task) (types.AnyType, *failure) {
		defer func() {
			w.mu.Lock()
			h.entering--
			w.mu.Unlock()
		}()
		if w.maintenance(h) {
			return nil, invalidState()
		}
		w.progress(t, 2, true)
		for {
			w.mu.Lock()
			if w.o.drs {
				w.evacuate(h)
			}
			if h.running() == 0 && !h.away {
				w.setRuntime(h, "inMaintenanceMode", true)
				w.mu.Unlock()
				return nil, nil
			}
			w.mu.Unlock()
			if timeout > 0 && time.Since(began) > time.Duration(timeout)*time.Second {
				return nil, fail(&types.Timedout{}, "Operation timed out.")
			}
			select {
			case <-t.cancelled:
				return nil, fail(&types.RequestCanceled{}, "The task was canceled by a user.")
			case <-time.After(milliseconds(20)):
			}
		}
	})
	set(h.obj, change{Name: "recentTask", Val: []ref{task}})
	return &types.EnterMaintenanceMode_TaskResponse{Returnval: task}, nil
}

func exitMaintenanceMode(w *world, c *call) (interface{}, *failure) {
	h := w.hostOf(c.this)
	if h == nil {
		return nil, notFound(c.this)
	}
	task := w.start(h.obj, c.method, "exitMaintenanceMode", func(*task) (types.AnyType, *failure) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !h.inMaintenance() {
			return nil, invalidState()
		}
		w.setRuntime(h, "inMaintenanceMode", false)
		w.startAgents(h)
		return nil, nil
	})
	return &types.ExitMaintenanceMode_TaskResponse{Returnval: task}, nil
}
