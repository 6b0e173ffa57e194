package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"

	"ringmaster/inputfile"
)

// jsonFile is a file with an object whose keys are read one by one. It may be absent, and is then empty.
type jsonFile struct {
	path string
	keys map[string]json.RawMessage
}

func readKeys(dir, name string) (jsonFile, error) {
	f := jsonFile{path: filepath.Join(dir, name)}
	_, err := readJSON(f.path, &f.keys)
	return f, err
}

// has says whether a key is there and not null.
func (f jsonFile) has(key string) bool {
	raw, ok := f.keys[key]
	return ok && string(raw) != "null"
}

// decode reads a key that is there and not null.
func (f jsonFile) decode(key string, into any) error {
	if !f.has(key) {
		return nil
	}
	return badJSON(f.path, key, json.Unmarshal(f.keys[key], into))
}

// readJSON decodes a file that may be absent.
func readJSON(path string, into any) (found bool, err error) {
	content, err := inputfile.Read(path, largestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrBadConfig, err)
	}
	return true, badJSON(filepath.Clean(path), "", json.Unmarshal(content, into))
}

// badJSON says what is wrong with a file, or with one of its keys, in JSON's words.
func badJSON(path, key string, err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		at := strings.Trim(key+"."+wrong.Field, ".")
		if at != "" {
			at += " "
		}
		return fmt.Errorf("%w: %s: %sis a %s, want %s", ErrBadConfig, path, at, wrong.Value, kindOf(wrong.Type))
	}
	return fmt.Errorf("%w: %s is not JSON: %w", ErrBadConfig, path, err)
}

// kindOf is what JSON calls the values of a type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Pointer:
		return kindOf(t.Elem())
	default:
		return "a number"
	}
}
