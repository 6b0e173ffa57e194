package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"ringmaster/shown"
)

// Storage says where a run is kept besides its run directory: in a bucket of an S3 server.
// Credentials are no part of it: they come from the environment.
type Storage struct {
	// URL is the folder of a bucket, s3://BUCKET or s3://BUCKET/PREFIX, in which the run's record,
	// checkpoints and result are kept, under the name of its run directory. Empty keeps them in
	// the run directory alone.
	URL string `yaml:"url,omitempty" json:"url,omitempty"`
	// Endpoint is the server, as http(s)://HOST[:PORT]; empty is Amazon's. It holds for s3:// paths too.
	Endpoint string `yaml:"endpoint,omitempty" json:"endpoint,omitempty"`
	// Region is the buckets' region; empty has the server asked.
	Region string `yaml:"region,omitempty" json:"region,omitempty"`
}

// s3Scheme begins the address of an object.
const s3Scheme = "s3://"

// IsS3 tells the address of an object in a bucket from the path of a file.
func IsS3(path string) bool { return strings.HasPrefix(path, s3Scheme) }

// S3Address is an object in a bucket, or where Key is the beginning of keys, all of them.
type S3Address struct{ Bucket, Key string }

func (a S3Address) String() string { return s3Scheme + a.Bucket + strings.TrimSuffix("/"+a.Key, "/") }

// Below is an address under this one.
func (a S3Address) Below(name string) S3Address { return S3Address{a.Bucket, path.Join(a.Key, name)} }

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	anyScheme  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// ParseS3 takes an address s3://BUCKET/KEY apart. The key may be empty.
func ParseS3(address string) (S3Address, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(address, s3Scheme), "/")
	name := shown.Quote(address)
	switch {
	case !IsS3(address):
		return S3Address{}, fmt.Errorf("%w: %s is not the address of a bucket, like s3://BUCKET/KEY", ErrValue, name)
	case strings.Contains(bucket, "@"):
		return S3Address{}, fmt.Errorf("%w: an s3:// address holds no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment", ErrValue)
	case !bucketName.MatchString(bucket):
		return S3Address{}, fmt.Errorf("%w: %s has the bucket %s, which is not a bucket's name: 3 to 63 lower-case letters, digits, dots and dashes", ErrValue, name, shown.Quote(bucket))
	case key != "" && path.Clean(key) != strings.TrimSuffix(key, "/") || strings.HasPrefix(key, ".."):
		return S3Address{}, fmt.Errorf("%w: %s has the key %s, with an empty part, . or ..: write it like s3://BUCKET/FOLDER/FILE", ErrValue, name, shown.Quote(key))
	}
	return S3Address{bucket, strings.TrimSuffix(key, "/")}, nil
}

// checkAddress refuses what looks like the address of something elsewhere and is none that can be
// read. A folder is the beginning of keys.
func checkAddress(path string, folder bool) error {
	if !IsS3(path) {
		if scheme := anyScheme.FindString(path); scheme != "" {
			return fmt.Errorf("%w: %s begins with %s, and only s3://BUCKET/KEY and paths are read", ErrValue, shown.Quote(path), shown.Line(scheme))
		}
		return nil
	}
	at, err := ParseS3(path)
	if err == nil && (at.Key == "" || !folder && strings.HasSuffix(path, "/")) {
		err = fmt.Errorf("%w: %s names nothing in the bucket: write it like s3://%s/NAME", ErrValue, shown.Quote(path), at.Bucket)
	}
	return err
}

func (s Storage) validate(report reporter) {
	if s.URL != "" {
		_, err := ParseS3(s.URL)
		report.check(err, "storage.url")
	}
	if s.Endpoint == "" {
		return
	}
	u, err := url.Parse(s.Endpoint)
	report.bad(err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil,
		"storage.endpoint", "%s is not the address of an S3 server, like https://s3.example.org or http://minio:9000", shown.Quote(RedactURLs(s.Endpoint)))
}

// addresses lists the s3:// addresses that the run reads: of files, and of folders.
func (r *Run) addresses() (files, folders []string) {
	take := func(list *[]string) func(string) string {
		return func(path string) string {
			if IsS3(path) {
				*list = append(*list, path)
			}
			return path
		}
	}
	r.mapPaths(take(&files), take(&folders))
	return files, folders
}

// ReadFromCopies has the run read local copies of what is at s3:// addresses: file and folder give
// the copy of one. The run is still written with the addresses.
func (r *Run) ReadFromCopies(file, folder func(address string) (copied string, err error)) error {
	files, folders := r.addresses()
	copies := map[string]string{}
	for _, of := range []struct {
		addresses []string
		get       func(string) (string, error)
	}{{files, file}, {folders, folder}} {
		for _, address := range of.addresses {
			if copies[address] != "" {
				continue
			}
			copied, err := of.get(address)
			if err != nil {
				return err
			}
			copies[address] = copied
		}
	}
	if len(copies) == 0 {
		return nil
	}
	r.Copies = map[string]string{}
	for address, copied := range copies {
		r.Copies[copied] = address
	}
	local := func(path string) string {
		if copied, ok := copies[path]; ok {
			return copied
		}
		return path
	}
	*r = r.mapPaths(local, local)
	return nil
}
