package images

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bomPath is where an image holds its own bill of materials.
const bomPath = "usr/share/doc/ringmaster/sbom.cdx.json"

// goModules are the modules that a Go program was linked from, and the Go that compiled it.
func goModules(program string) ([]cdx.Component, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrProgram, program, err)
	}
	modules := []cdx.Component{component("golang", "stdlib", strings.TrimPrefix(info.GoVersion, "go"), nil)}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		modules = append(modules, component("golang", m.Path, m.Version, nil))
	}
	return modules, nil
}

func debianComponents(packages []*Package) (all []cdx.Component) {
	for _, p := range packages {
		all = append(all, component("deb", "debian/"+p.Name, p.Version, url.Values{"arch": {p.Architecture}}))
	}
	return all
}

func wheelComponents(t *Torch) (all []cdx.Component) {
	for _, w := range t.Wheels {
		c := component("pypi", w.Name, w.Version, nil)
		if w.SHA256 != "" {
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: w.SHA256}}
		}
		all = append(all, c)
	}
	return all
}

// component names a library by its package URL: pkg:KIND/NAME@VERSION?QUALIFIERS.
func component(kind, name, version string, qualifiers url.Values) cdx.Component {
	purl := "pkg:" + kind + "/" + strings.ReplaceAll(url.PathEscape(name), "%2F", "/") + "@" + url.QueryEscape(version)
	if len(qualifiers) > 0 {
		purl += "?" + qualifiers.Encode()
	}
	short := name[strings.LastIndexByte(name, '/')+1:]
	if kind == "golang" {
		short = name
	}
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: short, Version: version, PackageURL: purl}
}

// bill is the bill of materials of an image, the same bytes for the same materials: it has no
// serial number, and its time is the commit's.
func (s Set) bill(image string, materials []cdx.Component) ([]byte, error) {
	slices.SortFunc(materials, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	materials = slices.CompactFunc(materials, func(a, b cdx.Component) bool { return a.BOMRef == b.BOMRef })
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: s.Date.UTC().Format("2006-01-02T15:04:05Z"),
		Component: &cdx.Component{BOMRef: image, Type: cdx.ComponentTypeContainer, Name: image, Version: s.Version},
	}
	bom.Components = &materials
	var out bytes.Buffer
	err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return out.Bytes(), err
}
