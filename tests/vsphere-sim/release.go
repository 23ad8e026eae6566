package main

import (
	"github.com/vmware/govmomi/vim25/types"
)

type release struct {
	version, api, build string
	vcenterBuild        string
	hardware            string // of the virtual machines
	windows             string // what the release calls a Windows 11
	rebind              bool   // can give a function away without a reboot
}

var releases = map[string]release{
	"6.7":   {"6.7.0", "6.7.3", "14320388", "14367737", "vmx-15", "windows9_64Guest", false},
	"7.0.3": {"7.0.3", "7.0.3.0", "19193900", "19234570", "vmx-19", "windows9_64Guest", true},
	"8.0.2": {"8.0.2", "8.0.2.0", "22380479", "22385739", "vmx-20", "windows11_64Guest", true},
}

func (r release) isEight() bool { return r.version[0] == '8' }

func (r release) host() types.AboutInfo {
	return types.AboutInfo{
		Name: "VMware ESXi", FullName: "VMware ESXi " + r.version + " build-" + r.build, Vendor: "VMware, Inc.",
		Version: r.version, Build: r.build, LocaleVersion: "INTL", LocaleBuild: "000", OsType: "vmnix-x86",
		ProductLineId: "embeddedEsx", ApiType: "HostAgent", ApiVersion: r.api,
		LicenseProductName: "VMware ESX Server", LicenseProductVersion: r.version[:1] + ".0",
	}
}

func (r release) vcenter() types.AboutInfo {
	about := r.host()
	about.Name = "VMware vCenter Server"
	about.FullName = "VMware vCenter Server " + r.version + " build-" + r.vcenterBuild
	about.Build, about.OsType, about.ProductLineId = r.vcenterBuild, "linux-x64", "vpx"
	about.ApiType, about.LicenseProductName = "VirtualCenter", "VMware VirtualCenter Server"
	return about
}

func (o *options) licence() types.LicenseManagerLicenseInfo {
	major := o.release[:1]
	info := types.LicenseManagerLicenseInfo{
		LicenseKey: "11111-22222-33333-44444-55555", EditionKey: "esx.enterprisePlus.cpuPackageCoreLimited",
		Name: "vSphere " + major + " Enterprise Plus", Total: 2, Used: 1, CostUnit: "cpuPackageCoreLimited",
	}
	if o.free {
		info.EditionKey, info.Name = "esx.hypervisor.cpuPackageCoreLimited", "vSphere "+major+" Hypervisor"
		info.Properties = []types.KeyAnyValue{{Key: "feature",
			Value: types.KeyValue{Key: "vsmp:8", Value: "Up to 8-way virtual SMP"}}}
	}
	return info
}
