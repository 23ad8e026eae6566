package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// serveFolder is the datastore over HTTPS; the simulator itself asks for no session.
func (f *front) serveFolder(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie(sessionCookie)
	f.mu.Lock()
	known := err == nil && f.sessions[strings.Trim(cookie.Value, `"`)]
	f.calls["/folder "+r.Method]++
	f.mu.Unlock()
	if !known {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/folder/")
	if filepath.Clean("/"+path) != "/"+strings.TrimSuffix(path, "/") {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	f.w.mu.Lock()
	if v := f.w.byName[strings.SplitN(path, "/", 2)[0]]; v != nil {
		f.w.ensureFiles(v)
	}
	f.w.mu.Unlock()
	f.w.model.Service.ServeDatastore(w, r)
}

// deleteFile lets the simulator delete; its own task names a manager as the entity, which no client expects.
func deleteFile(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.DeleteDatastoreFile_Task)
	task := w.start(simulator.Map.Any("Datastore"), c.method, "deleteDatastoreFile", func(*task) (types.AnyType, *failure) {
		body := simulator.Map.FileManager().DeleteDatastoreFileTask(req).(*methods.DeleteDatastoreFile_TaskBody)
		done := simulator.Map.Get(body.Res.Returnval).(*simulator.Task)
		simulator.Map.Remove(done.Self)
		if done.Info.Error == nil {
			return nil, nil
		}
		if _, ok := done.Info.Error.Fault.(*types.FileNotFound); ok {
			return nil, fail(&types.FileNotFound{FileFault: types.FileFault{File: req.Name}}, "File "+req.Name+" was not found")
		}
		return nil, fail(done.Info.Error.Fault, "Cannot delete file "+req.Name)
	})
	return &types.DeleteDatastoreFile_TaskResponse{Returnval: task}, nil
}

func (w *world) file(v *vmState, name string) string { return filepath.Join(w.files, v.folder, name) }

// ensureFiles makes a machine's files when somebody looks for them first. Call with mu held.
func (w *world) ensureFiles(v *vmState) {
	if v.hasFiles {
		return
	}
	v.hasFiles = true
	_ = os.MkdirAll(filepath.Join(w.files, v.folder), 0700)
	name := v.folder
	_ = os.WriteFile(w.file(v, name+".vmx"), []byte(fmt.Sprintf(
		".encoding = \"UTF-8\"\nconfig.version = \"8\"\ndisplayName = %q\nmemSize = \"%d\"\n", name, v.obj.Config.Hardware.MemoryMB)), 0600)
	_ = os.WriteFile(w.file(v, name+".vmdk"), []byte("# Disk DescriptorFile\nversion=1\n"), 0600)
	_ = os.WriteFile(w.file(v, name+".nvram"), []byte(strings.Repeat("\xff", 64)), 0600)
	w.logLines(v, fmt.Sprintf("Log for VMware ESX pid=2099871 version=%s build=build-%s option=Release",
		w.release.version, w.release.build))
}

// logLines adds to the machine's vmware.log, in the form of the release. Call with mu held.
func (w *world) logLines(v *vmState, lines ...string) {
	w.ensureFiles(v)
	form := "%s| vmx| | I005: %s\n"
	if w.release.isEight() {
		form = "%s In(05) vmx - %s\n"
	}
	file, err := os.OpenFile(w.file(v, "vmware.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
	if err != nil {
		return
	}
	defer file.Close()
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	for _, line := range lines {
		fmt.Fprintf(file, form, now, line)
	}
}

func (w *world) logFailure(v *vmState, problem *failure) {
	lines := []string{}
	messages := problem.fault.GetMethodFault().FaultMessage
	for _, m := range messages {
		lines = append(lines, "["+m.Key+"] "+m.Message)
	}
	if len(messages) == 0 {
		lines = append(lines, problem.message)
	}
	w.logLines(v, lines...)
}

func (w *world) logStart(v *vmState) {
	var lines []string
	for _, b := range v.passthrough() {
		lines = append(lines, "PCIPassthru: Device "+b.Id+" barIndex 0 type 3 realaddr 0x6000000000 size 16777216 flags 4",
			"PCIPassthru: successfully created the IOMMU mappings")
	}
	w.logLines(v, append(lines, "Power on succeeded")...)
}
