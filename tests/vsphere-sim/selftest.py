#!/usr/bin/env python3
"""Drives the simulated endpoint with pyVmomi, as an independent client: selftest.py BINARY [HOSTS]"""
import hashlib
import ssl
import sys
import time
import urllib.error

from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from simclient import GPU, Sim, device_spec, enable, faults, problem, read, reasons, state, succeed, vga


def test_esxi():
    with Sim("--esxi", "--boot-ms", "600") as sim:
        faults(vim.fault.InvalidLogin, sim.login, "wrong")
        si = sim.login()
        assert si.content.about.apiType == "HostAgent" and si.content.about.version == "7.0.3"
        (host, _), = read(si, vim.HostSystem, ["name"])[0]
        assert host._moId == "ha-host" and host.configManager.pciPassthruSystem._moId == "ha-pcipassthrusystem"
        assert host.summary.config.sslThumbprint == sim.info["sha1"]
        vms = {p["name"]: o for o, p in read(si, vim.VirtualMachine, ["name"], 2)[0]}
        assert sorted(vms) == ["debian", "router", "windows11"], vms
        gpu = next(d for d in host.hardware.pciDevice if d.id == GPU)
        assert (gpu.vendorId, gpu.deviceId, gpu.classId) == (-32634, -26039, 0x300)
        debian = vms["debian"]

        # the display device waits for the console to let it go
        enable(host, True)
        assert state(host) == (True, False) and host.summary.rebootRequired
        assert not debian.environmentBrowser.QueryConfigTarget(host).pciPassthrough
        faults(vim.fault.HostConfigFault, enable, host, True, "0000:00:00.0")
        faults(vim.fault.HostConfigFault, enable, host, True, "0000:77:00.0")
        options = host.configManager.advancedOption
        assert options.QueryOptions("VMkernel.Boot.vga")[0].value is True
        faults(vim.fault.InvalidName, options.QueryOptions, "No.Such")
        faults(vmodl.fault.InvalidArgument, vga, host, "FALSE")
        vga(host, False)

        # a reboot, first refused
        faults(vim.fault.InvalidState, host.RebootHost_Task, False)
        entering = host.EnterMaintenanceMode_Task(0)
        time.sleep(0.1)
        assert entering.info.state == "running"
        for vm in vms.values():
            if vm.runtime.powerState == "poweredOn":
                vm.ShutdownGuest()
        succeed(entering)
        assert debian.runtime.powerState == "poweredOff"
        faults(vim.fault.InvalidState, debian.PowerOnVM_Task)
        boot = host.runtime.bootTime
        host.RebootHost_Task(False)
        time.sleep(0.4)
        faults((OSError, EOFError), lambda: si.CurrentTime())
        for _ in range(60):
            try:
                time.sleep(0.05)
                sim.get("/")
                break
            except OSError:
                pass
        faults(vim.fault.NotAuthenticated, lambda: host.name)
        si = sim.login()
        host = read(si, vim.HostSystem, ["name"])[0][0][0]
        vms = {p["name"]: o for o, p in read(si, vim.VirtualMachine, ["name"], 2)[0]}
        debian, router = vms["debian"], vms["router"]
        assert host.runtime.bootTime > boot and host.runtime.inMaintenanceMode
        assert state(host) == (True, True) and not host.summary.rebootRequired
        succeed(host.ExitMaintenanceMode_Task(0))
        target = debian.environmentBrowser.QueryConfigTarget(host).pciPassthrough
        assert [t.pciDevice.id for t in target] == [GPU] and target[0].systemId == host.hardware.systemInfo.uuid

        # attach, with every refusal on the way
        add = vim.vm.ConfigSpec(changeVersion=debian.config.changeVersion, deviceChange=[device_spec(host)],
                                extraConfig=[vim.option.OptionValue(key="sched.mem.pin", value="TRUE"),
                                             vim.option.OptionValue(key="pciPassthru.use64bitMMIO", value="TRUE")])
        succeed(debian.ReconfigVM_Task(add))
        problem(debian.ReconfigVM_Task(add), vim.fault.ConcurrentAccess)
        device = next(d for d in debian.config.hardware.device if isinstance(d, vim.vm.device.VirtualPCIPassthrough))
        assert (device.key, device.controllerKey) == (13000, 100) and device.slotInfo.pciSlotNumber
        extra = {o.key: o.value for o in debian.config.extraConfig}
        assert "sched.mem.pin" not in extra and extra["pciPassthru.use64bitMMIO"] == "TRUE"
        assert extra["pciPassthru0.pciSlotNumber"] == str(device.slotInfo.pciSlotNumber)
        error = problem(debian.PowerOnVM_Task(), vim.fault.GenericVmConfigFault)
        assert error.msg == "Module 'DevicePowerOn' power on failed."
        assert reasons(error)[0].endswith("should be equal to memsize(8192)."), error
        assert "memsize(8192)" in sim.get("/folder/debian/vmware.log?dcPath=ha-datacenter&dsName=datastore1", si)
        faults(urllib.error.HTTPError, sim.get, "/folder/debian/vmware.log?dcPath=ha-datacenter&dsName=datastore1")
        succeed(debian.ReconfigVM_Task(vim.vm.ConfigSpec(memoryReservationLockedToMax=True)))
        assert debian.config.memoryAllocation.reservation == 8192
        problem(debian.ReconfigVM_Task(vim.vm.ConfigSpec(memoryAllocation=vim.ResourceAllocationInfo(reservation=0))),
                vmodl.fault.InvalidArgument)
        error = problem(debian.PowerOnVM_Task(), vim.fault.GenericVmConfigFault)
        assert reasons(error)[0] == "Failed to register the device pciPassthru0", error
        error = problem(debian.ReconfigVM_Task(vim.vm.ConfigSpec(nestedHVEnabled=True)), vim.fault.GenericVmConfigFault)
        assert "Nested Hardware-Assisted Virtualization" in error.msg
        succeed(debian.ReconfigVM_Task(vim.vm.ConfigSpec(flags=vim.vm.FlagInfo(vvtdEnabled=False))))
        assert debian.config.flags.vvtdEnabled is False and debian.config.flags.enableLogging
        succeed(debian.PowerOnVM_Task())
        faults(vim.fault.ToolsUnavailable, debian.ShutdownGuest)
        problem(debian.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[device_spec(host, "remove", 13000)])),
                vim.fault.InvalidPowerState)
        assert sim.control()["vms"]["debian"] == {"power": "poweredOn", "devices": [GPU]}

        # the second machine: in use, then wrong ids
        succeed(router.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[device_spec(host)])))
        error = problem(router.PowerOnVM_Task(), vim.fault.GenericVmConfigFault)
        assert "already in use" in reasons(error)[0]
        for wrong in ({"systemId": "x"}, {"vendorId": 0x1234}, {"deviceId": "0x-65b7"}):
            succeed(router.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[
                device_spec(host, "remove", 13000), device_spec(host, **wrong)])))
            error = problem(router.PowerOnVM_Task(), vim.fault.GenericVmConfigFault)
            assert reasons(error)[0].endswith("currently at 0:2.0."), error

        # undo
        while debian.guest.toolsRunningStatus != "guestToolsRunning":
            time.sleep(0.05)
        debian.ShutdownGuest()
        while debian.runtime.powerState == "poweredOn":
            time.sleep(0.05)
        succeed(debian.ReconfigVM_Task(vim.vm.ConfigSpec(
            deviceChange=[device_spec(host, "remove", 13000)], memoryReservationLockedToMax=False,
            memoryAllocation=vim.ResourceAllocationInfo(reservation=0), flags=vim.vm.FlagInfo(vvtdEnabled=True),
            extraConfig=[vim.option.OptionValue(key="pciPassthru.use64bitMMIO", value="")])))
        left = [o.key for o in debian.config.extraConfig]
        assert not [k for k in left if k.startswith("pciPassthru")] and debian.config.memoryAllocation.reservation == 0
        enable(host, False)
        assert state(host) == (False, False)

        # files; a task waited for instead of polled
        kept = "/folder/gpupass/state.json?dcPath=ha-datacenter&dsName=datastore1"
        sim.get(kept, si, "PUT", b"{}")
        assert sim.get(kept, si) == "{}" and sim.get(kept, si, "HEAD") == ""
        assert WaitForTask(si.content.fileManager.DeleteDatastoreFile_Task("[datastore1] gpupass/state.json"), si=si) == "success"
        faults(urllib.error.HTTPError, sim.get, kept, si)
        problem(si.content.fileManager.DeleteDatastoreFile_Task("[datastore1] gpupass/state.json"), vim.fault.FileNotFound)
        assert WaitForTask(debian.ReconfigVM_Task(vim.vm.ConfigSpec(annotation="a")), si=si) == "success"

        # trouble on order
        sim.control(hang_task="PowerOnVM_Task")
        hung = debian.PowerOnVM_Task()
        time.sleep(0.2)
        assert hung.info.state == "running"
        sim.control(question="debian")
        starting = debian.PowerOnVM_Task()
        time.sleep(0.2)
        assert starting.info.state == "running"
        faults(vmodl.fault.InvalidArgument, debian.AnswerVM, "nonsense", "2")
        debian.AnswerVM(debian.runtime.question.id, "2")
        succeed(starting)
        for order in ({"drop": 1}, {"busy": 1}, {"half": 1}):
            sim.control(**order)
            faults(Exception, lambda: si.CurrentTime())
            si.CurrentTime()
        sim.control(drop_after="ReconfigVM_Task")
        faults(Exception, debian.ReconfigVM_Task, vim.vm.ConfigSpec(annotation="done"))
        while debian.config.annotation != "done":
            time.sleep(0.02)
        sim.control(method="PowerOffVM_Task", fault="NoPermission")
        faults(vim.fault.NoPermission, debian.PowerOffVM_Task)
        new = sim.control(new_certificate=True)["sha256"]
        pem = ssl.get_server_certificate(("127.0.0.1", sim.info["port"]))
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
        assert digest == new.replace(":", "") and new != sim.info["sha256"]
        faults(OSError, lambda: debian.name)  # the connection with the old certificate
        sim.control(expire=True)
        faults(vim.fault.NotAuthenticated, lambda: debian.name)
        assert sim.control()["calls"]["ReconfigVM_Task"] > 10 and sim.control()["cut"] == 0


