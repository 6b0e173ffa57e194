package images

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/textproto"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// largestPackage bounds what is unpacked into memory; libc6 has 13 MB.
const largestPackage = 256 << 20

// A Package is a Debian binary package.
type Package struct {
	Name, Version, Architecture string
	control                     []byte // its fields, as dpkg keeps them
	files                       Layer
}

// OpenPackage reads a .deb file by dpkg-deb.
func OpenPackage(ctx context.Context, file string) (*Package, error) {
	control, err := dpkgDeb(ctx, "--field", file)
	if err != nil {
		return nil, err
	}
	fields, err := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(control), strings.NewReader("\n")))).ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("%w %s: its control fields: %w", ErrPackage, file, err)
	}
	p := &Package{Name: fields.Get("Package"), Version: fields.Get("Version"), Architecture: fields.Get("Architecture"), control: control}
	if p.Name == "" || p.Version == "" {
		return nil, fmt.Errorf("%w %s: it has no name or no version", ErrPackage, file)
	}
	data, err := dpkgDeb(ctx, "--fsys-tarfile", file)
	if err != nil {
		return nil, err
	}
	if p.files, err = readTar(data); err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrPackage, file, err)
	}
	return p, nil
}

func dpkgDeb(ctx context.Context, action, file string) ([]byte, error) {
	if _, err := os.Stat(file); err != nil { // dpkg-deb's own words are less clear
		return nil, fmt.Errorf("%w: %w", ErrPackage, err)
	}
	out, err := exec.CommandContext(ctx, "dpkg-deb", action, file).Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, fmt.Errorf("%w %s: %s", ErrPackage, file, bytes.TrimSpace(exit.Stderr))
	case err != nil:
		return nil, fmt.Errorf("%w %s: %w", ErrPackage, file, err)
	case len(out) > largestPackage:
		return nil, fmt.Errorf("%w %s: it unpacks to %d MB, more than %d", ErrPackage, file, len(out)>>20, largestPackage>>20)
	}
	return out, nil
}

// readTar reads regular files and symbolic links, all below usr as a current Debian has them.
func readTar(data []byte) (Layer, error) {
	files := Layer{}
	for in := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		name := merged(path.Clean(strings.TrimPrefix(h.Name, "./")))
		switch h.Typeflag {
		case tar.TypeReg:
			b, err := io.ReadAll(in)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			files[name] = text(b, fs.FileMode(h.Mode)&fs.ModePerm) //nolint:gosec // masked to nine bits
		case tar.TypeSymlink:
			files[name] = symlink(h.Linkname)
		}
	}
}

// usrMerged are the folders that are links into usr since Debian 12.
var usrMerged = []string{"bin", "lib", "lib64", "sbin"}

// merged moves a path of an older package to where those links lead.
func merged(name string) string {
	if first, _, below := strings.Cut(name, "/"); below && slices.Contains(usrMerged, first) {
		return "usr/" + name
	}
	return name
}

// base is a Debian without programs: what programs expect to find, the licences, and the list
// of packages that scanners look for. Libraries are not in it.
func base(packages []*Package) (Layer, error) {
	l := Layer{
		"tmp":               folder(fs.ModeSticky|0o777, 0),
		"root":              folder(0o700, 0),
		"home/nonroot":      folder(0o750, nobody),
		"etc/passwd":        text([]byte("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"), 0o644),
		"etc/group":         text([]byte("root:x:0:\nnonroot:x:65532:\n"), 0o644),
		"etc/nsswitch.conf": text([]byte("passwd: files\ngroup: files\nhosts: files dns\n"), 0o644),
	}
	for _, name := range usrMerged {
		l[name] = symlink("usr/" + name)
		l["usr/"+name] = folder(0o755, 0)
	}
	for _, p := range packages {
		for name, e := range p.files {
			if keptOfDebian(name) {
				l[name] = e
			}
		}
		l["var/lib/dpkg/status.d/"+p.Name] = text(p.control, 0o644)
	}
	if _, known := l["usr/lib/os-release"]; !known {
		return nil, fmt.Errorf("%w: usr/lib/os-release, of the Debian package base-files", ErrMissing)
	}
	bundle, err := certificates(packages)
	if err != nil {
		return nil, err
	}
	l[bundlePath] = bundle
	return l, nil
}

func keptOfDebian(name string) bool {
	return path.Base(name) == "copyright" && strings.HasPrefix(name, "usr/share/doc/") ||
		strings.HasPrefix(name, "usr/share/common-licenses/") ||
		name == "etc/os-release" || name == "usr/lib/os-release" || name == "etc/debian_version"
}

// bundlePath is where programs look for the certificates of public authorities.
const bundlePath = "etc/ssl/certs/ca-certificates.crt"

// certificates is the bundle that the package ca-certificates makes when it is installed.
func certificates(packages []*Package) (entry, error) {
	all := Layer{}
	for _, p := range packages {
		for name, e := range p.files {
			if strings.HasPrefix(name, "usr/share/ca-certificates/") && strings.HasSuffix(name, ".crt") {
				all[name] = e
			}
		}
	}
	if len(all) == 0 {
		return entry{}, fmt.Errorf("%w: certificates, of the Debian package ca-certificates", ErrMissing)
	}
	var bundle bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b, err := all[name].read()
		if err != nil {
			return entry{}, err
		}
		bundle.Write(bytes.TrimRight(b, "\n"))
		bundle.WriteByte('\n')
	}
	return text(bundle.Bytes(), 0o644), nil
}
