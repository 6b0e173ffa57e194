package weights

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/errkind"
)

// WriteSpec is a model to be written.
type WriteSpec struct {
	// Config describes the encoder. A BertConfig's Architectures, ProblemType and labels are
	// set by Write.
	Config Config
	// Tensors are the encoder and its pooler by canonical name, as Load gives them.
	Tensors []Tensor
	// Heads are all tasks' heads, in the tasks' order, one of them the target. Without heads
	// the folder is a plain encoder (BertModel).
	Heads []Head
	// MaskedHead, in place of Heads, is a masked-language-model head in the order of
	// BertConfig.MaskedHead: the folder is a BertForMaskedLM, or its like of another architecture.
	MaskedHead []Tensor
	// Tokenizer is the folder whose vocabulary and tokenizer files are copied.
	Tokenizer string
	// Overwrite replaces a model folder that is there already.
	Overwrite bool
}

// Write writes a model as a folder that Open reads back with the same numbers, and that
// transformers loads unless it is a baseline. The folder is written under another name, flushed to
// disk and renamed, so that it is complete or absent. Errors: ErrIncomplete for an incomplete
// spec, ErrExists for an existing folder, or the file system's.
func Write(dir string, spec WriteSpec) error {
	if err := spec.check(); err != nil {
		return err
	}
	if err := checkPlace(dir, spec.Overwrite); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return fmt.Errorf("model folder %s cannot be made: %w", dir, err)
	}
	defer os.RemoveAll(draft) // nothing is there once it is in place
	if err := spec.writeFiles(draft); err != nil {
		return fmt.Errorf("model folder %s cannot be written: %w", dir, err)
	}
	if err := durable.PutFolder(draft, dir); err != nil {
		return fmt.Errorf("model folder %s cannot be put in place: %w", dir, err)
	}
	return nil
}

// check validates the spec, so that what is written can be read.
func (s WriteSpec) check() error {
	if s.Config == nil {
		return errkind.Errorf(ErrIncomplete, "model cannot be written: it has no configuration")
	}
	lines, _ := s.Config.problems()
	given := make(map[string]Tensor, len(s.Tensors))
	for _, t := range s.Tensors {
		given[t.Name] = t
	}
	for _, spec := range s.wanted(given) {
		t, ok := given[spec.Name]
		if !ok {
			lines = append(lines, fmt.Sprintf("tensor %s is missing", spec.Name))
			continue
		}
		delete(given, spec.Name)
		lines = append(lines, t.problems(want{spec.Name, spec.Shape})...)
	}
	for name := range given {
		lines = append(lines, fmt.Sprintf("tensor %s is not part of the encoder", name))
	}
	if len(s.Heads) > 0 {
		if problem := listProblem(names(s.Heads)); problem != "" {
			lines = append(lines, problem)
		}
	}
	for _, h := range s.Heads {
		classes, features := int64(len(h.Classes)), int64(s.Config.Sizes().Features)
		lines = append(lines, h.Weight.problems(want{"weight of task " + h.Task, []int64{classes, features}})...)
		lines = append(lines, h.Bias.problems(want{"bias of task " + h.Task, []int64{classes}})...)
	}
	lines = append(lines, s.maskedProblems()...)
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return errkind.Errorf(ErrIncomplete, "model cannot be written: %s (%d problems in all)", lines[0], len(lines))
}

// wanted are the encoder's tensors that must be given: a masked language model need not have a
// pooler, which it does not use.
func (s WriteSpec) wanted(given map[string]Tensor) []TensorSpec {
	bert, ok := s.Config.(BertConfig)
	if !ok || len(s.MaskedHead) == 0 {
		return s.Config.Tensors()
	}
	hasPooler := false
	for name := range given {
		hasPooler = hasPooler || isPooler(name)
	}
	return bert.encoderTensors(hasPooler)
}

// problems says how a tensor in memory differs from what is wanted.
func (t Tensor) problems(w want) []string {
	if !slices.Equal(t.Shape, w.shape) {
		return []string{fmt.Sprintf("tensor %s has shape %s, want %s", w.name, shapeText(t.Shape), shapeText(w.shape))}
	}
	if size, ok := byteSize(t.Shape, safetensors.F32); !ok || size != 4*int64(len(t.Data)) {
		return []string{fmt.Sprintf("tensor %s of shape %s has %d numbers", w.name, shapeText(t.Shape), len(t.Data))}
	}
	return nil
}

