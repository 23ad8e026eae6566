// A simulated vSphere endpoint with PCI passthrough, on top of govmomi's simulator.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	esxi, vcenter, free bool
	drs                 bool
	hosts, vms, pci     int
	bootMs              int
	release             string
	password, log       string
}

func parseOptions() (*options, error) {
	o := &options{}
	flag.BoolVar(&o.esxi, "esxi", false, "one standalone host")
	flag.BoolVar(&o.vcenter, "vcenter", false, "a vCenter with one cluster")
	flag.BoolVar(&o.free, "free", false, "free licence: no writes through the API")
	flag.BoolVar(&o.drs, "drs", false, "the cluster moves running machines off hosts that enter maintenance mode")
	flag.IntVar(&o.hosts, "hosts", 2, "hosts of the cluster")
	flag.IntVar(&o.vms, "vms", 4, "virtual machines a host")
	flag.IntVar(&o.pci, "pci", 0, "PCI functions a host; 43 with --vcenter, those of the NUC with --esxi")
	flag.IntVar(&o.bootMs, "boot-ms", 1500, "how long a reboot takes")
	flag.StringVar(&o.release, "release", "7.0.3", "7.0.3, 6.7 or 8.0.2")
	flag.StringVar(&o.password, "password", "VMware1!", "password of the only user")
	flag.StringVar(&o.log, "log", "", "file that every request is appended to")
	flag.Parse()
	if o.pci == 0 {
		o.pci = 43
		if o.esxi {
			o.pci = len(nucRows)
		}
	}
	if o.esxi == o.vcenter {
		return nil, fmt.Errorf("one of --esxi and --vcenter is needed")
	}
	if _, known := releases[o.release]; !known {
		return nil, fmt.Errorf("unknown release %q", o.release)
	}
	if o.hosts < 1 || o.vms < 0 || o.pci < 1 || flag.NArg() > 0 {
		return nil, fmt.Errorf("wrong arguments")
	}
	return o, nil
}

func (o *options) user() string {
	if o.esxi {
		return "root"
	}
	return "administrator@vsphere.local"
}

func run() error {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	log.SetOutput(io.Discard) // the simulator below is talkative
	cert, err := newCertificate()
	if err != nil {
		return err
	}
	w, err := newWorld(o, cert)
	if err != nil {
		return err
	}
	defer w.model.Remove()
	f, err := newFront(w)
	if err != nil {
		return err
	}
	s, err := newServer(cert)
	if err != nil {
		return err
	}
	w.server, f.server = s, s
	s.start(f)
	// A second port for the control, in the clear: it answers while the host reboots.
	control := &http.Server{Handler: http.HandlerFunc(f.serveControl)}
	listener, err := listenLocal()
	if err != nil {
		return err
	}
	go control.Serve(listener)
	line, _ := json.Marshal(map[string]interface{}{
		"port": s.port, "sha256": cert.sha256, "sha1": cert.sha1, "user": o.user(), "password": o.password,
		"control": portOf(listener), "guest_user": guestUser, "guest_password": guestPassword,
	})
	fmt.Println(string(line))
	waitForEnd()
	return nil
}

// Ends with whoever started it: their end of the pipe closes even when they are killed.
func waitForEnd() {
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(done)
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-done:
	case <-signals:
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gpupass-vsphere-sim:", err)
		os.Exit(2)
	}
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }
