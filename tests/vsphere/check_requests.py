#!/usr/bin/python3
"""Holds recorded vim25 SOAP requests against pyVmomi's ordered property lists.

    check_requests.py FILE...

A file holds SOAP 1.1 envelopes, each followed by a line with nothing but a form feed. A server of vSphere refuses elements in
the wrong order or under a wrong name; lenient decoders of simulators do not, so the order is checked here.

One line a problem, `FILE: request N (Method): path: what`; the last line counts. Exit status: 0 at least one request and no
problem, 1 problems or no request, 2 a file can't be read or wrong usage, 3 no pyVmomi (Debian: python3-pyvmomi).
"""
import base64
import binascii
import datetime
import functools
import re
import sys
from xml.parsers import expat

try:
    from pyVmomi import VmomiSupport as vmomi
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")  # a python3 beside the distribution's own does not look there
    try:
        from pyVmomi import VmomiSupport as vmomi
    except ImportError:
        sys.stderr.write("check_requests: no pyVmomi; Debian has it as python3-pyvmomi\n")
        sys.exit(3)

# What is newer than pyVmomi 6.7.1; an entry is passed over where the installed one has it already.
# (owner, property, the nearest earlier property that 6.7.1 has, type, optional)
NEWER_PROPERTIES = [
    # vSphere 8.0.1.0; in the WSDL it follows deviceGroups (8.0.0.1), all of which comes after migrateEncryption (6.5).
    ("VirtualMachineConfigSpec", "fixedPassthruHotPlugEnabled", "migrateEncryption", "boolean", True),
    # vSphere 7.0; govmomi 0.24.2 vim25/types/types.go has it in this place.
    ("HostPciPassthruConfig", "applyNow", "passthruEnabled", "boolean", True),
    # vSphere 7.0.2.0; the 8.0 WSDL's sequence is id, passthruEnabled, applyNow, hardwareLabel.
    ("HostPciPassthruConfig", "hardwareLabel", "applyNow", "string", True),
]
# (wsdl name, vmodl name, parent, properties in order: name, type, flags)
NEWER_TYPES = [
    # vSphere 7.0, both; govmomi 0.24.2 vim25/types/types.go.
    ("VirtualPCIPassthroughAllowedDevice", "vim.vm.device.VirtualPCIPassthrough.AllowedDevice", "vmodl.DynamicData", [
        ("vendorId", "int", 0), ("deviceId", "int", 0), ("subVendorId", "int", vmomi.F_OPTIONAL),
        ("subDeviceId", "int", vmomi.F_OPTIONAL), ("revisionId", "short", vmomi.F_OPTIONAL)]),
    ("VirtualPCIPassthroughDynamicBackingInfo", "vim.vm.device.VirtualPCIPassthrough.DynamicBackingInfo",
     "vim.vm.device.VirtualDevice.DeviceBackingInfo", [
         ("allowedDevice", "vim.vm.device.VirtualPCIPassthrough.AllowedDevice[]", vmomi.F_OPTIONAL),
         ("customLabel", "string", vmomi.F_OPTIONAL), ("assignedId", "string", vmomi.F_OPTIONAL)]),
]
# Neither pyVmomi nor the WSDL says which types are abstract. A type without properties that others extend is taken for one;
# these have properties and only their subtypes mean anything.
ABSTRACT = {"VirtualDevice", "VirtualController", "VirtualDeviceDeviceBackingInfo", "VirtualDeviceFileBackingInfo",
            "VirtualDevicePipeBackingInfo", "VirtualDeviceRemoteDeviceBackingInfo", "VirtualDeviceURIBackingInfo"}
CONCRETE = {"CryptoSpecNoOp", "FileQuery"}  # no properties, extended, and sent as they are all the same
# pyVmomi's base class still has them, the WSDL no longer.
GONE = {"dynamicType", "dynamicProperty"}

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
VIM = "urn:vim25"
XSD = vmomi.XMLNS_XSD
XSI_TYPE = (vmomi.XMLNS_XSI, "type")
MOREF = "ManagedObjectReference"
DEEPEST = 100

INTEGERS = {"byte": 8, "short": 16, "int": 32, "long": 64}
WSDL_STRINGS = {"TypeName", "MethodName", "PropertyPath", "Link"}  # types of pyVmomi's own, xsd:string in the WSDL


class Malformed(Exception):
    pass


class Element:
    def __init__(self, name, attributes, namespaces):
        self.namespace, self.name = split_name(name)
        self.attributes = {split_name(key): value for key, value in attributes.items()}
        self.namespaces = namespaces
        self.children = []
        self.text = ""


