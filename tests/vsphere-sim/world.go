package main

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type ref = types.ManagedObjectReference

// hostState is what the simulator does not know about a host.
type hostState struct {
	obj             *simulator.HostSystem
	number          int
	enabled, active map[string]bool // PCI functions, by address
	vga, vgaRunning bool
	away            bool
	entering        int // tasks that wait to enter maintenance mode
	vms             []*vmState
}

type vmState struct {
	obj       *simulator.VirtualMachine
	host      *hostState
	autostart bool
	agent     bool   // of the cluster
	pinned    bool   // cannot be moved
	folder    string // in the datastore
	answer    string // to the last question
	hasFiles  bool
}

// world is the inventory and all that happens to it. mu guards the states; what the property collector
// reads is changed through set() only.
type world struct {
	o       *options
	release release
	model   *simulator.Model
	pci     *pciTable
	server  *server
	files   string // folder that holds the datastore

	mu        sync.Mutex
	hosts     []*hostState
	byRef     map[ref]*hostState // of hosts, and of the objects that belong to one
	vms       map[ref]*vmState
	byName    map[string]*vmState
	tasks     map[ref]*task
	taskSeq   int
	versions  int
	vmSeq     int
	questions int
	hang      string // the next task of this method never ends
	stuck     bool   // the next reboot never comes back
	cut       int
	moved     int
	reboots   int
	forget    func() // all sessions
}

func newWorld(o *options, cert *certificate) (*world, error) {
	w := &world{
		o: o, release: releases[o.release], pci: newPciTable(o.pci),
		byRef: make(map[ref]*hostState), vms: make(map[ref]*vmState), byName: make(map[string]*vmState),
		tasks: make(map[ref]*task), forget: func() {},
	}
	if err := w.create(); err != nil {
		return nil, err
	}
	w.model.Service.RegisterSDK(simulator.Map)
	w.model.Service.Listen = &url.URL{
		Scheme: "https", Host: "127.0.0.1", Path: vim25.Path, User: url.UserPassword(o.user(), o.password),
	}
	content := simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
	pc := &collector{}
	pc.Self = content.PropertyCollector
	simulator.Map.Put(pc)
	lm := simulator.Map.Get(*content.LicenseManager).(*simulator.LicenseManager)
	lm.Licenses = []types.LicenseManagerLicenseInfo{o.licence()}
	w.fill(cert)
	return w, nil
}

// create makes the bare inventory with govmomi's model: everything but the many hosts and the machines.
func (w *world) create() error {
	if w.o.esxi {
		w.model = simulator.ESX()
		w.model.ServiceContent.About = w.release.host()
	} else {
		w.model = simulator.VPX()
		w.model.Host, w.model.ClusterHost, w.model.Portgroup = 0, 1, 0
		w.model.ServiceContent.About = w.release.vcenter()
	}
	w.model.Machine = 0
	if err := w.model.Create(); err != nil {
		return err
	}
	for _, e := range simulator.Map.All("Datastore") {
		ds := e.(*simulator.Datastore)
		w.files = ds.Info.GetDatastoreInfo().Url
		ds.Name, ds.Summary.Name, ds.Info.GetDatastoreInfo().Name = "datastore1", "datastore1", "datastore1"
		ds.Summary.Url = "ds:///vmfs/volumes/6107a9c3-5e8d21b4-77aa-1c697a6f0b3d/"
	}
	if w.o.vcenter {
		simulator.Map.Any("Datacenter").(*simulator.Datacenter).Name = "Lab"
		simulator.Map.Any("ClusterComputeResource").(*simulator.ClusterComputeResource).Name = "Cluster"
	}
	return nil
}

