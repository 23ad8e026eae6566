package main

import (
	"encoding/json"
	"net/http"
)

// trouble is what tests asked to go wrong; each part is used up by the requests it hits.
type trouble struct {
	drop, busy, half int
	dropAfter        map[string]bool
	faults           map[string]string
}

type requestTrouble struct {
	drop, busy, half, dropAfter bool
	fault                       string
}

func (t *trouble) take(method string) requestTrouble {
	var r requestTrouble
	for _, c := range []struct {
		count *int
		flag  *bool
	}{{&t.drop, &r.drop}, {&t.busy, &r.busy}, {&t.half, &r.half}} {
		if *c.count > 0 {
			*c.count--
			*c.flag = true
			return r
		}
	}
	if t.dropAfter[method] {
		delete(t.dropAfter, method)
		r.dropAfter = true
	}
	if fault, found := t.faults[method]; found {
		delete(t.faults, method)
		r.fault = fault
	}
	return r
}

type order struct {
	Drop           int    `json:"drop"`
	Busy           int    `json:"busy"`
	Half           int    `json:"half"`
	Expire         bool   `json:"expire"`
	HangTask       string `json:"hang_task"`
	NeverReturn    bool   `json:"never_return"`
	DropAfter      string `json:"drop_after"`
	Question       string `json:"question"`
	Pin            string `json:"pin"` // a machine that DRS does not get away
	NewCertificate bool   `json:"new_certificate"`
	Method         string `json:"method"`
	Fault          string `json:"fault"`
}

func (f *front) serveControl(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch r.Method {
	case http.MethodGet:
		_ = json.NewEncoder(w).Encode(f.counters())
	case http.MethodPost:
		var o order
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields() // a misspelt order would make a test pass for nothing
		if err := d.Decode(&o); err != nil {
			http.Error(w, `{"error":"not an order"}`, http.StatusBadRequest)
			return
		}
		answer, problem := f.obey(&o)
		if problem != "" {
			http.Error(w, `{"error":"`+problem+`"}`, http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(answer)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (f *front) obey(o *order) (map[string]string, string) {
	answer := map[string]string{}
	if o.NewCertificate {
		cert, err := f.server.newCertificate()
		if err != nil {
			return nil, "no certificate"
		}
		answer["sha1"], answer["sha256"] = cert.sha1, cert.sha256
	}
	if o.Expire {
		f.forgetSessions()
	}
	if problem := f.w.obey(o); problem != "" {
		return nil, problem
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &f.trouble
	t.drop, t.busy, t.half = t.drop+o.Drop, t.busy+o.Busy, t.half+o.Half
	if o.DropAfter != "" {
		if t.dropAfter == nil {
			t.dropAfter = make(map[string]bool)
		}
		t.dropAfter[o.DropAfter] = true
	}
	if o.Method != "" {
		if t.faults == nil {
			t.faults = make(map[string]string)
		}
		t.faults[o.Method] = o.Fault
	}
	return answer, ""
}

func (w *world) obey(o *order) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.HangTask != "" {
		w.hang = o.HangTask
	}
	if o.Pin != "" {
		v := w.byName[o.Pin]
		if v == nil {
			return "no such machine"
		}
		v.pinned = true
	}
	w.stuck = w.stuck || o.NeverReturn
	if o.Question != "" {
		v := w.byName[o.Question]
		if v == nil {
			return "no such machine"
		}
		w.ask(v)
	}
	return ""
}

func (f *front) counters() map[string]interface{} {
	result := map[string]interface{}{}
	calls := map[string]int{}
	f.mu.Lock()
	for name, n := range f.calls {
		calls[name] = n
	}
	sessions := len(f.sessions)
	f.mu.Unlock()
	vms := map[string]interface{}{}
	f.w.mu.Lock()
	for name, v := range f.w.byName {
		devices := []string{}
		for _, b := range v.passthrough() {
			devices = append(devices, b.Id)
		}
		vms[name] = map[string]interface{}{"power": v.state(), "devices": devices}
	}
	result["cut"], result["reboots"], result["moved"] = f.w.cut, f.w.reboots, f.w.moved
	entering := 0
	for _, h := range f.w.hosts {
		entering += h.entering
	}
	result["entering"] = entering
	f.w.mu.Unlock()
	result["guest_leftovers"] = inside.leftovers()
	result["calls"], result["sessions"], result["vms"] = calls, sessions, vms
	return result
}