def split_name(name):
    namespace, _, local = name.rpartition(" ")
    return namespace, local


class TreeBuilder:
    """Unlike ElementTree it keeps the prefixes, which the value of xsi:type needs."""

    def __init__(self):
        self.root = None
        self.open = []
        self.scopes = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self.pending = {}

    def doctype(self, *_):
        raise Malformed("DOCTYPE is refused")

    def namespace(self, prefix, uri):
        self.pending[prefix or ""] = uri or ""

    def start(self, name, attributes):
        if len(self.open) >= DEEPEST:
            raise Malformed(f"more than {DEEPEST} elements deep")
        scope = {**self.scopes[-1], **self.pending} if self.pending else self.scopes[-1]
        self.pending = {}
        element = Element(name, attributes, scope)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self.scopes.append(scope)

    def end(self, _):
        self.open.pop()
        self.scopes.pop()

    def data(self, text):
        self.open[-1].text += text


def parse(document):
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartNamespaceDeclHandler = builder.namespace
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed(f"not well-formed: {error}") from error
    return builder.root


def declare_newer_types():
    for wsdl, vmodl, parent, properties in NEWER_TYPES:
        if (VIM, wsdl) not in vmomi._wsdlDefMap:
            version = vmomi.GetVmodlType("vmodl.DynamicData")._version
            definition = [(name, kind, version, flags) for name, kind, flags in properties]
            vmomi.CreateDataType(vmodl, wsdl, parent, version, definition)


declare_newer_types()
EXTENDED = {definition[2] for definition in vmomi._dataDefMap.values()}


def wsdl_type(namespace, name):
    """None where there is no such type. A name in the schema's namespace is never one of vim25's and the other way round."""
    try:
        if namespace == VIM and name == MOREF:
            return vmomi.ManagedObject
        if namespace == VIM and name == "ArrayOf" + MOREF:
            return vmomi.ManagedObject.Array
        return vmomi.GetWsdlType(namespace, name)
    except (KeyError, AttributeError):
        return None


def wsdl_name(kind):
    return MOREF if issubclass(kind, vmomi.ManagedObject) else vmomi.GetWsdlName(kind)


def is_data(kind):
    return issubclass(kind, vmomi.DataObject)


class Property:
    def __init__(self, name, kind, optional):
        self.name = name
        self.array = issubclass(kind, vmomi.Array)
        self.kind = kind.Item if self.array else kind
        if issubclass(self.kind, vmomi.GetVmodlType("vmodl.MethodFault")):
            self.kind = vmomi.GetWsdlType(VIM, "LocalizedMethodFault")  # how a fault travels inside data
        self.optional = optional


@functools.lru_cache(maxsize=None)
def properties(kind):
    """All properties of a data type in the order of the WSDL, the base class's first."""
    owners = {vmomi.GetWsdlName(base) for base in kind.__mro__ if is_data(base)}
    found = [Property(p.name, p.type, bool(p.flags & vmomi.F_OPTIONAL)) for p in kind._GetPropertyList() if p.name not in GONE]
    for owner, name, after, type_name, optional in NEWER_PROPERTIES:
        names = [p.name for p in found]
        if owner in owners and name not in names:
            found.insert(names.index(after) + 1, Property(name, vmomi.GetVmodlType(type_name), optional))
    return found


@functools.lru_cache(maxsize=None)
def is_abstract(kind):
    if kind is object or kind is vmomi.DataObject:
        return True
    if not is_data(kind) or wsdl_name(kind) in CONCRETE:
        return False
    return wsdl_name(kind) in ABSTRACT or (kind.__name__ in EXTENDED and not properties(kind))


def enum_values(kind):
    # kind.values is an iterator that pyVmomi has used up itself
    return vmomi._wsdlDefMap[vmomi.GetQualifiedWsdlName(kind)][3]


def check_integer(bits, text):
    if not re.fullmatch(r"[+-]?[0-9]{1,40}", text):
        return "is no integer"
    limit = 1 << (bits - 1)
    return None if -limit <= int(text) < limit else f"is outside {-limit}..{limit - 1}"


def check_date(text):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?", text, re.ASCII)
    try:
        datetime.datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S")
    except (TypeError, ValueError):
        return "is no dateTime"
    return None


def check_base64(text):
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return "is no base64"
    return None


