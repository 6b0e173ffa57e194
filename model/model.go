package model

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"ringmaster/model/hostmemory"
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// Model is an encoder with its heads, their gradients, and the optimiser's state.
type Model struct {
	config      weights.Config
	sizes       weights.Sizes
	encoder     encoder
	masked      *maskedLM // nil for classification
	tasks       []Task
	microBatch  int
	bucketBytes int
	device      torch.Device
	threads     int // for loops over host memory
	dropout     dropout
	half        bool // learn with matrix products in bfloat16
	lora        weights.LoRA

	checkpointing bool // of activations

	recordOnHost bool // for tests: passes as on a GPU

	thread *torch.Thread
	layout []Parameter
	size   int // elements of the flat vector

	trained trainedPart // of the flat vector

	flat  *torch.Tensor            // all parameters
	views map[string]*torch.Tensor // each parameter, a view of flat

	training *training // nil until something needs a gradient
	step     int64     // updates taken
	closed   bool
}

// New loads a folder's encoder, makes the heads, and puts both on the device.
func New(ctx context.Context, spec Spec) (*Model, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	folder, tensors, err := openEncoder(ctx, spec)
	if err != nil {
		return nil, err
	}
	heads, masked, err := headsFor(ctx, spec, folder)
	if err != nil {
		return nil, err
	}
	if err := spec.LoRA.Check(folder.Config); err != nil {
		return nil, err
	}
	encoder, err := encoderOf(folder.Config)
	if err != nil {
		return nil, err
	}
	device, err := openDevice(ctx, spec.Device)
	if err != nil {
		return nil, err
	}
	hostmemory.OneArena()
	thread, err := torch.Start(spec.Threads)
	if err != nil {
		return nil, err
	}
	m := &Model{
		config:      folder.Config,
		sizes:       folder.Config.Sizes(),
		encoder:     encoder,
		masked:      masked,
		tasks:       slices.Clone(spec.Tasks),
		microBatch:  spec.MicroBatch,
		bucketBytes: cmp.Or(spec.BucketBytes, DefaultBucketBytes),
		device:      device,
		dropout:     dropoutOf(folder.Config, spec.Dropout),
		half:        spec.BFloat16,
		lora:        spec.LoRA,

		checkpointing: spec.GradientCheckpointing,

		thread: thread,
		layout: layout(folder.Config, spec.LoRA, spec.Tasks, masked),
		views:  map[string]*torch.Tensor{},
	}
	m.size = m.layout[len(m.layout)-1].End()
	if m.trained, err = trainedOf(folder.Config, m.layout, spec.Frozen); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	source := func(p Parameter) (weights.Tensor, bool) {
		if weights.IsLoRA(p.Name) {
			return initialAdapter(p, spec.Seed), true
		}
		if isEncoder(p) {
			t, ok := tensors[p.Name]
			return t, ok
		}
		t, ok := heads[p.Name]
		return t, ok
	}
	if err := m.fill(source); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// openEncoder opens the folder and reads its encoder, with a newly initialised pooler where Spec.FreshPooler asks for it.
func openEncoder(ctx context.Context, spec Spec) (*weights.Folder, map[string]weights.Tensor, error) {
	var options []weights.Option
	if spec.FreshPooler || spec.MaskedLM {
		options = append(options, weights.AllowNoPooler())
	}
	folder, err := weights.Open(spec.Dir, options...)
	if err != nil {
		return nil, nil, err
	}
	tensors, err := folder.Load(ctx)
	if _, isBert := folder.Config.(weights.BertConfig); isBert && !folder.HasPooler && spec.Frozen == weights.WholeEncoder {
		return nil, nil, fmt.Errorf("the whole encoder %w: %s has no pooler, and a new one has to be trained", weights.ErrFrozen, spec.Dir)
	}
	if err == nil && !folder.HasPooler && !spec.MaskedLM {
		addInitialPooler(tensors, folder.Config, spec.Seed)
	}
	return folder, tensors, err
}

// fill makes the flat vector from named tensors, and the parameters' views of it.
func (m *Model) fill(source func(Parameter) (weights.Tensor, bool)) error {
	return m.thread.Run(torch.NoGrad, func(s *torch.Scope) error {
		s.UseOwnStream(m.device)
		m.threads = s.Threads()
		host := s.Zeros(torch.CPU, int64(m.size))
		values := s.HostFloats(host, m.size)
		if err := s.Err(); err != nil {
			return err
		}
		for _, p := range m.layout {
			t, ok := source(p)
			if !ok || !slices.Equal(t.Shape, p.Shape) || len(t.Data) != p.Size() {
				return fmt.Errorf("%w: tensor %s has shape %v and %d values, the configuration asks for %v", ErrSpec, p.Name, t.Shape, len(t.Data), p.Shape)
			}
			copy(values[p.Offset:], t.Data)
		}
		m.flat = s.Keep(s.To(host, m.device))
		for _, p := range m.layout {
			m.views[p.Name] = s.Keep(view(s, m.flat, p))
		}
		return nil
	})
}

// view is a parameter's part of a flat vector, a leaf in its own shape.
func view(s *torch.Scope, flat *torch.Tensor, p Parameter) *torch.Tensor {
	return s.Detach(s.View(s.Narrow(flat, 0, int64(p.Offset), int64(p.Size())), p.Shape...))
}

// words is the matrix of word embeddings, the first of all parameters.
func (m *Model) words() *torch.Tensor { return m.views[m.layout[0].Name] }

// Parameters lists the parts of the flat vector in order.
func (m *Model) Parameters() []Parameter { return slices.Clone(m.layout) }

// Size is the number of elements of the flat vector.
func (m *Model) Size() int { return m.size }

// Config is the encoder's configuration, as its folder has it.
func (m *Model) Config() weights.Config { return m.config }

// Device describes the device in a line, and why it was chosen.
func (m *Model) Device() string { return m.device.Describe() }

// OnGPU reports whether the model is on a GPU.
func (m *Model) OnGPU() bool { return !m.device.OnHost() }

// Tensors copies out the encoder's parameters by their canonical names, for saving, with adapters added to
// the weights that they adapt; Heads gives the rest.
func (m *Model) Tensors() ([]weights.Tensor, error) {
	tensors, err := m.copyOut(isEncoder)
	return m.lora.Merged(tensors), err
}

func (m *Model) copyOut(wanted func(Parameter) bool) ([]weights.Tensor, error) {
	var tensors []weights.Tensor
	err := m.run(torch.NoGrad, func(s *torch.Scope) error {
		for _, p := range m.layout {
			if wanted(p) {
				t := weights.Tensor{Name: p.Name, Shape: slices.Clone(p.Shape), Data: make([]float32, p.Size())}
				s.Read(t.Data, m.views[p.Name])
				tensors = append(tensors, t)
			}
		}
		return nil
	})
	return tensors, err
}

// ParameterHash is a hash (64-bit xxHash, in hexadecimal) of the bytes of the flat
// parameter vector. Models with the same parameters have the same hash.
func (m *Model) ParameterHash() (string, error) {
	sum := xxhash.New()
	err := m.run(torch.NoGrad, func(s *torch.Scope) error {
		values := m.hostFloats(s, m.flat)
		if len(values) > 0 {
			_, err := sum.Write(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)))
			return err
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// hostFloats is a flat vector in host memory: itself on the CPU, else a copy.
func (m *Model) hostFloats(s *torch.Scope, flat *torch.Tensor) []float32 {
	if m.device.OnHost() {
		return s.HostFloats(flat, m.size)
	}
	values := make([]float32, m.size)
	s.Read(values, flat)
	return values
}

// run does tensor work on the model's thread.
func (m *Model) run(mode torch.Mode, f func(*torch.Scope) error) error {
	if m.closed {
		return ErrClosed
	}
	return m.thread.Run(mode, f)
}

// Close frees all memory, Gradient's slice included, and ends the model's thread.
// Closing twice is allowed.
func (m *Model) Close() error {
	if m.closed {
		return nil
	}
	m.closed = true
	err := m.thread.Run(torch.NoGrad, func(*torch.Scope) error {
		for _, v := range m.views {
			v.Free()
		}
		m.flat.Free()
		m.training.free(m)
		return nil
	})
	m.thread.Close()
	hostmemory.Release() // the activations of a stage fit the holes of the last one badly
	return err
}
