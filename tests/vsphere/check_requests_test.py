#!/usr/bin/python3
"""Self test of check_requests.py; run by `python3 check_requests_test.py`."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_requests  # noqa: E402

NAMESPACES = ('xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
              'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')


def envelope(body, prolog='<?xml version="1.0" encoding="UTF-8"?>'):
    return f"{prolog}<soapenv:Envelope {NAMESPACES}><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>\n\f\n"


def call(method, this_type, this, parameters=""):
    return envelope(f'<{method} xmlns="urn:vim25"><_this type="{this_type}">{this}</_this>{parameters}</{method}>')


def reconfigure(spec):
    return call("ReconfigVM_Task", "VirtualMachine", "vm-42", f"<spec>{spec}</spec>")


def backing(vendor="-32634", xsi_type=' xsi:type="VirtualPCIPassthroughDeviceBackingInfo"', device_id="<deviceId>56c0</deviceId>"):
    return (f"<backing{xsi_type}><deviceName>Arc A770</deviceName><id>00000:003:00.0</id>{device_id}"
            f"<systemId>63f1-0c</systemId><vendorId>{vendor}</vendorId></backing>")


def add_device(back=None, xsi_type=' xsi:type="VirtualPCIPassthrough"'):
    return (f"<deviceChange><operation>add</operation><device{xsi_type}><key>-100</key>"
            f"{backing() if back is None else back}</device></deviceChange>")


def extra(value='<value xsi:type="xsd:string">TRUE</value>'):
    return f"<extraConfig><key>pciPassthru.use64bitMMIO</key>{value}</extraConfig>"


def passthru(config, method="UpdatePassthruConfig", system="HostPciPassthruSystem"):
    return call(method, system, "pciPassthruSystem-10", f"<config>{config}</config>")


LOGIN = call("Login", "SessionManager", "SessionManager", "<userName>root</userName><password>p &amp; w</password>")
TRAVERSAL = """
<specSet>
  <propSet><type>VirtualMachine</type><pathSet>name</pathSet><pathSet>config.hardware.device</pathSet></propSet>
  <objectSet>
    <obj type="ContainerView">session[5]view</obj><skip>true</skip>
    <selectSet xsi:type="TraversalSpec"><name>v</name><type>ContainerView</type><path>view</path><skip>false</skip>
      <selectSet><name>v</name></selectSet></selectSet>
  </objectSet>
