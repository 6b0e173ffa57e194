package gpus

import (
	"testing"
	"testing/fstest"
)

func TestVisible(t *testing.T) {
	four := fstest.MapFS{"nvidia0": {}, "nvidia1": {}, "nvidia2": {}, "nvidia3": {}, "nvidiactl": {}, "nvidia-uvm": {}, "null": {}}
	for _, test := range []struct {
		dev   fstest.MapFS
		shown string
		set   bool
		want  int
	}{
		{fstest.MapFS{"null": {}}, "", false, 0},
		{fstest.MapFS{"null": {}}, "0,1", true, 0},
		{four, "", false, 4},
		{four, "", true, 0},
		{four, "-1", true, 0},
		{four, "2", true, 1},
		{four, "0, 3", true, 2},
		{four, "0,7,1", true, 1},
		{four, "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", true, 1},
	} {
		got := visible(test.dev, func(string) (string, bool) { return test.shown, test.set })
		if got != test.want {
			t.Errorf("%d device files, %q (set: %v): %d GPUs, want %d", len(test.dev), test.shown, test.set, got, test.want)
		}
	}
}
