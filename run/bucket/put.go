package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"

	"ringmaster/config"
	"ringmaster/inputfile"
)

const (
	// partBytes is how much of a file is sent at a time; a part that is cut is sent again.
	partBytes = 32 << 20
	// sendThreads is how many parts are on their way at a time.
	sendThreads = 2
)

// Put copies the first size bytes of a file of this machine to an object, with their SHA-256,
// unless the object has them already. What follows in the file may still grow. progress hears
// of bytes that have gone; nil is not called.
func (s *Store) Put(ctx context.Context, at config.S3Address, path string, size int64, progress func(bytes int64)) error {
	in, err := inputfile.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() // opened for reading only
	sum := sha256.New()
	if n, err := io.Copy(sum, io.NewSectionReader(in, 0, size)); err != nil || n < size {
		return fmt.Errorf("%s has %d bytes, and %d were expected: %w", path, n, size, io.ErrUnexpectedEOF)
	}
	is := hex.EncodeToString(sum.Sum(nil))
	if there, err := s.core.StatObject(ctx, at.Bucket, at.Key, minio.StatObjectOptions{}); err == nil && there.Size == size && there.UserMetadata[sumKey] == is {
		return nil
	}
	return s.again(ctx, at, func(ctx context.Context) error {
		ctx, moved, done := watched(ctx)
		defer done()
		_, err := s.core.Client.PutObject(ctx, at.Bucket, at.Key, io.NewSectionReader(in, 0, size), size, minio.PutObjectOptions{
			UserMetadata: map[string]string{sumKey: is}, ContentType: "application/octet-stream",
			PartSize: partBytes, NumThreads: sendThreads,
			Progress: sending(func(n int) {
				moved()
				if progress != nil {
					progress(int64(n))
				}
			}),
		})
		return stalled(ctx, err)
	})
}

// sending hears how many bytes have gone, in the form that the client wants: a reader that is
// read beside the content.
type sending func(n int)

func (s sending) Read(b []byte) (int, error) {
	s(len(b))
	return len(b), nil
}
