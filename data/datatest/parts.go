package datatest

import "ringmaster/data"

// T is a test, or a check of a property.
type T interface {
	Helper()
	Fatal(args ...any)
}

// List is the examples of a part.
func List(t T, part data.Part) []data.Example {
	t.Helper()
	list, err := part.List()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Part is a part of examples.
func Part(t T, examples ...data.Example) data.Part {
	t.Helper()
	part, err := data.PartOf(examples)
	if err != nil {
		t.Fatal(err)
	}
	return part
}
