package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const sessionCookie = "vmware_soap_session"

// front stands before the simulator: it answers the methods that the simulator lacks or does too simply,
// and passes the others on.
type front struct {
	w      *world
	server *server
	log    *os.File

	mu       sync.Mutex
	sessions map[string]bool
	calls    map[string]int
	trouble  trouble
}

type call struct {
	method string
	this   ref
	body   interface{}
}

func newFront(w *world) (*front, error) {
	f := &front{w: w, sessions: make(map[string]bool), calls: make(map[string]int)}
	w.forget = f.forgetSessions
	if w.o.log != "" {
		var err error
		if f.log, err = os.OpenFile(w.o.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *front) forgetSessions() {
	f.mu.Lock()
	f.sessions = make(map[string]bool)
	f.mu.Unlock()
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/sdk" || r.URL.Path == "/sdk/" || r.URL.Path == "/sdk/vimService":
		f.serveSDK(w, r)
	case r.URL.Path == "/sdk/vimServiceVersions.xml":
		f.serveVersions(w)
	case r.URL.Path == "/control":
		f.serveControl(w, r)
	case strings.HasPrefix(r.URL.Path, "/folder/"):
		f.serveFolder(w, r)
	case r.URL.Path == "/guestFile":
		f.serveGuestFile(w, r)
	case r.URL.Path == "/":
		_, _ = io.WriteString(w, "<html><title>"+f.w.release.host().FullName+"</title></html>\n")
	default:
		http.NotFound(w, r)
	}
}

func (f *front) serveVersions(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	text := xmlHeader + `<namespaces version="1.0"><namespace><name>urn:vim25</name><version>` + f.w.release.api +
		`</version><priorVersions>`
	for _, prior := range []string{"8.0.2.0", "8.0.1.0", "8.0.0.0", "7.0.3.0", "7.0.2.0", "7.0.1.0", "7.0.0.0",
		"6.9.1", "6.8.7", "6.7.3", "6.7.2", "6.7.1", "6.7", "6.5", "6.0", "5.5"} {
		if compareVersions(prior, f.w.release.api) < 0 {
			text += "<version>" + prior + "</version>"
		}
	}
	_, _ = io.WriteString(w, text+"</priorVersions></namespace></namespaces>\n")
}

var (
	methodName   = regexp.MustCompile(`(?s)<(?:[\w.-]+:)?Body[^>]*>\s*(?:<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)`)
	passwordText = regexp.MustCompile(`(?s)(<(?:[\w.-]+:)?password(?:\s[^>]*)?>).*?(</)`)
	urn          = regexp.MustCompile(`^"?urn:vim25/([0-9.]+)"?$`)
)

// Methods that need no session.
var open = map[string]bool{"RetrieveServiceContent": true, "Login": true, "LoginBySSPI": true, "LoginByToken": true,
	"CloneSession": true, "CurrentTime": true}

func (f *front) serveSDK(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	name := ""
	if m := methodName.FindSubmatch(body); m != nil {
		name = string(m[1])
	}
	t := f.arrived(name, body)
	switch {
	case t.drop:
		panic(http.ErrAbortHandler)
	case t.busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "503 Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	answer := f.answer(r, name, body, t)
	if t.dropAfter {
		panic(http.ErrAbortHandler)
	}
	f.send(w, answer, t.half)
}

// send writes the answer, or half of it although the header promises all.
func (f *front) send(w http.ResponseWriter, a *recorder, half bool) {
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	w.WriteHeader(a.code)
	if !half {
		_, _ = w.Write(a.body.Bytes())
		return
	}
	_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// arrived notes a request and says what is to go wrong with it.
func (f *front) arrived(name string, body []byte) requestTrouble {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[name]++
	if f.log != nil {
		_, _ = f.log.Write(append(passwordText.ReplaceAll(body, []byte("${1}***$2")), "\n\x0c\n"...))
	}
	return f.trouble.take(name)
}

func (f *front) answer(r *http.Request, name string, body []byte, t requestTrouble) *recorder {
	version := f.w.release.api
	if m := urn.FindStringSubmatch(r.Header.Get("SOAPAction")); m != nil {
		if version = m[1]; compareVersions(version, f.w.release.api) > 0 {
			return faultAnswer(fail(&types.InvalidRequest{}, `Unsupported version URI "urn:vim25/`+version+`"`))
		}
	}
	if problem := tooNew(version, name, body); problem != nil {
		return faultAnswer(problem)
	}
	c := &call{method: name}
	if m, err := simulator.UnmarshalBody(typeOf, body); err == nil {
		c.this, c.body = m.This, m.Body
	}
	key := ""
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		key = strings.Trim(cookie.Value, `"`)
	}
	f.mu.Lock()
	known := f.sessions[key]
	f.mu.Unlock()
	if !known {
		r.Header.Del("Cookie")
		if !open[name] {
			return faultAnswer(fail(&types.NotAuthenticated{NoPermission: types.NoPermission{Object: c.this, PrivilegeId: "System.View"}},
				"The session is not authenticated."))
		}
	}
	if t.fault != "" {
		return faultAnswer(faultNamed(t.fault, c.this))
	}
	if problem := f.w.refuse(c); problem != nil {
		return faultAnswer(problem)
	}
	if handler := handlers[name]; handler != nil && c.body != nil {
		result, problem := handler(f.w, c)
		if problem != nil {
			return faultAnswer(problem)
		}
		if result != nil {
			return resultAnswer(result)
		}
	}
	return onlyKnown(version, f.passOn(r, name, key, body))
}

// passOn lets the simulator answer, and learns of its sessions.
func (f *front) passOn(r *http.Request, name, key string, body []byte) *recorder {
	rec := &recorder{header: make(http.Header), code: http.StatusOK}
	r.URL.Path = "/sdk"
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.w.model.Service.ServeSDK(rec, r)
	rec.body = *bytes.NewBuffer(plainTypes(rec.body.Bytes()))
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, line := range rec.header["Set-Cookie"] {
		cookies := (&http.Response{Header: http.Header{"Set-Cookie": {line}}}).Cookies()
		if len(cookies) == 1 && cookies[0].Name == sessionCookie {
			f.sessions[cookies[0].Value] = true
			rec.header["Set-Cookie"][i] = line + "; Secure"
		}
	}
	if name == "Logout" {
		delete(f.sessions, key)
	}
	return rec
}

// recorder is a http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// typeOf also finds types whose name comes with a namespace prefix of the client's own.
func typeOf(name string) (reflect.Type, bool) {
	find := types.TypeFunc()
	if t, ok := find(name); ok {
		return t, ok
	}
	if at := strings.IndexByte(name, ':'); at >= 0 {
		if kind := name[at+1:]; kind != "" {
			if t, ok := find(kind); ok {
				return t, ok
			}
			return find("xsd:" + kind)
		}
	}
	return nil, false
}
