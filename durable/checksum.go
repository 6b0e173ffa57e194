package durable

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// Checksum is what tells whether a file is the one that was meant.
type Checksum struct {
	Size   int64  // in bytes
	SHA256 string // in hexadecimal
}

// CreateSummed is CreateFile, and gives the checksum of what was written without reading it
// again.
func CreateSummed(path string, write func(io.Writer) error) (Checksum, error) {
	s := summing{sum: sha256.New()}
	err := CreateFile(path, func(out io.Writer) error { return write(io.MultiWriter(out, &s)) })
	return s.checksum(), err
}

// Sum reads a regular file for its checksum.
func Sum(path string) (Checksum, error) {
	s := summing{sum: sha256.New()}
	err := FromFile(path)(&s)
	return s.checksum(), err
}

// summing counts what is written to it and adds it to a hash.
type summing struct {
	size int64
	sum  hash.Hash
}

func (s *summing) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	return s.sum.Write(p)
}

func (s *summing) checksum() Checksum { return Checksum{s.size, hex.EncodeToString(s.sum.Sum(nil))} }
