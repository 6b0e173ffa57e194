package worker

import (
	"log/slog"

	"ringmaster/model"
)

// deviceReducer sums gradients over the devices of a worker, and copies the sum back to each:
// by NCCL where all are GPUs and the library can be loaded, else by copies. A nil one copies.
type deviceReducer struct {
	devices string
	group   *model.Group // nil: by copies
}

// adaptTo returns a reducer for these replicas: d itself while the devices stay the same, as
// they do from stage to stage, since communicators are slow to make.
func (d *deviceReducer) adaptTo(r replicas, log *slog.Logger) (*deviceReducer, error) {
	devices := r.describe()
	if d != nil && d.devices == devices {
		return d, nil
	}
	if err := d.close(); err != nil {
		return nil, err
	}
	d = &deviceReducer{devices: devices}
	if len(r) > 1 && r.onGPUs() {
		d.useNCCL(r, log)
	}
	return d, nil
}

// useNCCL opens an NCCL group of the replicas' devices, or logs why copies are used.
func (d *deviceReducer) useNCCL(r replicas, log *slog.Logger, libraries ...string) {
	group, err := model.OpenGroup(r, libraries...)
	if err != nil {
		log.Info("summing gradients over the devices by copies", "why", err)
		return
	}
	version, err := group.Version()
	if err != nil {
		version = err.Error()
	}
	log.Info("summing gradients over the devices by NCCL", "version", version)
	d.group = group
}

// sum leaves the sum of all replicas' gradients in the first.
func (d *deviceReducer) sum(r replicas) error {
	if d != nil && d.group != nil {
		return d.group.AllReduce(r)
	}
	for _, m := range r[1:] {
		if err := r[0].AddGradient(m); err != nil {
			return err
		}
	}
	return nil
}

// broadcast copies the first replica's gradient to all.
func (d *deviceReducer) broadcast(r replicas) error {
	if len(r) == 1 {
		return nil
	}
	if d != nil && d.group != nil {
		return d.group.Broadcast(r)
	}
	return r.each(func(i int, m *model.Model) error {
		if i > 0 {
			return m.CopyGradient(r[0])
		}
		return nil
	})
}

func (d *deviceReducer) close() error {
	if d == nil {
		return nil
	}
	group := d.group
	d.group = nil
	return group.Close()
}
