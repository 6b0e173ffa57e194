package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ringmaster/affinity"
	"ringmaster/model"
	"ringmaster/run/plan"
)

// replicas are copies of a stage's model, one for each of the worker's devices. They share
// the rank's examples. Their gradients are summed into the first one's (deviceReducer), which
// alone enters the ring; then each takes the result and does the same update. So they stay
// bit-identical. With one device the gradient enters the ring during the backward pass, with
// several after it.
type replicas []*model.Model

// openReplicas loads a model onto each device of a list like "cuda:0,cuda:1".
func openReplicas(ctx context.Context, spec model.Spec) (_ replicas, err error) {
	var r replicas
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	devices := strings.Split(spec.Device, ",")
	if n := len(devices); n > 1 {
		own, err := affinity.Own()
		if err != nil {
			return nil, err
		}
		spec.Threads = max(1, cmp.Or(spec.Threads, own.Count())/n)
	}
	for _, device := range devices {
		spec.Device = strings.TrimSpace(device)
		m, err := model.New(ctx, spec)
		if err != nil {
			return nil, err
		}
		r = append(r, m)
	}
	return r, nil
}

func (r replicas) close() error {
	var errs []error
	for _, m := range r {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

// describe names the replicas' devices in one line.
func (r replicas) describe() string {
	all := make([]string, len(r))
	for i, m := range r {
		all[i] = m.Device()
	}
	return strings.Join(all, "; ")
}

func (r replicas) onGPUs() bool {
	return !slices.ContainsFunc(r, func(m *model.Model) bool { return !m.OnGPU() })
}

// each calls f for all replicas at once.
func (r replicas) each(f func(i int, m *model.Model) error) error {
	if len(r) == 1 {
		return f(0, r[0])
	}
	var group errgroup.Group
	for i, m := range r {
		group.Go(func() error {
			if err := f(i, m); err != nil {
				return fmt.Errorf("replica %d (%s): %w", i, m.Device(), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// backward leaves the gradient of all examples in the first replica, as
// model.BackwardObserved does. Of several replicas o observes the first one's passes.
func (r replicas) backward(ctx context.Context, d *deviceReducer, examples []model.Example, lossTarget model.LossTarget, divisor float64, seed uint64, o model.Observer) (model.Loss, error) {
	if len(r) == 1 {
		return r[0].BackwardObserved(ctx, examples, lossTarget, divisor, seed, o)
	}
	shares := r.shares(examples)
	losses := make([]model.Loss, len(r))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := r.each(func(i int, m *model.Model) (err error) {
		own := model.Observer{}
		if i == 0 {
			own.Passed = o.Passed
		}
		losses[i], err = m.BackwardObserved(ctx, shares[i], lossTarget, divisor, replicaSeed(seed, i), own)
		if err != nil {
			cancel(err) // the others need not go on
		}
		return err
	})
	if err != nil {
		return model.Loss{}, cmp.Or(context.Cause(ctx), err)
	}
	if err := d.sum(r); err != nil {
		return model.Loss{}, err
	}
	if err := r.announce(o); err != nil {
		return model.Loss{}, err
	}
	return sumOf(losses), nil
}

// shares are the examples that each replica gets.
func (r replicas) shares(examples []model.Example) [][]model.Example {
	lengths := make([]int, len(examples))
	for i, x := range examples {
		lengths[i] = len(x.IDs)
	}
	shares := make([][]model.Example, len(r))
	for i, positions := range plan.Deal(lengths, len(r)) {
		shares[i] = make([]model.Example, len(positions))
		for at, position := range positions {
			shares[i][at] = examples[position]
		}
	}
	return shares
}

// announce announces all buckets of the first replica's gradient, which is complete.
func (r replicas) announce(o model.Observer) error {
	if o.Ready == nil {
		return nil
	}
	gradient, err := r[0].Gradient()
	if err != nil {
		return err
	}
	for i, b := range r[0].Buckets() {
		o.Ready(i, gradient[b.Lo:b.Hi])
	}
	return nil
}

// sumOf sums losses in their order.
func sumOf(losses []model.Loss) model.Loss {
	all := losses[0]
	for _, l := range losses[1:] {
		for t := range all.Sum {
			all.Sum[t] += l.Sum[t]
			all.Count[t] += l.Count[t]
		}
	}
	return all
}

// replicaSeed is the seed of a replica's dropout; the first has the rank's own.
func replicaSeed(seed uint64, replica int) uint64 {
	return (seed + uint64(replica)*0x9E3779B97F4A7C15) &^ (1 << 63) // libtorch takes a signed number
}

// update copies the first replica's gradient to all, and updates each with AdamW.
func (r replicas) update(d *deviceReducer, lr float64, o model.AdamW) (gradNorm float64, err error) {
	if err := d.broadcast(r); err != nil {
		return 0, err
	}
	norms := make([]float64, len(r))
	err = r.each(func(i int, m *model.Model) (err error) {
		norms[i], err = m.Update(lr, o)
		return err
	})
	return norms[0], err
}

// zeroGradient discards every replica's gradient.
func (r replicas) zeroGradient() error {
	return r.each(func(_ int, m *model.Model) error { return m.ZeroGradient() })
}

// hash is the parameters' hash, or ErrReplica where replicas differ.
func (r replicas) hash() (string, error) {
	hashes := make([]string, len(r))
	err := r.each(func(i int, m *model.Model) (err error) {
		hashes[i], err = m.ParameterHash()
		return err
	})
	if err != nil {
		return "", err
	}
	for i, h := range hashes {
		if h != hashes[0] {
			return "", fmt.Errorf("%w: replica %d (%s) has hash %s, the first %s", ErrReplica, i, r[i].Device(), h, hashes[0])
		}
	}
	return hashes[0], nil
}
