//go:build linux

package affinity_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/affinity"
)

// inGroup has the test binary enter a control group and say what it is allowed there.
const inGroup = "AFFINITY_TEST_GROUP"

// allowedInGroup is what the test binary does in the group.
func allowedInGroup(dir string) {
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), fmt.Append(nil, os.Getpid()), 0); err != nil {
		fmt.Println(err)
		return
	}
	own, err := affinity.Own()
	fmt.Println(own.Quota, own.Count(), err)
}

// TestTheKernelsOwnQuota makes groups with quotas, one in another, and asks in them.
func TestTheKernelsOwnQuota(t *testing.T) {
	outer, set := newGroup(t)
	inner := filepath.Join(outer, "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(inner) }) // before the outer one, which is registered earlier
	ask := func(dir string) string {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), inGroup+"="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	own, err := affinity.Own()
	if err != nil {
		t.Fatal(err)
	}
	if own.Limited() || len(own.Cores) < 2 {
		t.Skipf("SKIPPED: this process has %d cores and a quota of %v already, so another is not tried", len(own.Cores), own.Quota)
	}
	for _, quota := range []float64{1, 1.5} {
		set(outer, quota)
		want := fmt.Sprint(quota, max(1, int(quota)), error(nil))
		for _, dir := range []string{outer, inner} {
			if got := ask(dir); got != want {
				t.Errorf("in %s, with a quota of %v in %s: quota, count, error are %q, want %q", dir, quota, outer, got, want)
			}
		}
	}
	set(outer, math.Inf(1))
	if got, want := ask(inner), fmt.Sprint(math.Inf(1), len(own.Cores), error(nil)); got != want {
		t.Errorf("without a quota: %q, want %q", got, want)
	}
}

// newGroup makes a group of the cpu controller, and says how its quota is set.
func newGroup(t *testing.T) (dir string, set func(dir string, cores float64)) {
	t.Helper()
	write := func(text string, name ...string) error {
		return os.WriteFile(filepath.Join(name...), []byte(text), 0)
	}
	var why []string
	for _, parent := range []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"} {
		dir, err := os.MkdirTemp(parent, "ringmaster-test-*")
		if err != nil {
			why = append(why, err.Error())
			continue
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Errorf("a control group is left behind: %v", err)
			}
		})
		if _, err := os.Stat(filepath.Join(dir, "cpu.cfs_quota_us")); err == nil {
			return dir, func(dir string, cores float64) {
				quota := "-1"
				if !math.IsInf(cores, 1) {
					quota = fmt.Sprint(int(cores * 100000))
				}
				if err := write(quota, dir, "cpu.cfs_quota_us"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "cpu.max")); err == nil {
			return dir, func(dir string, cores float64) {
				quota := "max"
				if !math.IsInf(cores, 1) {
					quota = fmt.Sprint(int(cores * 100000))
				}
				if err := write(quota+" 100000", dir, "cpu.max"); err != nil {
					t.Fatal(err)
				}
			}
		}
		why = append(why, parent+" has no cpu controller for new groups")
	}
	t.Skipf("SKIPPED: no control group with a CPU quota can be made here, so the kernel's own files are not read: %s", strings.Join(why, "; "))
	return "", nil
}