def check_simple(kind, text):
    """What is wrong with the text of a simple type, or None. Strings are never wrong."""
    if issubclass(kind, vmomi.Enum):
        return None if text in enum_values(kind) else f"is no {wsdl_name(kind)}; known: {', '.join(enum_values(kind))}"
    name = wsdl_name(kind)
    stripped = text.strip(" \t\r\n")
    if name in INTEGERS:
        return check_integer(INTEGERS[name], stripped)
    if name == "boolean":
        return None if stripped in ("true", "false", "0", "1") else "is no boolean"
    if name in ("float", "double"):
        number = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|-?INF|NaN"
        return None if re.fullmatch(number, stripped) else "is no number"
    if name == "dateTime":
        return check_date(stripped)
    if name == "base64Binary":
        return check_base64(text)
    if name == "TypeName":
        return None if wsdl_type(VIM, text) else "is no known type"
    return None


def is_substitute(kind, declared):
    """May an element declared as `declared` carry xsi:type `kind`?"""
    if declared is object:
        return True
    if is_data(declared) or issubclass(declared, vmomi.ManagedObject):
        # which managed object it is stands in the attribute `type`
        return issubclass(kind, vmomi.ManagedObject if issubclass(declared, vmomi.ManagedObject) else declared)
    if issubclass(kind, (vmomi.Array, vmomi.DataObject, vmomi.ManagedObject)) or kind is object:
        return False
    name, wanted = wsdl_name(kind), wsdl_name(declared)
    if name in INTEGERS and wanted in INTEGERS:
        return INTEGERS[name] <= INTEGERS[wanted]  # XML Schema derives int from long, short from int, byte from short
    return name == wanted or (wanted in WSDL_STRINGS and name == "string")


def shown(text):
    return repr(text if len(text) <= 60 else text[:57] + "...")