</specSet>
<options><maxObjects>100</maxObjects></options>"""


def retrieve(parameters):
    return call("RetrievePropertiesEx", "PropertyCollector", "propertyCollector", parameters)


class CheckRequests(unittest.TestCase):
    def problems(self, text):
        return [f"{path}: {what}" for _, found in check_requests.check_content(text.encode()) for path, what in found]

    def good(self, text):
        self.assertEqual([], self.problems(text))

    def bad(self, text, *expected):
        """Exactly these problems, each by its beginning."""
        found = self.problems(text)
        self.assertEqual(len(expected), len(found), found)
        for line, start in zip(found, expected):
            self.assertTrue(line.startswith(start), f"{line!r} does not begin with {start!r}")

    # accepted

    def test_login(self):
        self.good(LOGIN)

    def test_reconfigure_adds_a_passthrough_device(self):
        self.good(reconfigure("<memoryReservationLockedToMax>true</memoryReservationLockedToMax>"))
        self.good(reconfigure(add_device() + add_device() + extra() + extra()))

    def test_dynamic_backing_is_newer_than_the_lists(self):
        self.good(reconfigure(add_device(
            '<backing xsi:type="VirtualPCIPassthroughDynamicBackingInfo"><deviceName></deviceName><allowedDevice>'
            "<vendorId>32902</vendorId><deviceId>22208</deviceId></allowedDevice><customLabel>gpu</customLabel></backing>")))

    def test_fixed_passthru_hot_plug_is_last(self):
        last = "<fixedPassthruHotPlugEnabled>false</fixedPassthruHotPlugEnabled>"
        self.good(reconfigure(extra() + last))
        self.bad(reconfigure(last + extra()), "spec/extraConfig[1]: out of order: must come before fixedPassthruHotPlugEnabled")

    def test_update_passthru_config_with_apply_now(self):
        self.good(passthru("<id>0000:03:00.0</id><passthruEnabled>true</passthruEnabled><applyNow>true</applyNow>"))
        self.good(passthru("<id>a</id><passthruEnabled>1</passthruEnabled><applyNow>0</applyNow><hardwareLabel>x</hardwareLabel>"))

    def test_retrieve_properties_with_a_traversal(self):
        self.good(retrieve(TRAVERSAL))

    def test_other_methods(self):
        self.good(call("RetrieveServiceContent", "ServiceInstance", "ServiceInstance"))
        self.good(call("CreateContainerView", "ViewManager", "ViewManager", '<container type="Folder">group-d1</container>'
                       "<type>HostSystem</type><type>VirtualMachine</type><recursive>true</recursive>"))
        self.good(call("WaitForUpdatesEx", "PropertyCollector", "pc", "<version></version>"
                       "<options><maxWaitSeconds>10</maxWaitSeconds></options>"))
        self.good(call("RebootHost_Task", "HostSystem", "ha-host", "<force>false</force>"))
        self.good(call("Destroy_Task", "VirtualMachine", "vm-1"))  # a method of an ancestor, ManagedEntity

    def test_any_type_takes_schema_types(self):
        for kind, value in (("boolean", "true"), ("string", ""), ("long", "-9223372036854775808"), ("int", "7")):
            self.good(call("UpdateOptions", "OptionManager", "o", "<changedValue><key>k</key>"
                           f'<value xsi:type="xsd:{kind}">{value}</value></changedValue>'))

    # refused

    def test_wrong_order(self):
        self.bad(reconfigure(extra() + add_device()), "spec/deviceChange[1]: out of order: must come before extraConfig")
        self.bad(passthru("<passthruEnabled>true</passthruEnabled><id>a</id>"), "config[1]/id: out of order")
        self.bad(call("Login", "SessionManager", "s", "<password>b</password><userName>a</userName>"), "userName: out of order")

    def test_array_elements_stand_together(self):
        self.bad(reconfigure(add_device() + extra() + add_device()), "spec/deviceChange[2]: out of order")

    def test_unknown_element(self):
        self.bad(reconfigure("<numCPU>2</numCPU>"), "spec/numCPU: unknown element of VirtualMachineConfigSpec")
        self.bad(call("Login", "SessionManager", "s", "<userName>a</userName><password>b</password><user>c</user>"),
                 "user: unknown element of Login")

    def test_missing_required_element(self):
        self.bad(reconfigure(add_device(backing(device_id=""))), "spec/deviceChange[1]/device/backing/deviceId: missing")
        self.bad(call("Login", "SessionManager", "s", "<userName>a</userName>"), "password: missing, Login requires it")
        self.bad(reconfigure("<extraConfig/>"), "spec/extraConfig[1]/key: missing, OptionValue requires it")
        self.bad(retrieve(""), "specSet: missing, RetrievePropertiesEx requires it", "options: missing")

    def test_wrong_xsi_type(self):
        self.bad(reconfigure(add_device(xsi_type=' xsi:type="VirtualMachineConfigSpec"')),
                 "spec/deviceChange[1]/device: xsi:type VirtualMachineConfigSpec is no VirtualDevice")
        self.bad(reconfigure(add_device(xsi_type=' xsi:type="VirtualPCIPassThrough"')),
                 "spec/deviceChange[1]/device: xsi:type 'VirtualPCIPassThrough' is no type")
        self.bad(reconfigure(extra('<value xsi:type="string">x</value>')), "spec/extraConfig[1]/value: xsi:type 'string' is no type")
        self.bad(reconfigure(extra('<value xsi:type="xs:string">x</value>')), "spec/extraConfig[1]/value: xsi:type 'xs:string': prefix")
        self.bad(reconfigure('<numCPUs xsi:type="xsd:long">2</numCPUs>'), "spec/numCPUs: xsi:type long is no int")

    def test_missing_xsi_type(self):
        self.bad(reconfigure(extra("<value>TRUE</value>")), "spec/extraConfig[1]/value: xsi:type is missing, AnyType is abstract")
        self.bad(reconfigure(add_device(backing(xsi_type=""))),
                 "spec/deviceChange[1]/device/backing: xsi:type is missing, VirtualDeviceBackingInfo is abstract")
        self.bad(reconfigure(add_device(xsi_type="")), "spec/deviceChange[1]/device: xsi:type is missing, VirtualDevice is abstract")

    def test_abstract_xsi_type(self):
        self.bad(reconfigure(add_device('<backing xsi:type="VirtualDeviceDeviceBackingInfo"><deviceName>x</deviceName></backing>')),
                 "spec/deviceChange[1]/device/backing: xsi:type VirtualDeviceDeviceBackingInfo is abstract")

    def test_selection_without_its_type(self):
        self.bad(retrieve(TRAVERSAL.replace(' xsi:type="TraversalSpec"', "")), *(
            f"specSet[1]/objectSet[1]/selectSet[1]/{name}: unknown element of SelectionSpec"
            for name in ("type", "path", "skip", "selectSet")))

    def test_wrong_reference(self):
        self.bad(call("ReconfigVM_Task", "HostSystem", "host-1", "<spec/>"), "_this: type HostSystem is no VirtualMachine")
        self.bad(call("CreateContainerView", "ViewManager", "v", '<container type="Datacentre">d</container><recursive>1</recursive>'),
                 "container: type 'Datacentre' is no managed object")
        self.bad(call("CreateContainerView", "ViewManager", "v", "<container>d</container><recursive>1</recursive>"),
                 "container: a reference without the attribute type")
        self.bad(call("RebootHost_Task", "HostSystem", "", "<force>true</force>"), "_this: the reference is empty")

    def test_this_comes_first(self):
        self.bad(envelope('<RebootHost_Task xmlns="urn:vim25"><force>true</force><_this type="HostSystem">h</_this></RebootHost_Task>'),
                 "_this: is not the first element", "_this: out of order")

    def test_unknown_method(self):
        self.bad(call("ReconfigVM", "VirtualMachine", "vm-1", "<spec/>"), "Body/ReconfigVM: unknown method")

    def test_integer_ranges(self):
        self.good(reconfigure(add_device(backing("-32634"))))
        self.bad(reconfigure(add_device(backing("32902"))),
                 "spec/deviceChange[1]/device/backing/vendorId: '32902' is outside -32768..32767")
        self.bad(reconfigure(add_device(backing("0x8086"))), "spec/deviceChange[1]/device/backing/vendorId: '0x8086' is no integer")
        self.good(reconfigure("<memoryMB>2147483648</memoryMB>"))
        self.bad(reconfigure("<numCPUs>2147483648</numCPUs>"), "spec/numCPUs: '2147483648' is outside")

    def test_other_simple_types(self):
        self.bad(passthru("<id>a</id><passthruEnabled>True</passthruEnabled>"), "config[1]/passthruEnabled: 'True' is no boolean")
        self.bad(reconfigure(add_device().replace(">add<", ">insert<")),
                 "spec/deviceChange[1]/operation: 'insert' is no VirtualDeviceConfigSpecOperation")
        self.good(reconfigure("<createDate>2024-02-29T12:00:00.5Z</createDate>"))
        self.bad(reconfigure("<createDate>2023-02-29T12:00:00Z</createDate>"), "spec/createDate: '2023-02-29T12:00:00Z' is no dateTime")
        self.bad(retrieve(TRAVERSAL.replace("<type>VirtualMachine<", "<type>VirtualMachin<")), "specSet[1]/propSet[1]/type:")

    def test_element_given_twice(self):
        self.bad(reconfigure("<numCPUs>2</numCPUs><numCPUs>2</numCPUs>"), "spec/numCPUs: more than once")
        self.bad(call("RebootHost_Task", "HostSystem", "h", "<force>1</force><force>1</force>"), "force: more than once")

    def test_attributes_and_text(self):
        self.bad(reconfigure('<numCPUs unit="x">2</numCPUs>'), "spec/numCPUs: attribute unit is not allowed here")
        self.bad(reconfigure('<numCPUs type="x">2</numCPUs>'), "spec/numCPUs: attribute type is not allowed here")
        self.bad(reconfigure("2"), "spec: text between elements")

    def test_envelope(self):
        self.bad(LOGIN.replace("/soap/envelope/", "/soap/envelop/"), "Envelope: the root is")
        self.bad(LOGIN.replace("urn:vim25", "urn:vim2"), "Body/Login: namespace is 'urn:vim2', not urn:vim25")
        self.bad(envelope(""), "Body: holds 0 elements, not one")
        self.bad(LOGIN.replace("</Login>", ""), "Envelope: not well-formed")
        self.bad(LOGIN.replace("<userName>", '<userName xmlns="">'), "userName: namespace is ''")
        self.bad(LOGIN.rstrip("\f\n"), "Envelope: no line with a form feed follows")

    def test_doctype_is_refused(self):
        self.bad(envelope("", '<!DOCTYPE x [<!ENTITY a "b">]>'), "Envelope: DOCTYPE is refused")

    # the program

    def run_main(self, *contents):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            files = [os.path.join(folder, f"{number}.txt") for number in range(len(contents))]
            for file, content in zip(files, contents):
                with open(file, "w", encoding="utf-8", newline="") as stream:
                    stream.write(content)
            status = check_requests.main(files)
        return status, out.getvalue().replace(folder + os.sep, "")

    def test_output_and_status(self):
        self.assertEqual((0, "3 requests, 2 methods, 0 problems\n"), self.run_main(LOGIN + LOGIN, retrieve(TRAVERSAL)))
        self.assertEqual((1, "0 requests, 0 methods, 0 problems\n"), self.run_main(""))
        status, out = self.run_main(LOGIN + reconfigure("<x/>"))
        self.assertEqual(1, status)
        self.assertEqual("0.txt: request 2 (ReconfigVM_Task): spec/x: unknown element of VirtualMachineConfigSpec\n"
                         "2 requests, 2 methods, 1 problems\n", out)

    def test_unreadable_file(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(2, check_requests.main(["/nonexistent/requests"]))


if __name__ == "__main__":
    unittest.main()
