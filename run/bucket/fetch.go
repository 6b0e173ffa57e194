package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ringmaster/config"
)

// Fetch keeps copies of objects in a folder of this machine, each known by its address and version, so
// that what was fetched once is not fetched again.
type Fetch struct {
	Store *Store
	Dir   string
	// Notify hears that an object is fetched, in a line; Progress hears of bytes. Both must be set.
	Notify   func(format string, args ...any)
	Progress func(of string, here, all int64)
}

// File gives the copy of an object.
func (f Fetch) File(ctx context.Context, at config.S3Address) (string, error) {
	o, err := f.Store.Stat(ctx, at)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(f.Dir, at.Bucket, o.Version)
	return f.one(ctx, o, dir, path.Base(at.Key))
}

func (f Fetch) one(ctx context.Context, o Object, dir, name string) (string, error) {
	place := filepath.Join(dir, name)
	if info, err := os.Lstat(place); err == nil && info.Mode().IsRegular() && info.Size() == o.Size {
		return place, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { // private, as the texts are
		return "", err
	}
	f.Notify("fetching %s (%d MB)", o.At, (o.Size+1<<20-1)>>20)
	var here int64
	return place, f.Store.Get(ctx, o, place, func(n int64) {
		here += n
		f.Progress(o.At.String(), here, o.Size)
	})
}

// Folder gives a folder with copies of the objects right below an address.
func (f Fetch) Folder(ctx context.Context, at config.S3Address) (string, error) {
	list, err := f.Store.List(ctx, at)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(f.Dir, at.Bucket, "folders", keyOf(list))
	found := false
	for _, o := range list {
		name := strings.TrimPrefix(o.At.Key, at.Key+"/")
		if strings.Contains(name, "/") {
			continue
		}
		if o, err = f.Store.Stat(ctx, o.At); err != nil {
			return "", err
		}
		if _, err := f.one(ctx, o, dir, name); err != nil {
			return "", err
		}
		found = true
	}
	if !found {
		return "", fmt.Errorf("%s: %w: the bucket %s has no object whose key begins with %s/: upload the folder's files, or correct the address", at, ErrNotFolder, at.Bucket, at.Key)
	}
	return dir, nil
}

// keyOf is a hash over a folder's objects and what they hold.
func keyOf(list []Object) string {
	sum := sha256.New()
	for _, o := range list {
		fmt.Fprintf(sum, "%q %d %q\n", o.At.Key, o.Size, o.Version)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
