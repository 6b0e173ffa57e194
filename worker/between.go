package worker

import (
	"log/slog"

	"ringmaster/model"
)

// between carries gradients between the devices of a worker: by NCCL where all are GPUs
// and the library can be used, else by copies. A nil one copies.
type between struct {
	devices string
	group   *model.Group // nil: by copies
}

// over is what carries between these replicas: b itself while the devices stay the same,
// as they do from stage to stage, for communicators are slow to make.
func (b *between) over(r replicas, log *slog.Logger) (*between, error) {
	devices := r.describe()
	if b != nil && b.devices == devices {
		return b, nil
	}
	if err := b.close(); err != nil {
		return nil, err
	}
	b = &between{devices: devices}
	if len(r) > 1 && r.onGPUs() {
		b.join(r, log)
	}
	return b, nil
}

// join opens a group of the replicas' devices, or says in the log why copies must do.
func (b *between) join(r replicas, log *slog.Logger, libraries ...string) {
	group, err := model.OpenGroup(r, libraries...)
	if err != nil {
		log.Info("gradients go between the devices by copies", "why", err)
		return
	}
	version, err := group.Version()
	if err != nil {
		version = err.Error()
	}
	log.Info("gradients go between the devices by NCCL", "version", version)
	b.group = group
}

// sum leaves the sum of all replicas' gradients in the first.
func (b *between) sum(r replicas) error {
	if b != nil && b.group != nil {
		return b.group.Sum(r)
	}
	for _, m := range r[1:] {
		if err := r[0].AddGradient(m); err != nil {
			return err
		}
	}
	return nil
}

// spread takes the first replica's gradient to all.
func (b *between) spread(r replicas) error {
	if len(r) == 1 {
		return nil
	}
	if b != nil && b.group != nil {
		return b.group.Spread(r)
	}
	return r.each(func(i int, m *model.Model) error {
		if i > 0 {
			return m.TakeGradient(r[0])
		}
		return nil
	})
}

func (b *between) close() error {
	if b == nil {
		return nil
	}
	group := b.group
	b.group = nil
	return group.Close()
}