// fill adds the hosts, as copies of the only one so far, and their machines.
func (w *world) fill(cert *certificate) {
	first := simulator.Map.Any("HostSystem").(*simulator.HostSystem)
	shared := w.sharedHost(first, cert)
	folder := simulator.Map.Get(simulator.Map.Any("Datacenter").(*simulator.Datacenter).VmFolder).(*simulator.Folder)
	pool := simulator.Map.Any("ResourcePool").(*simulator.ResourcePool)
	ds := simulator.Map.Any("Datastore").(*simulator.Datastore)
	hosts := 1
	if w.o.vcenter {
		hosts = w.o.hosts
	}
	var all, machines []ref
	for i := 1; i <= hosts; i++ {
		obj := first
		if i > 1 {
			obj = &simulator.HostSystem{HostSystem: shared}
			obj.Self = ref{Type: "HostSystem", Value: fmt.Sprintf("host-%d", 1000+i)}
		} else {
			self := obj.Self
			obj.HostSystem = shared
			obj.Self = self
		}
		h := w.addHost(obj, i)
		all = append(all, obj.Self)
		for n := 0; n < w.machineCount(); n++ {
			vm := w.newMachine(h, n, machinePlace{folder.Self, pool.Self, ds.Self, obj.Network})
			machines = append(machines, vm.obj.Self)
		}
		if w.o.drs {
			machines = append(machines, w.newAgent(h, machinePlace{folder.Self, pool.Self, ds.Self, obj.Network}).obj.Self)
		}
		w.describeAutostart(h)
		w.publish(h)
	}
	folder.ChildEntity = append(folder.ChildEntity, machines...)
	pool.Vm, ds.Vm = machines, machines
	ds.Summary.Type = "VMFS"
	ds.Host = nil
	for _, h := range all {
		ds.Host = append(ds.Host, types.DatastoreHostMount{Key: h, MountInfo: types.HostMountInfo{
			Path: "/vmfs/volumes/datastore1", AccessMode: string(types.HostMountModeReadWrite), Mounted: types.NewBool(true), Accessible: types.NewBool(true)}})
	}
	if w.o.vcenter {
		cluster := simulator.Map.Any("ClusterComputeResource").(*simulator.ClusterComputeResource)
		cluster.Host = all[:len(all):len(all)] // walkers of the simulator append to it
		if w.o.drs {
			describeDrs(cluster)
		}
		summary := cluster.Summary.GetComputeResourceSummary()
		summary.NumHosts, summary.NumEffectiveHosts = int32(hosts), int32(hosts)
	}
	if w.o.esxi {
		for _, vm := range w.vms {
			w.ensureFiles(vm)
		}
	}
}

func (w *world) machineCount() int {
	if w.o.esxi {
		return len(kinds)
	}
	return w.o.vms
}

func (w *world) addHost(obj *simulator.HostSystem, number int) *hostState {
	h := &hostState{obj: obj, number: number, vga: true, vgaRunning: true,
		enabled: make(map[string]bool), active: make(map[string]bool)}
	w.personalise(h)
	parent := simulator.Map.Get(*obj.Parent).(mo.Entity)
	simulator.Map.PutEntity(parent, obj)
	w.hosts = append(w.hosts, h)
	passthru, options, browser := "ha-pcipassthrusystem", "ha-adv-options", "ha-env-browser"
	if w.o.vcenter {
		id := obj.Self.Value[len("host-"):]
		passthru, options, browser = "pciPassthruSystem-"+id, "EsxHostAdvSettings-"+id, "envbrowser-"+id
	}
	w.byRef[obj.Self] = h
	for _, own := range []mo.Reference{
		&passthruSystem{mo.HostPciPassthruSystem{
			ExtensibleManagedObject: mo.ExtensibleManagedObject{Self: ref{Type: "HostPciPassthruSystem", Value: passthru}}}},
		&mo.OptionManager{Self: ref{Type: "OptionManager", Value: options}},
		&simulator.EnvironmentBrowser{EnvironmentBrowser: mo.EnvironmentBrowser{
			Self: ref{Type: "EnvironmentBrowser", Value: browser}}},
	} {
		simulator.Map.Put(own)
		r := own.Reference()
		w.byRef[r] = h
		switch r.Type {
		case "HostPciPassthruSystem":
			obj.ConfigManager.PciPassthruSystem = &r
		case "OptionManager":
			obj.ConfigManager.AdvancedOption = &r
		}
	}
	return h
}

func (h *hostState) browser(w *world) ref {
	if w.o.esxi {
		return ref{Type: "EnvironmentBrowser", Value: "ha-env-browser"}
	}
	return ref{Type: "EnvironmentBrowser", Value: "envbrowser-" + h.obj.Self.Value[len("host-"):]}
}

type passthruSystem struct{ mo.HostPciPassthruSystem }

// change is one property of an object; set changes it for readers and for those who wait for updates.
type change = types.PropertyChange

func set(obj mo.Reference, changes ...change) {
	simulator.Map.WithLock(obj, func() { simulator.Map.Update(obj, changes) })
}

// newVersion is the next config.changeVersion. Call with mu held.
func (w *world) newVersion() string {
	w.versions++
	return fmt.Sprintf("%s.%06dZ", time.Now().UTC().Format("2006-01-02T15:04:05"), w.versions)
}
