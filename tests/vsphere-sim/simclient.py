"""The endpoint as a process, and what the self-test needs of pyVmomi."""
import json
import ssl
import subprocess
import sys
import time
import urllib.request

from pyVim.connect import SmartConnect
from pyVmomi import vim, vmodl

INSECURE = ssl._create_unverified_context()


class Sim:
    def __init__(self, *args):
        self.process = subprocess.Popen([sys.argv[1], *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        began = time.time()
        self.info = json.loads(self.process.stdout.readline())
        self.started = time.time() - began

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(20) == 0

    def login(self, password=None):
        return SmartConnect(host="127.0.0.1", port=self.info["port"], user=self.info["user"],
                            pwd=password or self.info["password"], sslContext=INSECURE)

    def control(self, **order):
        request = urllib.request.Request(f"http://127.0.0.1:{self.info['control']}/control",
                                         data=json.dumps(order).encode() if order else None)
        return json.load(urllib.request.urlopen(request))

    def get(self, path, si=None, method="GET", data=None):
        request = urllib.request.Request(f"https://127.0.0.1:{self.info['port']}{path}", method=method, data=data)
        if si:
            request.add_header("Cookie", si._stub.cookie.split(";")[0])
        return urllib.request.urlopen(request, context=INSECURE).read().decode()


def wait(task, limit=20):
    end = time.time() + limit
    while task.info.state in ("queued", "running"):
        assert time.time() < end, task.info
        time.sleep(0.02)
    return task.info


def succeed(task):
    info = wait(task)
    assert info.state == "success", info.error


def problem(task, kind):
    info = wait(task)
    assert info.state == "error" and isinstance(info.error, kind), info
    return info.error


def faults(kind, call, *args, **named):
    try:
        call(*args, **named)
    except kind as fault:
        return fault
    raise AssertionError(f"no {kind}")


def view(si, kind):
    return si.content.viewManager.CreateContainerView(si.content.rootFolder, [kind], True)


def read(si, kind, paths, size=None, v=None):
    v = v or view(si, kind)
    pc = vmodl.query.PropertyCollector
    spec = pc.FilterSpec(propSet=[pc.PropertySpec(type=kind, pathSet=paths)], objectSet=[pc.ObjectSpec(
        obj=v, skip=True, selectSet=[pc.TraversalSpec(name="t", type=vim.view.ContainerView, path="view", skip=False)])])
    collector = si.content.propertyCollector
    page = collector.RetrievePropertiesEx([spec], pc.RetrieveOptions(maxObjects=size))
    found, pages = [], 0
    while True:
        pages += 1
        found += [(o.obj, {p.name: p.val for p in o.propSet}) for o in page.objects]
        if not page.token:
            return found, pages
        page = collector.ContinueRetrievePropertiesEx(page.token)


GPU = "0000:00:02.0"


def state(host):
    info = next(i for i in host.config.pciPassthruInfo if i.id == GPU)
    return info.passthruEnabled, info.passthruActive


def enable(host, on, device=GPU):
    host.configManager.pciPassthruSystem.UpdatePassthruConfig(
        [vim.host.PciPassthruConfig(id=device, passthruEnabled=on)])


def vga(host, on):
    host.configManager.advancedOption.UpdateOptions([vim.option.OptionValue(key="VMkernel.Boot.vga", value=on)])


def device_spec(host, operation="add", key=-100, **other):
    backing = vim.vm.device.VirtualPCIPassthrough.DeviceBackingInfo(
        deviceName="", id=GPU, deviceId="0x9a49", vendorId=0x8086 - 0x10000, systemId=host.hardware.systemInfo.uuid)
    for name, value in other.items():
        setattr(backing, name, value)
    return vim.vm.device.VirtualDeviceSpec(operation=operation, device=vim.vm.device.VirtualPCIPassthrough(
        key=key, backing=backing))


def reasons(error):
    return [m.message for m in error.faultMessage]
