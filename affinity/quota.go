package affinity

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// Quota is how many cores' worth of time the control groups of this process leave it, as
// containers are given it (docker --cpus, a Kubernetes limit): 1.5 is one and a half cores.
// limited is false where no group has a quota.
//
// root is the machine's file system (os.DirFS("/")), read at proc/self/cgroup,
// proc/self/mountinfo and where that says that the cpu controllers are: version 1, version
// 2, or both. A group's quota holds for all groups in it, so the smallest of those from the
// process's own up to the top counts. What is not there, or not understood, limits nothing.
func Quota(root fs.FS) (cores float64, limited bool) {
	cores = smallest(root, "cpu", func(v version, dir string) float64 { return v.quota(root, dir) })
	return cores, !math.IsInf(cores, 1)
}

// smallest is the smallest of what a controller's groups limit something to, from the process's own
// up to the top; infinite where none does.
func smallest(root fs.FS, controller string, limit func(v version, dir string) float64) float64 {
	least := math.Inf(1)
	groups := ownGroups(root, controller)
	for _, m := range mounts(root, controller) {
		own, ok := groups[m.version]
		if !ok {
			continue
		}
		for dir := m.folderOf(own); ; dir = path.Dir(dir) {
			least = min(least, limit(m.version, dir))
			if dir == m.point || len(dir) <= len(m.point) {
				break
			}
		}
	}
	return least
}

// version is one of the two interfaces of control groups.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// quota is a group's own quota in cores, infinite where it has none.
func (v version) quota(root fs.FS, dir string) float64 {
	var quota, period string
	if v == v2 { // "max 100000" or "150000 100000", in microseconds
		quota, period, _ = strings.Cut(content(root, path.Join(dir, "cpu.max")), " ")
	} else { // −1 is none
		quota, period = content(root, path.Join(dir, "cpu.cfs_quota_us")), content(root, path.Join(dir, "cpu.cfs_period_us"))
	}
	q, err := strconv.ParseFloat(quota, 64)
	p, bad := strconv.ParseFloat(period, 64)
	if err != nil || bad != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return q / p
}

// ownGroups are the paths of the process's groups that a controller may be in.
func ownGroups(root fs.FS, controller string) map[version]string {
	groups := map[version]string{}
	for line := range strings.Lines(content(root, "proc/self/cgroup")) {
		// hierarchy:controllers:path; version 2 is hierarchy 0 and names no controllers.
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(parts) < 3:
		case parts[0] == "0" && parts[1] == "":
			groups[v2] = parts[2]
		case has(parts[1], controller):
			groups[v1] = parts[2]
		}
	}
	return groups
}

// mount is where a tree of groups is seen.
type mount struct {
	version
	group string // the group that stands at point
	point string // without the leading slash
}

// mounts are those of the trees that a controller may be in.
func mounts(root fs.FS, controller string) (found []mount) {
	for line := range strings.Lines(content(root, "proc/self/mountinfo")) {
		// id parent device ROOT POINT options [tags…] - TYPE source SUPEROPTIONS
		before, after, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		where, what := strings.Fields(before), strings.Fields(after)
		if !ok || len(where) < 5 || len(what) < 3 {
			continue
		}
		m := mount{group: unescaped(where[3]), point: strings.TrimPrefix(path.Clean(unescaped(where[4])), "/")}
		switch {
		case what[0] == "cgroup2":
			m.version = v2
		case what[0] == "cgroup" && has(what[2], controller):
			m.version = v1
		default:
			continue
		}
		found = append(found, m)
	}
	return found
}

// folderOf is a group's folder in the mount. One that is not below the mount's own, as a
// container sees it whose groups have a name space of their own, is taken for that one.
func (m mount) folderOf(group string) string {
	if m.group == "/" {
		group = path.Join("/", group)
	} else {
		below, inside := strings.CutPrefix(path.Clean(group), path.Clean(m.group))
		if !inside || below != "" && !strings.HasPrefix(below, "/") {
			return m.point
		}
		group = below
	}
	return path.Join(m.point, group)
}

// has says whether a list with commas has a word.
func has(list, word string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if part == word {
			return true
		}
	}
	return false
}

// unescaped undoes how mountinfo writes blanks in a path: \040.
func unescaped(s string) string {
	for _, c := range []string{" ", "\t", "\n", `\`} {
		s = strings.ReplaceAll(s, `\`+octal(c[0]), c)
	}
	return s
}

func octal(b byte) string {
	digits := strconv.FormatUint(uint64(b), 8)
	return strings.Repeat("0", 3-len(digits)) + digits
}

// content is a small file's text without blanks around it, or empty.
func content(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
