package textfile

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"

	"ringmaster/errkind"
)

// shownMembers is how many files of an archive a refusal names.
const shownMembers = 5

// member opens the one file of a zip archive.
func (f *File) member(in input) (io.Reader, error) {
	refuse := func(format string, args ...any) error {
		return errkind.Errorf(ErrCompressed, "%s "+format, append([]any{in.name}, args...)...)
	}
	if in.at == nil {
		return nil, refuse("is a zip archive, which can only be read from a file: name the file")
	}
	archive, err := zip.NewReader(in.at, in.size)
	if err != nil {
		return nil, undone(in.name, err)
	}
	var files []*zip.File
	for _, member := range archive.File {
		if member.Name == "[Content_Types].xml" {
			return nil, errkind.Errorf(ErrNotText, "%s is an Office document: save its table as CSV (UTF-8)", in.name)
		}
		if !incidental(member) {
			files = append(files, member)
		}
	}
	switch {
	case len(files) == 0:
		return nil, refuse("is a zip archive without a file in it")
	case len(files) > 1:
		var names []string
		for _, member := range files[:min(len(files), shownMembers)] {
			names = append(names, member.Name)
		}
		if len(files) > shownMembers {
			names = append(names, "…")
		}
		return nil, refuse("is a zip archive of %d files (%s), and one is expected: unpack it and name the files to read", len(files), strings.Join(names, ", "))
	case files[0].Flags&1 != 0:
		return nil, refuse("is a zip archive that needs a password: unpack it and name %s", files[0].Name)
	}
	content, err := files[0].Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, refuse("is a zip archive compressed by method %d, which is not supported: unpack it and name %s", files[0].Method, files[0].Name)
	}
	if err != nil {
		return nil, undone(in.name, err)
	}
	f.close = append(f.close, content.Close)
	f.inner = path.Base(files[0].Name)
	return content, nil
}

// incidental says whether a member is a folder, or what an operating system leaves in archives.
func incidental(member *zip.File) bool {
	name := strings.TrimSuffix(member.Name, "/")
	return strings.HasSuffix(member.Name, "/") || strings.HasPrefix(member.Name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}
