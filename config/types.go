package config

import (
	"math"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringmaster/shown"
)

var (
	runType     = reflect.TypeFor[Run]()
	taskType    = reflect.TypeFor[Task]()
	tasksType   = reflect.TypeFor[[]Task]()
	filesType   = reflect.TypeFor[Files]()
	labelsType  = reflect.TypeFor[Labels]()
	weightsType = reflect.TypeFor[ClassWeights]()
)

// field is one key of a section.
type field struct {
	name     string
	optional bool // left out of a resolved file when zero
	typ      reflect.Type
	index    int
}

// fieldsOf lists the keys of a section in the order of its Go type.
func fieldsOf(section reflect.Type) []field {
	var fields []field
	for i := range section.NumField() {
		name, options, _ := strings.Cut(section.Field(i).Tag.Get("yaml"), ",")
		if name != "-" {
			fields = append(fields, field{name, options == "omitempty", section.Field(i).Type, i})
		}
	}
	return fields
}

func fieldOf(section reflect.Type, name string) (field, bool) {
	for _, f := range fieldsOf(section) {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func isSection(t reflect.Type) bool { return t.Kind() == reflect.Struct }

// typeName names a key's type in messages.
func typeName(t reflect.Type) string {
	switch {
	case t == filesType:
		return "a file or a list of files"
	case t == weightsType:
		return "balanced, or a mapping from a class to a number"
	case t == labelsType:
		return "a mapping from text to text"
	case t == tasksType:
		return "a list of tasks"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Struct:
		return "a mapping"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a non-negative whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "text"
	}
}

// fitsScalar reports whether a scalar can be a value of a type that is no section,
// list or map. Any scalar is text: a column may be called 1.
func fitsScalar(n *yaml.Node, t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind != yaml.ScalarNode {
		return false
	}
	switch tag := n.ShortTag(); t.Kind() {
	case reflect.String:
		return true
	case reflect.Bool:
		return tag == "!!bool"
	case reflect.Int, reflect.Uint64:
		return tag == "!!int" && n.Decode(reflect.New(t).Interface()) == nil
	case reflect.Float64:
		var x float64
		return (tag == "!!int" || tag == "!!float") && n.Decode(&x) == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
	}
	return false
}

// found describes a value that is not of the expected type.
func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	case n.ShortTag() == "!!str":
		return shown.Quote(n.Value)
	}
	return shown.Line(n.Value)
}
