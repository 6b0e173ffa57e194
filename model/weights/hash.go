package weights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"ringmaster/errkind"
)

// Hash is a SHA-256, in hexadecimal, of everything a forward pass depends on: the configuration,
// the encoder's tensors and the heads of either kind, each with name, type, shape and bytes as they are stored.
// It does not depend on the folder's place, its files' times, or the order and format of tensors
// in a file. Numbers that are not finite are ErrNotFinite: this is where a run first reads them.
func (f *Folder) Hash() (string, error) {
	files := f.files()
	defer files.close()
	sum := sha256.New()
	config, err := json.Marshal(f.Config)
	if err != nil {
		return "", errkind.Errorf(ErrConfig, "model folder %s: config.json cannot be hashed: %w", f.Dir, err)
	}
	frame(sum, "config", config)
	for _, name := range slices.Sorted(maps.Keys(f.tensors)) {
		if err := files.hash(sum, name, name, f.tensors[name]); err != nil {
			return "", err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.masked)) {
		if err := files.hash(sum, name, name, f.masked[name]); err != nil {
			return "", err
		}
	}
	for _, h := range f.heads {
		name, err := json.Marshal(h.headName)
		if err != nil {
			return "", errkind.Errorf(ErrConfig, "model folder %s: its heads cannot be hashed: %w", f.Dir, err)
		}
		frame(sum, "head", name)
		if err := files.hash(sum, classifierWeight, h.tensor("weight"), h.weight); err != nil {
			return "", err
		}
		if err := files.hash(sum, classifierBias, h.tensor("bias"), h.bias); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), f.checkTarget(context.Background(), &files)
}

// hash adds one tensor, length first, so that no two lists of tensors hash the same bytes. name
// is what it counts as, inFile what a message calls it.
func (o *openFiles) hash(sum hash.Hash, name, inFile string, e entry) error {
	frame(sum, "tensor", []byte(fmt.Sprintf("%s %s %s %d", name, e.dtype, shapeText(e.shape), e.size)))
	var numbers []float32
	done := 0
	return o.chunks(context.Background(), inFile, e, func(raw []byte) error {
		sum.Write(raw)
		numbers = appendFloats(numbers[:0], raw, e.dtype)
		if err := o.finite(inFile, e, numbers, done); err != nil {
			return err
		}
		done += len(numbers)
		return nil
	})
}

// frame adds a labelled value with its length; a hash's Write never fails.
func frame(sum io.Writer, label string, value []byte) {
	fmt.Fprintf(sum, "%s %d\n%s\n", label, len(value), value)
}
