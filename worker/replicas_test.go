package worker

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ringmaster/model"
	"ringmaster/model/torch"
)

// A rank with two devices walks the path of a rank with one, alone and on a ring, and
// its replicas stay equal (train asks for hashes, which compares them).
func TestSeveralDevicesWalkTheSamePath(t *testing.T) {
	const steps = 9
	for world := 1; world <= 2; world++ {
		one, _ := newMemoryWorld(t, world, "float32").train(steps, true)
		c := newMemoryWorldOn(t, world, "float32", "cpu,cpu")
		losses, hashes := c.train(steps, true)
		for n := range losses {
			if math.Abs(losses[n]-one[n]) > 1e-6*math.Max(1, one[n]) {
				t.Errorf("world %d, step %d: loss %v, with one device %v", world, n, losses[n], one[n])
			}
		}
		for rank, e := range c.ranks {
			for i, m := range e.stage.replicas {
				h, err := m.ParameterHash()
				if err != nil {
					t.Fatal(err)
				}
				if len(e.stage.replicas) != 2 || h != hashes[steps-1] {
					t.Errorf("rank %d, replica %d of %d has hash %s, want %s", rank, i, len(e.stage.replicas), h, hashes[steps-1])
				}
			}
		}
	}
}

func TestReplicasThatCameApartAreFound(t *testing.T) {
	c := newMemoryWorldOn(t, 1, "float32", "cpu,cpu")
	st, err := c.ranks[0].stage.replicas[1].State()
	if err != nil {
		t.Fatal(err)
	}
	st.Parameters[100] += 1e-3
	if err := c.ranks[0].stage.replicas[1].SetState(st); err != nil {
		t.Fatal(err)
	}
	_, errs := c.trainStep(context.Background(), deal(0, 1, batchOf(0), false))
	if !errors.Is(errs[0], ErrReplica) || !strings.Contains(errs[0].Error(), "replica 1 (cpu") {
		t.Errorf("got %v", errs[0])
	}
}

func TestLossOfASecondReplicaThatIsNotFinite(t *testing.T) {
	c := newMemoryWorldOn(t, 1, "float32", "cpu,cpu")
	second := c.ranks[0].stage.replicas[1]
	st, err := second.State()
	if err != nil {
		t.Fatal(err)
	}
	st.Parameters[len(st.Parameters)-1] = float32(math.Inf(1))
	if err := second.SetState(st); err != nil {
		t.Fatal(err)
	}
	orders := deal(0, 1, batchOf(1), false)
	orders[0].Hash = false // the two do differ
	done, errs := c.trainStep(context.Background(), orders)
	if errs[0] != nil || done[0].NotFinite == nil || !strings.Contains(done[0].NotFinite.Reason, "task second") {
		t.Errorf("got %+v, %v", done[0], errs[0])
	}
	for i, m := range c.ranks[0].stage.replicas {
		g, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(g, func(x float32) bool { return x != 0 }) {
			t.Errorf("replica %d keeps a gradient", i)
		}
	}
}

func TestDeviceThatDoesNotExistFreesTheOthers(t *testing.T) {
	before := torch.Live()
	spec := model.Spec{Dir: "../model/testdata/tiny", Device: "cpu,tape", Tasks: []model.Task{{Name: "a", Classes: 2}}}
	r, err := openReplicas(context.Background(), spec)
	if !errors.Is(err, torch.ErrNoDevice) || r != nil || torch.Live() != before {
		t.Errorf("%v: %v; %d tensors are left", r, err, torch.Live()-before)
	}
}

func TestReplicasDropDifferently(t *testing.T) {
	const seed = 1<<63 - 5
	if a, b := replicaSeed(seed, 0), replicaSeed(seed, 1); a != seed || a == b || int64(a) < 0 || int64(b) < 0 {
		t.Errorf("seeds %d and %d", a, b)
	}
}