def test_free():
    with Sim("--esxi", "--free", "--release", "8.0.2") as sim:
        si = sim.login()
        assert si.content.licenseManager.licenses[0].editionKey.startswith("esx.hypervisor")
        (host, _), = read(si, vim.HostSystem, ["name"])[0]
        vm = read(si, vim.VirtualMachine, ["name"])[0][0][0]
        for call in (vm.PowerOnVM_Task, lambda: host.EnterMaintenanceMode_Task(0), lambda: enable(host, True)):
            fault = faults(vim.fault.RestrictedVersion, call)
            assert fault.msg.startswith("Current license or ESXi version prohibits")
        Disconnect(si)


def test_old():
    with Sim("--esxi", "--release", "6.7") as sim:
        (host, _), = read(sim.login(), vim.HostSystem, ["name"])[0]
        assert host.capability.vmDirectPathGen2Supported is False and host.config.product.version == "6.7.0"
        enable(host, True, "0000:00:1f.3")  # before 7.0 every change waits for a reboot
        info = next(i for i in host.config.pciPassthruInfo if i.id == "0000:00:1f.3")
        assert (info.passthruEnabled, info.passthruActive) == (True, False)
        sim.control(never_return=True)
        host.RebootHost_Task(True)
        time.sleep(2)
        faults(OSError, sim.get, "/")
        assert sim.control()["cut"] == 2


