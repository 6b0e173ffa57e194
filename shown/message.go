package shown

import (
	"regexp"
	"strings"
)

// messageLine is the most characters of one line of a message.
const messageLine = 2000

// Message is a whole message of a program, or an error's text, as a person is told it: escaped
// as Text, its lines bounded, and what the standard library's decoders say put into words,
// wherever in it they are quoted.
func Message(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		head, cut := beginning(line, messageLine)
		lines[i] = inWords(head) + cut
	}
	return Text(strings.Join(lines, "\n"))
}

// The sentences of encoding/json, strconv and net.
var (
	jsonField = regexp.MustCompile(`json: cannot unmarshal (.+?) into Go struct field (\S+) of type (struct \{.*\}|[\w.*\[\]]+)`)
	jsonValue = regexp.MustCompile(`json: cannot unmarshal (.+?) into Go value of type (struct \{.*\}|[\w.*\[\]]+)`)
	badNumber = regexp.MustCompile(`strconv\.[A-Z]\w*: parsing ("(?:[^"\\]|\\.)*"): (invalid syntax|value out of range)`)
	badBool   = regexp.MustCompile(`strconv\.ParseBool: parsing ("(?:[^"\\]|\\.)*"): invalid syntax`)
	noHost    = regexp.MustCompile(`(?:dial (?:tcp|udp)[46]?: )?lookup (\S+?)(?: on \S+)?: no such host`)
)

// inWords puts their sentences into words.
func inWords(line string) string {
	if strings.Contains(line, "json: cannot") {
		line = jsonField.ReplaceAllStringFunc(line, func(s string) string {
			m := jsonField.FindStringSubmatch(s)
			_, field, _ := strings.Cut(m[2], ".") // the first part is the Go type's name
			return field + " is " + article(m[1]) + ", but should be " + kindNamed(m[3])
		})
		line = jsonValue.ReplaceAllStringFunc(line, func(s string) string {
			m := jsonValue.FindStringSubmatch(s)
			return "it is " + article(m[1]) + ", but should be " + kindNamed(m[2])
		})
	}
	if strings.Contains(line, "strconv.") {
		line = badBool.ReplaceAllString(line, "$1 is not true or false")
		line = badNumber.ReplaceAllStringFunc(line, func(s string) string {
			m := badNumber.FindStringSubmatch(s)
			if m[2] == "value out of range" {
				return m[1] + " is out of range"
			}
			return m[1] + " is not a number"
		})
	}
	return noHost.ReplaceAllString(line, "unknown host $1")
}

// kindNamed is the name of a Go type in a person's words.
func kindNamed(name string) string {
	name = strings.TrimLeft(name, "*")
	switch {
	case name == "string":
		return "text"
	case name == "bool":
		return "true or false"
	case strings.HasPrefix(name, "uint"):
		return "a non-negative whole number"
	case strings.HasPrefix(name, "int"):
		return "a whole number"
	case strings.HasPrefix(name, "float"):
		return "a number"
	case strings.HasPrefix(name, "["):
		return "a list"
	}
	return "a mapping"
}
