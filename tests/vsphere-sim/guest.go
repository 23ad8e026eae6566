package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// The inside of the machines, as VMware Tools open it: every guest is this computer, with a user of its own. Files
// lie where the caller was told, programs run here. What is not in a folder that was made for the caller is refused.

const (
	guestUser     = "anna"
	guestPassword = "guest secret"
)

type guests struct {
	mu        sync.Mutex
	folders   []string
	transfers map[string]string // token -> file
	processes map[int64]*guestProcess
	count     int
}

type guestProcess struct{ info types.GuestProcessInfo }

var inside = guests{transfers: make(map[string]string), processes: make(map[int64]*guestProcess)}

// enter is what every call does first.
func (w *world) enter(vm ref, auth types.BaseGuestAuthentication) *failure {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.vms[vm]
	if v == nil {
		return notFound(vm)
	}
	if !v.isOn() || v.obj.Guest.ToolsRunningStatus != "guestToolsRunning" {
		return fail(&types.GuestOperationsUnavailable{}, "The guest operations agent could not be contacted.")
	}
	login, ok := auth.(*types.NamePasswordAuthentication)
	if !ok || login.Username != guestUser || login.Password != guestPassword {
		return fail(&types.InvalidGuestLogin{}, "Failed to authenticate with the guest operating system using the supplied credentials.")
	}
	return nil
}

func (g *guests) knows(file string) bool {
	for _, folder := range g.folders {
		if filepath.Dir(file) == folder {
			return true
		}
	}
	return false
}

func createGuestFolder(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.CreateTemporaryDirectoryInGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	folder, err := os.MkdirTemp(req.DirectoryPath, req.Prefix+"*"+req.Suffix)
	if err != nil {
		return nil, fail(&types.GuestOperationsFault{}, err.Error())
	}
	inside.mu.Lock()
	inside.folders = append(inside.folders, folder)
	inside.mu.Unlock()
	return &types.CreateTemporaryDirectoryInGuestResponse{Returnval: folder}, nil
}

func deleteGuestFolder(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.DeleteDirectoryInGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	inside.mu.Lock()
	defer inside.mu.Unlock()
	if !inside.knows(filepath.Join(req.DirectoryPath, "file")) || !req.Recursive {
		return nil, fail(&types.FileNotFound{FileFault: types.FileFault{File: req.DirectoryPath}}, "not a folder of the caller")
	}
	_ = os.RemoveAll(req.DirectoryPath)
	return &types.DeleteDirectoryInGuestResponse{}, nil
}

// transfer is the address of a file for one request. Another host's than the one that was asked, behind a vCenter.
func (w *world) transfer(file string) (string, *failure) {
	inside.mu.Lock()
	defer inside.mu.Unlock()
	if !inside.knows(file) {
		return "", fail(&types.FileNotFound{FileFault: types.FileFault{File: file}}, "File not found")
	}
	inside.count++
	token := fmt.Sprintf("52%06d", inside.count)
	inside.transfers[token] = file
	host := "*"
	if w.o.vcenter {
		host = "localhost"
	}
	return fmt.Sprintf("https://%s:%d/guestFile?id=%d&token=%s", host, w.server.port, inside.count, token), nil
}

func transferToGuest(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.InitiateFileTransferToGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	url, problem := w.transfer(req.GuestFilePath)
	if problem != nil {
		return nil, problem
	}
	return &types.InitiateFileTransferToGuestResponse{Returnval: url}, nil
}

func transferFromGuest(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.InitiateFileTransferFromGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	url, problem := w.transfer(req.GuestFilePath)
	if problem != nil {
		return nil, problem
	}
	info, err := os.Stat(req.GuestFilePath)
	if err != nil {
		return nil, fail(&types.FileNotFound{FileFault: types.FileFault{File: req.GuestFilePath}}, "File not found")
	}
	return &types.InitiateFileTransferFromGuestResponse{Returnval: types.FileTransferInformation{
		Attributes: &types.GuestPosixFileAttributes{Permissions: int64(info.Mode().Perm())}, Size: info.Size(), Url: url}}, nil
}

func (f *front) serveGuestFile(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	inside.mu.Lock()
	file, known := inside.transfers[token]
	delete(inside.transfers, token)
	inside.mu.Unlock()
	switch {
	case !known:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case r.Method == http.MethodPut:
		content, err := io.ReadAll(r.Body)
		if err != nil || os.WriteFile(file, content, 0600) != nil {
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		}
	case r.Method == http.MethodGet:
		content, err := os.ReadFile(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// startProgram runs it by a shell, as the tools do in Linux guests.
func startProgram(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.StartProgramInGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	spec := req.Spec.GetGuestProgramSpec()
	if !filepath.IsAbs(spec.ProgramPath) {
		return nil, fail(&types.FileNotFound{FileFault: types.FileFault{File: spec.ProgramPath}}, "File not found")
	}
	command := exec.Command("/bin/sh", "-c", spec.ProgramPath+" "+spec.Arguments)
	command.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent"}
	if err := command.Start(); err != nil {
		return nil, fail(&types.GuestOperationsFault{}, err.Error())
	}
	pid := int64(command.Process.Pid)
	process := &guestProcess{info: types.GuestProcessInfo{Name: filepath.Base(spec.ProgramPath), Pid: pid, Owner: guestUser,
		CmdLine: strings.TrimSpace(spec.ProgramPath + " " + spec.Arguments), StartTime: time.Now().UTC()}}
	inside.mu.Lock()
	inside.processes[pid] = process
	inside.mu.Unlock()
	go func() {
		_ = command.Wait()
		now := time.Now().UTC()
		inside.mu.Lock()
		process.info.EndTime, process.info.ExitCode = &now, int32(command.ProcessState.ExitCode())
		inside.mu.Unlock()
	}()
	return &types.StartProgramInGuestResponse{Returnval: pid}, nil
}

func listProcesses(w *world, c *call) (interface{}, *failure) {
	req := c.body.(*types.ListProcessesInGuest)
	if problem := w.enter(req.Vm, req.Auth); problem != nil {
		return nil, problem
	}
	inside.mu.Lock()
	defer inside.mu.Unlock()
	result := &types.ListProcessesInGuestResponse{}
	for _, pid := range req.Pids {
		if process := inside.processes[pid]; process != nil {
			result.Returnval = append(result.Returnval, process.info)
		}
	}
	return result, nil
}

func (g *guests) leftovers() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := []string{}
	for _, folder := range g.folders {
		if _, err := os.Stat(folder); err == nil {
			left = append(left, folder)
		}
	}
	return left
}
