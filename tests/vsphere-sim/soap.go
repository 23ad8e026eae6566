package main

import (
	"bytes"
	"net/http"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const (
	xmlHeader     = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	envelopeBegin = xmlHeader + `<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"` +
		` xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>`
	envelopeEnd = `</soapenv:Body></soapenv:Envelope>`
)

// plainTypes writes type attributes as vSphere does; the encoder has a prefix of its own for them.
func plainTypes(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte(` xmlns:XMLSchema-instance="http://www.w3.org/2001/XMLSchema-instance"`), nil)
	return bytes.ReplaceAll(text, []byte(" XMLSchema-instance:type="), []byte(" xsi:type="))
}

func envelope(code int, value interface{}, start xml.StartElement, before, after string) *recorder {
	rec := &recorder{header: make(http.Header), code: code}
	var inner bytes.Buffer
	e := xml.NewEncoder(&inner)
	if e.EncodeElement(value, start) != nil || e.Flush() != nil {
		rec.code = http.StatusBadRequest
		return rec
	}
	rec.body.WriteString(envelopeBegin + before)
	rec.body.Write(plainTypes(inner.Bytes()))
	rec.body.WriteString(after + envelopeEnd)
	return rec
}

func resultAnswer(result interface{}) *recorder {
	name := reflect.TypeOf(result).Elem().Name()
	return envelope(http.StatusOK, result, xml.StartElement{Name: xml.Name{Space: "urn:vim25", Local: name}}, "", "")
}

func faultAnswer(f *failure) *recorder {
	kind := reflect.TypeOf(f.fault).Elem().Name()
	var text bytes.Buffer
	_ = xml.EscapeText(&text, []byte(f.message))
	start := xml.StartElement{Name: xml.Name{Local: kind + "Fault"}, Attr: []xml.Attr{
		{Name: xml.Name{Local: "xmlns"}, Value: "urn:vim25"}, {Name: xml.Name{Local: "xsi:type"}, Value: kind}}}
	return envelope(http.StatusInternalServerError, f.fault, start,
		"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>"+text.String()+"</faultstring><detail>",
		"</detail></soapenv:Fault>")
}

// faultNamed is a fault of a type that a test names; it says no more than what object it is about.
func faultNamed(name string, object ref) *failure {
	if t, ok := types.TypeFunc()(name); ok {
		made := reflect.New(t)
		for _, field := range []string{"Object", "Obj"} {
			if f := made.Elem().FieldByName(field); f.IsValid() && f.Type() == reflect.TypeOf(object) {
				f.Set(reflect.ValueOf(object))
			}
		}
		if fault, ok := made.Interface().(types.BaseMethodFault); ok {
			return fail(fault, "Fault of the test: "+name)
		}
	}
	return fail(&types.RuntimeFault{}, "Fault of the test: "+name)
}
