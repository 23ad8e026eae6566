package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// handlers answer instead of the simulator; one that answers neither result nor failure leaves the call to it.
var handlers = map[string]func(*world, *call) (interface{}, *failure){
	"UpdatePassthruConfig":      updatePassthruConfig,
	"Refresh":                   refresh,
	"QueryOptions":              queryOptions,
	"UpdateOptions":             updateOptions,
	"QueryConfigTarget":         queryConfigTarget,
	"RebootHost_Task":           rebootHost,
	"EnterMaintenanceMode_Task": enterMaintenanceMode,
	"ExitMaintenanceMode_Task":  exitMaintenanceMode,
	"ReconfigVM_Task":           reconfigVM,
	"PowerOnVM_Task":            powerOnVM,
	"PowerOffVM_Task":           powerOffVM,
	"SuspendVM_Task":            suspendVM,
	"ResetVM_Task":              resetVM,
	"ShutdownGuest":             shutdownGuest,
	"AnswerVM":                  answerVM,
	"CreateSnapshot_Task":       createSnapshot,
	"DeleteDatastoreFile_Task":  deleteFile,
	"CancelTask":                cancelTask,

	"CreateTemporaryDirectoryInGuest": createGuestFolder,
	"DeleteDirectoryInGuest":          deleteGuestFolder,
	"InitiateFileTransferToGuest":     transferToGuest,
	"InitiateFileTransferFromGuest":   transferFromGuest,
	"StartProgramInGuest":             startProgram,
	"ListProcessesInGuest":            listProcesses,
}

// What the free licence leaves to read-only callers.
var writes = map[string]bool{
	"UpdatePassthruConfig": true, "UpdateOptions": true, "RebootHost_Task": true, "ShutdownHost_Task": true,
	"EnterMaintenanceMode_Task": true, "ExitMaintenanceMode_Task": true, "ReconfigVM_Task": true,
	"PowerOnVM_Task": true, "PowerOffVM_Task": true, "SuspendVM_Task": true, "ResetVM_Task": true,
	"ShutdownGuest": true, "RebootGuest": true, "AnswerVM": true, "CreateVM_Task": true, "RegisterVM_Task": true,
	"UnregisterVM": true, "Destroy_Task": true, "Rename_Task": true, "CreateSnapshot_Task": true,
	"RemoveAllSnapshots_Task": true, "RevertToCurrentSnapshot_Task": true, "MakeDirectory": true, "StartService": true,
	"StopService": true, "UpdateServicePolicy": true, "UpdateDnsConfig": true, "UpdateGraphicsConfig": true,
	"ReconfigureAutostart": true, "ImportVApp": true,
}

func isWrite(method string) bool {
	return writes[method] || strings.HasSuffix(method, "DatastoreFile_Task") || strings.HasSuffix(method, "InGuest") ||
		strings.HasSuffix(method, "ToGuest") || strings.HasSuffix(method, "FromGuest")
}

// refuse is what no method gets past: the licence, and a host that is away.
func (w *world) refuse(c *call) *failure {
	if !isWrite(c.method) {
		return nil
	}
	if w.o.free {
		return fail(&types.RestrictedVersion{},
			"Current license or ESXi version prohibits execution of the requested operation.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.byRef[c.this]
	if vm := w.vms[c.this]; vm != nil {
		if vm.agent {
			return fail(&types.MethodDisabled{Source: "com.vmware.vim.eam"}, "The method is disabled by 'com.vmware.vim.eam'")
		}
		h = vm.host
	}
	if h != nil && h.away {
		return fail(&types.HostNotConnected{}, "Unable to communicate with the remote host, since it is disconnected.")
	}
	return nil
}

// hostOf is the host that an object is, or belongs to.
func (w *world) hostOf(r ref) *hostState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byRef[r]
}

func (w *world) machine(r ref) *vmState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.vms[r]
}

func queryConfigTarget(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.QueryConfigTarget)
	browser, ok := simulator.Map.Get(c.this).(*simulator.EnvironmentBrowser)
	if !ok {
		return nil, nil
	}
	own := w.hostOf(c.this)
	hosts := w.hosts // those of the cluster
	if req.Host != nil {
		h := w.hostOf(*req.Host)
		if h == nil {
			return nil, notFound(*req.Host)
		}
		hosts = []*hostState{h}
	} else if own != nil {
		hosts = []*hostState{own}
		req.Host = &own.obj.Self
	}
	result, problem := baseConfigTarget(browser, req)
	if problem != nil {
		return nil, problem
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range hosts {
		if len(h.enabled) == 0 {
			continue
		}
		for i := range w.pci.devices {
			// Only what can be given away now: a function that waits for a reboot cannot.
			if d := &w.pci.devices[i]; h.enabled[d.Id] && h.active[d.Id] {
				result.Returnval.PciPassthrough = append(result.Returnval.PciPassthrough,
					&types.VirtualMachinePciPassthroughInfo{
						VirtualMachineTargetInfo: types.VirtualMachineTargetInfo{Name: d.Id},
						PciDevice:                *d, SystemId: h.uuid(),
					})
			}
		}
	}
	return result, nil
}
