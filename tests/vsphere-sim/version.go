package main

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(x) || i < len(y); i++ {
		var m, n int
		if i < len(x) {
			m, _ = strconv.Atoi(x[i])
		}
		if i < len(y) {
			n, _ = strconv.Atoi(y[i])
		}
		if m != n {
			return m - n
		}
	}
	return 0
}

// A caller that speaks an older version of the API neither sees what came later nor may send it. Of what is
// simulated here, applyNow and the capability that tells of it came with 7.0.
func tooNew(version, method string, body []byte) *failure {
	if compareVersions(version, "7.0") >= 0 || method != "UpdatePassthruConfig" || !bytes.Contains(body, []byte("applyNow>")) {
		return nil
	}
	return fail(&types.InvalidRequest{}, "Unexpected element tag \"applyNow\" seen\n"+
		"while parsing serialized DataObject of type vim.host.PciPassthruConfig")
}

func onlyKnown(version string, rec *recorder) *recorder {
	if compareVersions(version, "7.0") >= 0 {
		return rec
	}
	const tag = "deviceRebindWithoutRebootSupported>"
	if text := rec.body.Bytes(); bytes.Contains(text, []byte(tag)) {
		text = bytes.ReplaceAll(text, []byte("<"+tag+"true</"+tag), nil)
		rec.body = *bytes.NewBuffer(text)
	}
	return rec
}
