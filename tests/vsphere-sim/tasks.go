package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type task struct {
	obj       *simulator.Task
	cancelled chan struct{}
}

// failure is why a task failed, or a call was refused.
type failure struct {
	fault   types.BaseMethodFault
	message string
}

func fail(fault types.BaseMethodFault, message string) *failure { return &failure{fault, message} }

// start makes a task and runs it beside the call that asked for it.
func (w *world) start(e mo.Entity, method, id string, run func(*task) (types.AnyType, *failure)) ref {
	w.mu.Lock()
	w.taskSeq++
	self := ref{Type: "Task", Value: fmt.Sprintf("task-%d", w.taskSeq)}
	entity := e.Reference()
	if w.o.esxi {
		self.Value = fmt.Sprintf("haTask-%s-vim.%s.%s-%d", entity.Value, entity.Type, id, w.taskSeq)
	}
	t := &task{obj: &simulator.Task{}, cancelled: make(chan struct{})}
	t.obj.Self = self
	t.obj.Info = types.TaskInfo{
		Key: self.Value, Task: self, Name: method, DescriptionId: entity.Type + "." + id, Entity: &entity,
		EntityName: e.Entity().Name, State: types.TaskInfoStateQueued, QueueTime: time.Now().UTC(),
		Reason: &types.TaskReasonUser{UserName: w.o.user()}, EventChainId: int32(w.taskSeq),
	}
	w.tasks[self] = t
	hangs := w.hang == method
	if hangs {
		w.hang = ""
	}
	w.mu.Unlock()
	simulator.Map.Put(t.obj)
	go func() {
		time.Sleep(milliseconds(5))
		set(t.obj, change{Name: "info.startTime", Val: time.Now().UTC()},
			change{Name: "info.state", Val: types.TaskInfoStateRunning})
		if hangs {
			return
		}
		result, problem := run(t)
		w.finish(t, result, problem)
	}()
	return self
}

func (w *world) finish(t *task, result types.AnyType, problem *failure) {
	changes := []change{{Name: "info.completeTime", Val: time.Now().UTC()}, {Name: "info.result", Val: result}}
	state := types.TaskInfoStateSuccess
	if problem != nil {
		state = types.TaskInfoStateError
		changes = append(changes, change{Name: "info.error",
			Val: types.LocalizedMethodFault{Fault: problem.fault, LocalizedMessage: problem.message}})
	}
	// The state last: whoever waits for it finds the rest there.
	set(t.obj, append(changes, change{Name: "info.state", Val: state})...)
}

func (w *world) progress(t *task, percent int32, cancelable bool) {
	set(t.obj, change{Name: "info.progress", Val: percent}, change{Name: "info.cancelable", Val: cancelable})
}

// forgetTasks is what a host does when it boots. Call with mu held.
func (w *world) forgetTasks() {
	for self := range w.tasks {
		simulator.Map.Remove(self)
	}
	w.tasks = make(map[ref]*task)
}

func cancelTask(w *world, c *call) (interface{}, *failure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tasks[c.this]
	if t == nil {
		return nil, notFound(c.this)
	}
	if !t.obj.Info.Cancelable {
		return nil, fail(&types.NotSupported{}, "The task cannot be canceled.")
	}
	select {
	case <-t.cancelled:
	default:
		close(t.cancelled)
	}
	return &types.CancelTaskResponse{}, nil
}

func notFound(r ref) *failure {
	return fail(&types.ManagedObjectNotFound{Obj: r},
		"The object '"+strings.TrimSpace("vim."+r.Type+":"+r.Value)+"' has already been deleted or has not been completely created")
}
