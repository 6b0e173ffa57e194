package affinity_test

import (
	"testing"
	"testing/fstest"

	"ringmaster/affinity"
)

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct {
		name, cgroup, mountinfo string
		files                   map[string]string
		want                    int64 // 0: none
	}{
		{name: "nothing there"},
		{name: "v2, none", cgroup: "0::/a\n", mountinfo: v2Mount, files: map[string]string{"sys/fs/cgroup/a/memory.max": "max\n"}},
		{name: "v2, a group above has less", cgroup: "0::/a/b\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/b/memory.max": "2147483648\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"}, want: 1 << 30},
		{name: "v1", cgroup: "4:cpu,cpuacct:/box\n3:memory:/m\n", mountinfo: memoryMount + v1Mount,
			files: map[string]string{"sys/fs/cgroup/memory/m/memory.limit_in_bytes": "536870912\n"}, want: 512 << 20},
		{name: "v1, none", cgroup: "3:memory:/m\n", mountinfo: memoryMount,
			files: map[string]string{"sys/fs/cgroup/memory/m/memory.limit_in_bytes": "9223372036854771712\n"}},
		{name: "nonsense", cgroup: "0::/a\n", mountinfo: v2Mount, files: map[string]string{"sys/fs/cgroup/a/memory.max": "-5\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{
				"proc/self/cgroup":    {Data: []byte(c.cgroup)},
				"proc/self/mountinfo": {Data: []byte(c.mountinfo)},
			}
			for name, text := range c.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got, limited := affinity.MemoryLimit(root); got != c.want || limited != (c.want > 0) {
				t.Errorf("%d %t, want %d", got, limited, c.want)
			}
		})
	}
}
