package affinity_test

import (
	"math"
	"testing"
	"testing/fstest"

	"ringmaster/affinity"
)

// Lines as machines have them.
const (
	v2Mount     = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	v1Mount     = "33 32 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
	memoryMount = "34 32 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory\n"
	hybridMount = "31 32 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw\n"
)

func TestQuota(t *testing.T) {
	for _, c := range []struct {
		name, cgroup, mountinfo string
		files                   map[string]string
		want                    float64
	}{
		{name: "nothing there", want: math.Inf(1)},
		{name: "v2, no quota", cgroup: "0::/user.slice\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/user.slice/cpu.max": "max 100000\n"}, want: math.Inf(1)},
		{name: "v2, the default period", cgroup: "0::/a\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/cpu.max": "150000 100000\n"}, want: 1.5},
		{name: "v2, another period", cgroup: "0::/a\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/cpu.max": "10000 20000\n"}, want: 0.5},
		{name: "v2, a group above has less", cgroup: "0::/kubepods/pod/box\n", mountinfo: v2Mount,
			files: map[string]string{
				"sys/fs/cgroup/kubepods/pod/box/cpu.max": "400000 100000\n",
				"sys/fs/cgroup/kubepods/pod/cpu.max":     "200000 100000\n",
				"sys/fs/cgroup/kubepods/cpu.max":         "max 100000\n",
			}, want: 2},
		{name: "v2, a group above has more", cgroup: "0::/a/b\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/b/cpu.max": "100000 100000\n", "sys/fs/cgroup/a/cpu.max": "300000 100000\n"}, want: 1},
		{name: "v2, a container with a name space of its own", cgroup: "0::/\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/cpu.max": "250000 100000\n"}, want: 2.5},
		{name: "v2, seen from outside the name space", cgroup: "0::/../other\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/cpu.max": "100000 100000\n"}, want: 1},
		{name: "v1", cgroup: "4:cpu,cpuacct:/box\n3:memory:/m\n", mountinfo: memoryMount + v1Mount,
			files: map[string]string{
				"sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "100000\n", "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
			}, want: 1},
		{name: "v1, no quota", cgroup: "4:cpu,cpuacct:/box\n", mountinfo: v1Mount,
			files: map[string]string{
				"sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
			}, want: math.Inf(1)},
		{name: "v1, the quota of the group above", cgroup: "4:cpu,cpuacct:/a/b\n", mountinfo: v1Mount,
			files: map[string]string{
				"sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
				"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "75000\n", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "50000\n",
			}, want: 1.5},
		{name: "v1, a container's mount of its own group", cgroup: "4:cpu,cpuacct:/docker/0123\n",
			mountinfo: "33 32 0:30 /docker/0123 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n",
			files: map[string]string{
				"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
			}, want: 2},
		{name: "v1, a group in the container", cgroup: "4:cpu:/docker/0123/inner\n",
			mountinfo: "33 32 0:30 /docker/0123 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
			files: map[string]string{
				"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
				"sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us": "50000", "sys/fs/cgroup/cpu/inner/cpu.cfs_period_us": "100000",
			}, want: 0.5},
		{name: "hybrid: the controller is in version 1", cgroup: "4:cpu:/box\n0::/elsewhere\n",
			mountinfo: hybridMount + "33 32 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n",
			files: map[string]string{
				"sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "300000", "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000",
			}, want: 3},
		{name: "a name with another beginning is another group", cgroup: "4:cpu:/docker/0123456\n",
			mountinfo: "33 32 0:30 /docker/0123 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
			files: map[string]string{
				"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
			}, want: 2},
		{name: "a cpuset is no cpu controller", cgroup: "5:cpuset:/box\n",
			mountinfo: "33 32 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n",
			files:     map[string]string{"sys/fs/cgroup/cpuset/box/cpu.cfs_quota_us": "1", "sys/fs/cgroup/cpuset/box/cpu.cfs_period_us": "1"}, want: math.Inf(1)},
		{name: "blanks in the mount point", cgroup: "0::/\n", mountinfo: `30 23 0:26 / /odd\040place rw - cgroup2 cgroup2 rw` + "\n",
			files: map[string]string{"odd place/cpu.max": "100000 100000"}, want: 1},
		{name: "not understood", cgroup: "rubbish\n0::/a\n", mountinfo: "rubbish\n" + v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/cpu.max": "many few\n", "sys/fs/cgroup/cpu.max": "100000\n"}, want: math.Inf(1)},
		{name: "a period of nothing", cgroup: "0::/a\n", mountinfo: v2Mount,
			files: map[string]string{"sys/fs/cgroup/a/cpu.max": "100000 0\n"}, want: math.Inf(1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			put := func(name, text string) { root[name] = &fstest.MapFile{Data: []byte(text)} }
			if c.cgroup != "" {
				put("proc/self/cgroup", c.cgroup)
				put("proc/self/mountinfo", c.mountinfo)
			}
			for name, text := range c.files {
				put(name, text)
			}
			got, limited := affinity.Quota(root)
			if got != c.want || limited != !math.IsInf(c.want, 1) {
				t.Errorf("the quota is %v (limited: %v), want %v", got, limited, c.want)
			}
		})
	}
}

func TestAllowance(t *testing.T) {
	cores := func(n int) (list []int) {
		for i := range n {
			list = append(list, i)
		}
		return list
	}
	none := math.Inf(1)
	for _, c := range []struct {
		cores   int
		quota   float64
		count   int
		parts   int
		threads []int // of each part
	}{
		{4, none, 4, 2, []int{2, 2}},
		{4, 4, 4, 2, []int{2, 2}},
		{4, 8, 4, 3, []int{1, 1, 2}},
		{64, 4, 4, 2, []int{2, 2}},
		{64, 4, 4, 3, []int{1, 1, 2}},
		{2, 1, 1, 1, []int{1}},
		{2, 1, 1, 2, []int{1, 1}},
		{2, 1.5, 1, 1, []int{1}},
		{8, 2.9, 2, 1, []int{2}},
		{8, 0.2, 1, 1, []int{1}},
		{1, none, 1, 3, []int{1, 1, 1}},
	} {
		a := affinity.Allowance{Cores: cores(c.cores), Quota: c.quota}
		if got := a.Count(); got != c.count {
			t.Errorf("%d cores with a quota of %v count as %d, want %d", c.cores, c.quota, got, c.count)
		}
		for part, want := range c.threads {
			if _, got := a.Part(part, c.parts); got != want {
				t.Errorf("part %d of %d of %d cores with a quota of %v has %d threads, want %d", part, c.parts, c.cores, c.quota, got, want)
			}
		}
	}
}
