//go:build linux

package affinity_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"ringmaster/affinity"
)

// asked makes the test binary a child that says which cores it has.
const asked = "AFFINITY_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(inGroup); dir != "" {
		allowedInGroup(dir)
		return
	}
	if os.Getenv(asked) != "" {
		cores, err := affinity.Cores()
		fmt.Println(cores, runtime.GOMAXPROCS(0), err)
		return
	}
	os.Exit(m.Run())
}

func TestAChildIsBoundAndItsParentIsNot(t *testing.T) {
	before, err := affinity.Cores()
	if err != nil {
		t.Fatal(err)
	}
	last := before[len(before)-1]
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asked+"=1", "GOMAXPROCS=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // so that it is this thread's affinity that is looked at below
	defer runtime.UnlockOSThread()
	if err := affinity.Start(cmd, last); err != nil {
		t.Fatal(err)
	}
	var got string
	line := make([]byte, 200)
	n, _ := out.Read(line)
	got = string(line[:n])
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintln([]int{last}, 1, error(nil)); got != want {
		t.Errorf("the child has cores, GOMAXPROCS, error %q, want %q", got, want)
	}
	after, err := affinity.Cores()
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("cores of the parent were %v and are %v, %v", before, after, err)
	}
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if err := affinity.Start(exec.Command("/no/such/program"), 0); err == nil {
		t.Error("no error")
	}
}

func TestPortion(t *testing.T) {
	for _, c := range []struct {
		cores []int
		parts int
		want  string
	}{
		{[]int{0, 1}, 2, "[[0] [1]]"},
		{[]int{2, 3, 6, 7, 9}, 2, "[[2 3] [6 7 9]]"},
		{[]int{0, 1, 2, 3}, 3, "[[0] [1] [2 3]]"},
		{[]int{4, 5}, 1, "[[4 5]]"},
		{[]int{4, 5}, 3, "[[4] [4] [5]]"},
	} {
		var got [][]int
		for part := range c.parts {
			got = append(got, affinity.Portion(c.cores, part, c.parts))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%d parts of %v are %v, want %s", c.parts, c.cores, got, c.want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct{ cores, want []int }{
		{[]int{0, 1}, []int{0, 0, 1, 1}},
		{[]int{2, 3, 6, 7}, []int{2, 3, 6, 7}},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7}, []int{0, 2, 4, 6}},
		{[]int{5}, []int{5, 5, 5, 5}},
	} {
		var got []int
		for part := range 4 {
			got = append(got, affinity.Share(c.cores, part, 4))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("4 parts of %v are %v, want %v", c.cores, got, c.want)
		}
	}
}
