package config

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// anyTask stands for the path of any task where keys are listed.
const anyTask = "tasks.NAME"

// KeyDoc describes one key of a run file.
type KeyDoc struct {
	Key     string `json:"key"`     // tasks.NAME.data.text; NAME is a task's name, as in --set
	Type    string `json:"type"`    // in words
	Default string `json:"default"` // empty: none
	Env     string `json:"env"`     // the environment variable; empty for keys of tasks
	Meaning string `json:"meaning"`
}

// Schema describes every key a run file may have, in the order of a resolved file.
func Schema() []KeyDoc {
	var docs []KeyDoc
	run, task := reflect.ValueOf(Defaults()), reflect.ValueOf(taskDefaults())
	describe(&docs, run, task, "")
	return docs
}

func describe(docs *[]KeyDoc, section, task reflect.Value, path string) {
	for _, f := range fieldsOf(section.Type()) {
		key, value := join(path, f.name), section.Field(f.index)
		switch {
		case f.typ == tasksType:
			describe(docs, task, task, anyTask)
		case isSection(f.typ):
			describe(docs, value, task, key)
		default:
			m := meanings[key]
			doc := KeyDoc{Key: key, Type: typeName(f.typ), Default: m.fallback, Meaning: m.text}
			if doc.Default == "" && !m.required && !(f.optional && value.IsZero()) {
				doc.Default = fmt.Sprint(value.Interface())
			}
			if !strings.HasPrefix(key, anyTask) {
				doc.Env = EnvName(key)
			}
			*docs = append(*docs, doc)
		}
	}
}

// allKeys lists the paths of all keys, sections too, for suggestions.
var allKeys = sync.OnceValue(func() []string {
	var keys []string
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for _, f := range fieldsOf(t) {
			key := join(path, f.name)
			keys = append(keys, key)
			if isSection(f.typ) {
				walk(f.typ, key)
			}
		}
	}
	walk(runType, "")
	walk(taskType, anyTask)
	return keys
})

// plainKeys lists the keys outside tasks that hold a value: those viper layers.
func plainKeys() map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for _, f := range fieldsOf(runType) {
		switch {
		case f.typ == tasksType:
		case isSection(f.typ):
			for _, g := range fieldsOf(f.typ) {
				keys[join(f.name, g.name)] = g.typ
			}
		default:
			keys[f.name] = f.typ
		}
	}
	return keys
}

// EnvName is the environment variable that sets a key outside tasks:
// train.lr is RINGMASTER_TRAIN_LR.
func EnvName(key string) string {
	return "RINGMASTER_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}