def test_vcenter(hosts):
    with Sim("--vcenter", "--hosts", str(hosts), "--boot-ms", "400") as sim:
        si = sim.login()
        assert si.content.about.apiType == "VirtualCenter"
        began = time.time()
        found, pages = read(si, vim.HostSystem, [
            "name", "hardware.pciDevice", "config.pciPassthruInfo", "config.product", "hardware.systemInfo",
            "runtime.bootTime", "summary.rebootRequired", "capability", "vm"], 500)
        half = time.time()
        machines, machine_pages = read(si, vim.VirtualMachine, [
            "name", "config.hardware.device", "config.flags.vvtdEnabled", "config.extraConfig", "runtime.powerState"])
        print(f"{hosts} hosts: start {sim.started:.1f} s, read {half - began:.1f} s in {pages} pages, "
              f"machines {time.time() - half:.1f} s in {machine_pages} pages (client included)")
        assert len(found) == hosts and pages == -(-hosts // 500)
        assert len(machines) == 4 * hosts and machine_pages == -(-4 * hosts // 1000)
        assert len({p["name"] for _, p in machines}) == 4 * hosts
        assert all(len(p["hardware.pciDevice"]) == 43 for _, p in found)
        host = next(o for o, p in found if p["name"] == "esx01.lab")
        enable(host, True)
        vga(host, False)
        assert sum(state(o)[0] for o, _ in found[:3]) == 1
        succeed(host.RebootHost_Task(True))
        boot = host.runtime.bootTime
        states = set()
        while host.runtime.bootTime == boot or host.runtime.connectionState != "connected":
            states.add(host.runtime.connectionState)
            time.sleep(0.05)
        assert "notResponding" in states and state(host) == (True, True)
        counters = sim.control()
        assert counters["cut"] == 2 and counters["reboots"] == 1
        power = {n: v["power"] for n, v in counters["vms"].items() if n.endswith("-01")}
        assert power["router-01"] == "poweredOn" and power["debian-01"] == "poweredOff", power
        assert "Log for VMware ESX" in sim.get("/folder/debian-02/vmware.log?dcPath=Lab&dsName=datastore1", si)
        entering = host.EnterMaintenanceMode_Task(1)
        problem(entering, vim.fault.Timedout)


test_esxi()
test_free()
test_old()
test_vcenter(int(sys.argv[2]) if len(sys.argv) > 2 else 3)
print("ok")
