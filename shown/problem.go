package shown

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strconv"
	"syscall"
)

// endOfJSON is how encoding/json says that a text ends too early.
const endOfJSON = "unexpected end of JSON input"

// Problem is what an error of the standard library's decoders and sockets means to a person who
// does not know Go; any other error's own text.
func Problem(err error) string {
	if err == nil {
		return ""
	}
	var (
		number   *strconv.NumError
		typed    *json.UnmarshalTypeError
		syntax   *json.SyntaxError
		resolved *net.DNSError
	)
	switch {
	case errors.As(err, &number) && errors.Is(number.Err, strconv.ErrRange):
		return Quote(number.Num) + " is out of range"
	case errors.As(err, &number):
		return Quote(number.Num) + " is not a number"
	case errors.As(err, &typed):
		where := "it"
		if typed.Field != "" {
			where = Line(typed.Field)
		}
		return fmt.Sprintf("%s is %s, but should be %s", where, article(typed.Value), kind(typed.Type))
	case errors.As(err, &syntax) && syntax.Error() == endOfJSON, errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends unexpectedly"
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON: %s at byte %d", syntax.Error(), syntax.Offset)
	case errors.As(err, &resolved) && resolved.IsNotFound:
		return fmt.Sprintf("unknown host %s", Line(resolved.Name))
	case errors.As(err, &resolved):
		return fmt.Sprintf("cannot resolve the host name %s", Line(resolved.Name))
	case errors.Is(err, syscall.EADDRINUSE):
		return "already in use by another program"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "not an address of this machine"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to the host"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer"
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return Text(err.Error())
}

// kind is a Go type in a person's words.
func kind(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kind(t.Elem())
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a non-negative whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping"
	}
	return "something else"
}

// article names a JSON value, as encoding/json calls it, in a person's words.
func article(value string) string {
	switch value {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	case "number":
		return "a number"
	}
	return Line(value) // "number 1.5"
}
