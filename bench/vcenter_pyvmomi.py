"""The peer of a bulk read: `vcenter_pyvmomi.py PORT USER REQUEST` reads all hosts and VMs of a vCenter with pyVmomi.
REQUEST is one bulk request of gpupass; its property paths are asked for here too. The password is in GPUPASS_PASSWORD."""
import os
import re
import ssl
import sys

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

HOSTS_A_SLICE = 100
pc = vmodl.query.PropertyCollector
REBIND = "capability.deviceRebindWithoutRebootSupported"  # since 7.0, which this pyVmomi may not know


def paths_of(request):
    known = {f"capability.{p.name}" for p in vim.host.Capability._GetPropertyList()}
    wanted = {}
    for kind, inside in re.findall(r"<propSet><type>(\w+)</type>(.*?)</propSet>", request):
        paths = re.findall(r"<pathSet>([\w.]+)</pathSet>", inside)
        wanted[kind] = [p for p in paths if p != REBIND or p in known]
    return wanted


def retrieve(collector, properties, objects):
    page = collector.RetrievePropertiesEx([pc.FilterSpec(propSet=properties, objectSet=objects)], pc.RetrieveOptions())
    while True:
        yield from page.objects
        if not page.token:
            return
        page = collector.ContinueRetrievePropertiesEx(page.token)


def list_hosts(content):
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
    walk = pc.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    properties = [pc.PropertySpec(type=vim.HostSystem, pathSet=["name", "parent", "runtime.connectionState"])]
    hosts = [o.obj for o in retrieve(content.propertyCollector, properties, [pc.ObjectSpec(obj=view, skip=True, selectSet=[walk])])]
    view.Destroy()
    return hosts


def main():
    port, user, request = sys.argv[1:]
    with open(request, encoding="utf-8") as file:
        paths = paths_of(file.read())
    connection = SmartConnect(host="127.0.0.1", port=int(port), user=user, pwd=os.environ["GPUPASS_PASSWORD"],
                              sslContext=ssl._create_unverified_context())
    content = connection.content
    properties = [pc.PropertySpec(type=getattr(vim, kind), pathSet=wanted) for kind, wanted in paths.items()]
    hosts = list_hosts(content)
    count = {vim.HostSystem: 0, vim.VirtualMachine: 0}
    functions = 0
    for first in range(0, len(hosts), HOSTS_A_SLICE):
        objects = [pc.ObjectSpec(obj=host, skip=False, selectSet=[pc.TraversalSpec(type=vim.HostSystem, path="vm", skip=False)])
                   for host in hosts[first:first + HOSTS_A_SLICE]]
        for found in retrieve(content.propertyCollector, properties, objects):
            count[type(found.obj)] += 1
            functions += sum(len(p.val) for p in found.propSet if p.name == "hardware.pciDevice")
    Disconnect(connection)
    print(f"hosts={count[vim.HostSystem]} vms={count[vim.VirtualMachine]} functions={functions}")


main()
