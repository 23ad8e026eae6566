package main

import (
	"bytes"
	"fmt"
	"sync"
	"unsafe"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const pageSize = 1000 // of a reply whose caller set no limit

// collector adds paging to the simulator's property collector; there is one a session.
type collector struct {
	simulator.PropertyCollector

	rest  sync.Map // token -> page
	mu    sync.Mutex
	count int
}

type page struct {
	objects []types.ObjectContent
	size    int
}

func (c *collector) RetrievePropertiesEx(ctx *simulator.Context, r *types.RetrievePropertiesEx) soap.HasFault {
	res := c.PropertyCollector.RetrievePropertiesEx(ctx, r)
	body, ok := res.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return res
	}
	size := pageSize
	if r.Options.MaxObjects > 0 {
		size = int(r.Options.MaxObjects)
	}
	body.Res.Returnval = c.page(page{body.Res.Returnval.Objects, size})
	return body
}

// page is the first part of p, with a token for the others.
func (c *collector) page(p page) *types.RetrieveResult {
	result := &types.RetrieveResult{Objects: p.objects}
	if len(p.objects) > p.size {
		c.mu.Lock()
		c.count++
		result.Token = fmt.Sprint(c.count)
		c.mu.Unlock()
		result.Objects = p.objects[:p.size]
		c.rest.Store(result.Token, page{p.objects[p.size:], p.size})
	}
	for i := range result.Objects {
		for j := range result.Objects[i].PropSet {
			result.Objects[i].PropSet[j].Val = encodedOnce(result.Objects[i].PropSet[j].Val)
		}
	}
	return result
}

func badToken() *soap.Fault {
	return simulator.Fault("A specified parameter was not correct: token", &types.InvalidArgument{InvalidProperty: "token"})
}

func (c *collector) ContinueRetrievePropertiesEx(r *types.ContinueRetrievePropertiesEx) soap.HasFault {
	body := &methods.ContinueRetrievePropertiesExBody{}
	p, found := c.rest.LoadAndDelete(r.Token)
	if !found {
		body.Fault_ = badToken()
		return body
	}
	body.Res = &types.ContinueRetrievePropertiesExResponse{Returnval: *c.page(p.(page))}
	return body
}

func (c *collector) CancelRetrievePropertiesEx(r *types.CancelRetrievePropertiesEx) soap.HasFault {
	body := &methods.CancelRetrievePropertiesExBody{}
	if _, found := c.rest.LoadAndDelete(r.Token); !found {
		body.Fault_ = badToken()
		return body
	}
	body.Res = &types.CancelRetrievePropertiesExResponse{}
	return body
}

// encoded is a value whose XML is there already.
type encoded struct {
	kind  string
	inner []byte
}

func (v encoded) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = []xml.Attr{{Name: xml.Name{Local: "xsi:type"}, Value: v.kind}}
	return e.EncodeElement(struct {
		Inner []byte `xml:",innerxml"`
	}{v.inner}, start)
}

// Long lists are never changed, only replaced, so their first element identifies what they say. Hosts share
// most of them: without this, a bulk read spends its time on encoding the same text again.
var encodedLists sync.Map // unsafe.Pointer -> encoded

func encodedOnce(value interface{}) interface{} {
	var key unsafe.Pointer
	var kind string
	switch v := value.(type) {
	case *types.ArrayOfHostPciDevice:
		if len(v.HostPciDevice) > 0 {
			key, kind = unsafe.Pointer(&v.HostPciDevice[0]), "ArrayOfHostPciDevice"
		}
	case *types.ArrayOfHostPciPassthruInfo:
		if len(v.HostPciPassthruInfo) > 0 {
			key, kind = unsafe.Pointer(&v.HostPciPassthruInfo[0]), "ArrayOfHostPciPassthruInfo"
		}
	case *types.ArrayOfVirtualDevice:
		if len(v.VirtualDevice) > 0 {
			key, kind = unsafe.Pointer(&v.VirtualDevice[0]), "ArrayOfVirtualDevice"
		}
	case *types.ArrayOfOptionValue:
		if len(v.OptionValue) > 0 {
			key, kind = unsafe.Pointer(&v.OptionValue[0]), "ArrayOfOptionValue"
		}
	}
	if key == nil {
		return value
	}
	if known, found := encodedLists.Load(key); found {
		return known
	}
	var out bytes.Buffer
	e := xml.NewEncoder(&out)
	if e.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: "v"}}) != nil || e.Flush() != nil {
		return value
	}
	text := plainTypes(out.Bytes())
	made := encoded{kind, text[bytes.IndexByte(text, '>')+1 : bytes.LastIndex(text, []byte("</"))]}
	encodedLists.Store(key, made)
	return made
}