class RequestChecker:
    def __init__(self):
        self.method = "?"
        self.problems = []

    def say(self, path, what):
        self.problems.append((path, what))

    def check(self, document):
        try:
            root = parse(document)
        except Malformed as error:
            return self.say("Envelope", str(error))
        return self.check_envelope(root)

    def check_envelope(self, envelope):
        if (envelope.namespace, envelope.name) != (SOAP, "Envelope"):
            return self.say("Envelope", f"the root is {{{envelope.namespace}}}{envelope.name}, not SOAP 1.1's Envelope")
        self.check_frame(envelope, "Envelope")
        parts = [(child.namespace, child.name) for child in envelope.children]
        if parts not in ([(SOAP, "Body")], [(SOAP, "Header"), (SOAP, "Body")]):
            return self.say("Envelope", "holds other than an optional Header and one Body in SOAP's namespace")
        body = envelope.children[-1]
        self.check_frame(body, "Body")
        if len(body.children) != 1:
            return self.say("Body", f"holds {len(body.children)} elements, not one")
        return self.check_method(body.children[0])

    def check_frame(self, element, path, attributes=()):
        """What holds for every element that has children: no text, no attributes."""
        if element.text.strip():
            self.say(path, "text between elements")
        for namespace, name in element.attributes:
            if (namespace, name) not in attributes:
                self.say(path, f"attribute {name} is not allowed here")

    def check_method(self, call):
        self.method = call.name
        self.check_frame(call, "Body/" + call.name)
        if call.namespace != VIM:
            return self.say("Body/" + call.name, f"namespace is {call.namespace!r}, not {VIM}")
        try:
            info = vmomi.GetWsdlMethod(VIM, call.name).info
        except KeyError:
            return self.say("Body/" + call.name, "unknown method")
        if not call.children or call.children[0].name != "_this":
            self.say("_this", "is not the first element")
        parameters = [Property(p.name, p.type, bool(p.flags & vmomi.F_OPTIONAL)) for p in info.params]
        return self.check_sequence(call, [Property("_this", info.type, False)] + parameters, "", call.name)

    def check_sequence(self, element, expected, path, owner):
        """Children known, in order, none too often, none missing; then each of them."""
        places = {p.name: place for place, p in enumerate(expected)}
        reached, counts = -1, {}
        for child in element.children:
            counts[child.name] = counts.get(child.name, 0) + 1
            place = places.get(child.name)
            here = self.path_of(path, child.name, counts, place is not None and expected[place].array)
            if child.namespace != VIM:
                self.say(here, f"namespace is {child.namespace!r}, not {VIM}")
            if place is None:
                self.say(here, f"unknown element of {owner}")
                continue
            if counts[child.name] > 1 and not expected[place].array:
                self.say(here, "more than once")
            elif place < reached:
                self.say(here, f"out of order: must come before {expected[reached].name}")
            reached = max(reached, place)
            self.check_value(child, expected[place].kind, here)
        for wanted in expected:
            if not wanted.optional and wanted.name not in counts:
                self.say(self.path_of(path, wanted.name, {}, False), f"missing, {owner} requires it")

    @staticmethod
    def path_of(path, name, counts, array):
        step = f"{name}[{counts[name]}]" if array else name
        return f"{path}/{step}" if path else step

    def check_value(self, element, declared, path):
        kind = self.actual_type(element, declared, path)
        if kind is None:
            return
        if issubclass(kind, vmomi.ManagedObject):
            self.check_reference(element, declared, path)
        elif issubclass(kind, vmomi.Array):
            self.check_frame(element, path, {XSI_TYPE})
            item = "anyType" if kind.Item is object else wsdl_name(kind.Item)
            self.check_sequence(element, [Property(item, kind, True)], path, "the array")
        elif is_data(kind):
            self.check_frame(element, path, {XSI_TYPE})
            self.check_sequence(element, properties(kind), path, wsdl_name(kind))
        else:
            self.check_text(element, kind, path)

    def actual_type(self, element, declared, path):
        """The type an element is to be read as; None, after a word about it, where there is none."""
        written = element.attributes.get(XSI_TYPE)
        if written is None:
            if is_abstract(declared):
                name = "AnyType" if declared is object else wsdl_name(declared)
                self.say(path, f"xsi:type is missing, {name} is abstract")
                return None
            return declared
        return self.written_type(element, written.strip(), declared, path)

    def written_type(self, element, written, declared, path):
        prefix, _, name = written.rpartition(":")
        namespace = element.namespaces.get(prefix)
        if prefix and namespace is None:
            return self.say(path, f"xsi:type {shown(written)}: prefix without a namespace")
        kind = wsdl_type(namespace, name)
        if kind is None or kind is type(None):
            return self.say(path, f"xsi:type {shown(written)} is no type in namespace {namespace!r}")
        if issubclass(kind, vmomi.ManagedObject) and name != MOREF:
            return self.say(path, f"xsi:type {name} is a managed object; {MOREF} is the type, {name} its attribute `type`")
        if is_abstract(kind):
            return self.say(path, f"xsi:type {name} is abstract")
        if not is_substitute(kind, declared):
            return self.say(path, f"xsi:type {name} is no {wsdl_name(declared)}")
        return kind

    def check_reference(self, element, declared, path):
        self.check_leaf(element, path, {XSI_TYPE, ("", "type")})
        if not element.text or element.text != element.text.strip():
            self.say(path, "the reference is empty or has blanks around it")
        name = element.attributes.get(("", "type"))
        if name is None:
            return self.say(path, "a reference without the attribute type")
        kind = wsdl_type(VIM, name)
        if kind is None or name == MOREF or not issubclass(kind, vmomi.ManagedObject):
            return self.say(path, f"type {shown(name)} is no managed object")
        if declared is not object and not issubclass(kind, declared):
            self.say(path, f"type {name} is no {vmomi.GetWsdlName(declared)}")
        return None

    def check_text(self, element, kind, path):
        self.check_leaf(element, path, {XSI_TYPE})
        wrong = check_simple(kind, element.text)
        if wrong:
            self.say(path, f"{shown(element.text)} {wrong}")

    def check_leaf(self, element, path, attributes):
        for namespace, name in element.attributes:
            if (namespace, name) not in attributes:
                self.say(path, f"attribute {name} is not allowed here")
        if element.children:
            self.say(path, f"holds the element {element.children[0].name}, not text alone")


def records(content):
    """The documents of a file, and whether the last one lacks its form feed."""
    parts = re.split(rb"(?:\A|(?<=\n))\x0c\r?(?:\n|\Z)", content)
    cut_off = bool(parts[-1].strip())
    return (parts if cut_off else parts[:-1]), cut_off


def check_content(content):
    """For every request its method and its problems as (path, what)."""
    documents, cut_off = records(content)
    results = []
    for document in documents:
        checker = RequestChecker()
        checker.check(document)
        results.append((checker.method, checker.problems))
    if cut_off:
        results[-1][1].append(("Envelope", "no line with a form feed follows"))
    return results


def main(files):
    if not files:
        sys.stderr.write("usage: check_requests.py FILE...\n")
        return 2
    requests, methods, problems = 0, set(), 0
    for file in files:
        try:
            with open(file, "rb") as stream:
                content = stream.read()
        except OSError as error:
            sys.stderr.write(f"check_requests: {file}: {error.strerror}\n")
            return 2
        for number, (method, found) in enumerate(check_content(content), 1):
            requests += 1
            methods.add(method)
            problems += len(found)
            for path, what in found:
                print(f"{file}: request {number} ({method}): {path}: {what}")
    print(f"{requests} requests, {len(methods)} methods, {problems} problems")
    return 0 if requests and not problems else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
