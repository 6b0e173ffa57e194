package textfile

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd file may refer, which a reader keeps in memory:
// what `zstd --long` uses.
const maxWindow = 128 << 20

// decompress gives the content of a file that begins with head: itself, if it is not compressed.
func (f *File) decompress(in input, head []byte, raw io.Reader, counted *countingReader) (io.Reader, error) {
	content := &expandBound{name: in.name, size: func() int64 { return counted.n }}
	var err error
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		content.r, err = gzip.NewReader(raw)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		var frames *zstd.Decoder
		frames, err = zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			content.r = frames
			f.close = append(f.close, func() error { frames.Close(); return nil })
		}
	case len(head) >= 10 && bytes.HasPrefix(head, []byte("BZh")) && string(head[4:10]) == "1AY&SY":
		content.r = bzip2.NewReader(raw)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		content.r, err = f.member(in)
		content.size = func() int64 { return in.size }
		if err != nil {
			return nil, err
		}
		return content, nil
	default:
		return raw, nil
	}
	if err != nil {
		return nil, undone(in.name, err)
	}
	f.inner = WithoutEnding(f.inner)
	return content, nil
}
