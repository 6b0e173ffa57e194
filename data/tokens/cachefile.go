package tokens

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// A cache file is: the magic line, the 32 bytes of its key, the number of texts, per text the number of its ids and
// the ids, all as unsigned varints, and the SHA-256 of everything before.

var cacheMagic = []byte("ringmaster token ids 1\n")

var errDamaged = errors.New("damaged cache file")

// writeSet writes a cache file of the ids of so many texts; each hands them over, text after text.
func writeSet(w io.Writer, key [sha256.Size]byte, texts int, each func(add func(ids []int32) error) error) error {
	hash := sha256.New()
	body := io.MultiWriter(w, hash)
	head := append(bytes.Clone(cacheMagic), key[:]...)
	if _, err := body.Write(binary.AppendUvarint(head, uint64(texts))); err != nil {
		return err
	}
	var written []byte
	err := each(func(ids []int32) error {
		written = binary.AppendUvarint(written[:0], uint64(len(ids)))
		for _, id := range ids {
			written = binary.AppendUvarint(written, uint64(id))
		}
		_, err := body.Write(written)
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.Write(hash.Sum(nil))
	return err
}

// openSet reads a whole cache file, and keeps where each text's ids stand. A file that is not as writeSet left it, or of
// another key, is errDamaged.
func openSet(file io.ReaderAt, size int64, key [sha256.Size]byte) (*Set, error) {
	body := size - sha256.Size
	if body < 0 {
		return nil, errDamaged
	}
	r := &setReader{hash: sha256.New(), left: body}
	r.in = bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(file, 0, body), r.hash), 1<<20)
	head := make([]byte, len(cacheMagic)+len(key))
	if !r.read(head) || !bytes.Equal(head, append(bytes.Clone(cacheMagic), key[:]...)) {
		return nil, r.failure()
	}
	texts := r.count()
	set := &Set{file: file, at: make([]int64, 0, texts+1), sizes: make([]int32, 0, texts)}
	for range texts {
		set.at = append(set.at, body-r.left)
		n := r.count()
		set.sizes = append(set.sizes, int32(n))
		for range n {
			r.number()
		}
	}
	set.at = append(set.at, body-r.left)
	sum := make([]byte, sha256.Size)
	if _, err := file.ReadAt(sum, body); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if r.bad || r.left != 0 || !bytes.Equal(sum, r.hash.Sum(nil)) {
		return nil, r.failure()
	}
	return set, nil
}

// setReader reads the body of a cache file until something is wrong with it.
type setReader struct {
	in   *bufio.Reader
	hash hash.Hash
	left int64 // bytes
	bad  bool
	err  error // of the disk
}

// failure is the disk's error, or damage.
func (r *setReader) failure() error {
	if r.err != nil {
		return r.err
	}
	return errDamaged
}

func (r *setReader) read(b []byte) bool {
	n, err := io.ReadFull(r.in, b)
	r.left -= int64(n)
	return r.good(err)
}

// good notes an error of reading. That the file ends is damage; others are the disk's.
func (r *setReader) good(err error) bool {
	if err != nil {
		r.bad = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			r.err = err
		}
	}
	return err == nil
}

// number is a varint, as of binary.Uvarint; 0 where something is wrong.
func (r *setReader) number() (n uint64) {
	for shift := 0; !r.bad; shift += 7 {
		b, err := r.in.ReadByte()
		if !r.good(err) {
			break
		}
		r.left--
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
		r.bad = shift >= 63
	}
	return 0
}

// count is number for a number of things that take at least a byte each.
func (r *setReader) count() uint64 {
	n := r.number()
	if n > uint64(r.left) {
		r.bad = true
		return 0
	}
	return n
}
