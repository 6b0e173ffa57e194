package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/parquet-go/parquet-go"

	"ringmaster/errkind"
	"ringmaster/inputfile"
)

// magic stands at both ends of a Parquet file; the one at the end follows the length of
// the description of what is in the file.
const magic = "PAR1"

// File is an open Parquet file.
type File struct {
	name string
	file *os.File
	size int64
	open *parquet.File
}

// Open opens a regular file; name is how messages call it.
func Open(at, name string) (f *File, err error) {
	file, err := inputfile.OpenNamed(at, name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f = &File{name: name, file: file, size: info.Size()}
	if err := f.checkEnds(); err != nil {
		return nil, err
	}
	err = f.guarded(func() error {
		f.open, err = parquet.OpenFile(file, f.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Name is how messages call the file.
func (f *File) Name() string { return f.name }

// Columns are the names of the file's columns.
func (f *File) Columns() []string {
	var names []string
	for _, c := range f.open.Root().Columns() {
		names = append(names, c.Name())
	}
	return names
}

// NumRows is how many rows the file says it has.
func (f *File) NumRows() int64 { return f.open.NumRows() }

// Size is the size of the file in bytes.
func (f *File) Size() int64 { return f.size }

// Lookup is a text that the program which wrote the file left in it under a key.
func (f *File) Lookup(key string) (text string, ok bool) { return f.open.Lookup(key) }

// checkEnds looks at the two marks and at the claimed length of the description.
func (f *File) checkEnds() error {
	var start, end [8]byte
	_, err := f.file.ReadAt(start[:4], 0)
	switch {
	case err != nil || string(start[:4]) != magic && string(start[:4]) != "PARE":
		return errkind.Errorf(ErrNotParquet, "%s is not a Parquet file: set format to the file's format", f.name)
	case string(start[:4]) == "PARE":
		return errkind.Errorf(ErrNotParquet, "%s is an encrypted Parquet file: save it without encryption", f.name)
	case f.size < int64(len(magic)+len(end)):
		return f.damaged(errors.New("it ends too early"))
	}
	if _, err := f.file.ReadAt(end[:], f.size-int64(len(end))); err != nil {
		return f.damaged(err)
	}
	described := int64(binary.LittleEndian.Uint32(end[:4]))
	if string(end[4:]) != magic || described > f.size-int64(len(magic)+len(end)) {
		return f.damaged(errors.New("its footer is not that of a Parquet file"))
	}
	return nil
}

func (f *File) damaged(why error) error {
	return errkind.Errorf(ErrDamaged, "%s is a Parquet file that cannot be read: %v: it is damaged or cut short, so fetch it again", f.name, why)
}

// guarded makes the library's errors and panics ErrDamaged; what it does must call
// nothing but the library.
func (f *File) guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = f.damaged(fmt.Errorf("%v", p))
		}
	}()
	if err := do(); err != nil {
		return f.damaged(err)
	}
	return nil
}