func names(heads []Head) []headName {
	list := make([]headName, len(heads))
	for i, h := range heads {
		list[i] = headName{Task: h.Task, Kind: h.Kind, Classes: h.Classes, Target: h.Target}
	}
	return list
}

// checkPlace refuses to write over something, and to overwrite what is not a model folder.
func checkPlace(dir string, overwrite bool) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errkind.Errorf(ErrExists, "model folder %s cannot be made: %w", dir, err)
	case len(list) == 0:
		return nil
	case !overwrite:
		return errkind.Errorf(ErrExists, "model folder %s already exists; name another or allow overwriting", dir)
	case !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == "config.json" }):
		return errkind.Errorf(ErrExists, "folder %s is not a model folder (it has no config.json), so it is not overwritten", dir)
	}
	return nil
}

// writeFiles writes every file of the model.
func (s WriteSpec) writeFiles(dir string) error {
	stored := slices.Clone(s.Tensors)
	var heads []Tensor
	var classes []string // of the target
	var kind config.Kind
	for _, h := range s.Heads {
		heads = append(heads, rename(h.Weight, headTensor(h.Task, "weight")), rename(h.Bias, headTensor(h.Task, "bias")))
		if h.Target {
			stored = append(stored, rename(h.Weight, classifierWeight), rename(h.Bias, classifierBias))
			classes, kind = h.Classes, h.Kind
		}
	}
	description := s.Config.written(classes, kind)
	if bert, ok := s.Config.(BertConfig); ok && len(s.MaskedHead) > 0 {
		a := bert.architecture()
		if a.pooler.name == a.masked.dense { // the head takes its place, as transformers has it
			stored = slices.DeleteFunc(stored, func(t Tensor) bool { return isPooler(t.Name) })
		}
		stored, description = append(stored, s.MaskedHead...), bert.writtenMasked()
		bias, twice := s.MaskedHead[len(s.MaskedHead)-1], bert.architecture().masked.decoderBias != ""
		if !bert.Tied() && twice { // nothing ties its two names either
			stored = append(stored, rename(bias, maskedDecoderBias))
		}
	}
	for i, t := range stored {
		stored[i].Name = s.Config.inFile(t.Name)
	}
	if bert, ok := s.Config.(BertConfig); ok {
		stored = bert.architecture().joined.join(stored)
	}
	if err := writeTensors(filepath.Join(dir, safetensorsFile), stored); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "config.json"), description); err != nil {
		return err
	}
	if len(s.Heads) > 0 {
		if err := writeTensors(filepath.Join(dir, headsTensorsFile), heads); err != nil {
			return err
		}
		if err := writeJSON(filepath.Join(dir, headsFile), headList{names(s.Heads)}); err != nil {
			return err
		}
	}
	return s.copyTokenizer(dir)
}

// copyTokenizer copies what there is of the tokenizer's files.
func (s WriteSpec) copyTokenizer(dir string) error {
	var absent error
	copied := 0
	for _, name := range s.Config.tokenizerFiles() {
		err := durable.CopyFile(filepath.Join(s.Tokenizer, name), filepath.Join(dir, name))
		switch {
		case err == nil:
			copied++
		case !errors.Is(err, fs.ErrNotExist):
			return err
		case absent == nil:
			absent = err
		}
	}
	if copied == 0 {
		return absent
	}
	return nil
}

func rename(t Tensor, name string) Tensor {
	t.Name = name
	return t
}

// writeTensors writes a safetensors file of float32.
func writeTensors(path string, tensors []Tensor) error {
	views := make(map[string]floatView, len(tensors))
	for _, t := range tensors {
		views[t.Name] = floatView{t}
	}
	return durable.CreateFile(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, map[string]string{"format": "pt"}, w)
	})
}

// floatView is a tensor as the safetensors writer asks for it; bytes are made one tensor at a time.
type floatView struct{ tensor Tensor }

func (v floatView) DType() safetensors.DType { return safetensors.F32 }
func (v floatView) DataLen() uint64          { return 4 * uint64(len(v.tensor.Data)) }

func (v floatView) Shape() []uint64 {
	shape := make([]uint64, len(v.tensor.Shape))
	for i, n := range v.tensor.Shape {
		shape[i] = uint64(n)
	}
	return shape
}

func (v floatView) Data() []byte {
	raw := make([]byte, 0, v.DataLen())
	for _, x := range v.tensor.Data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return raw
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return durable.CreateFile(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
