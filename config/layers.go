package config

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// mergeLayers merges the layers of everything but tasks: defaults, the file, the
// environment, and the command line. Tasks stay out of viper: it would lower-case their
// labels and split them at dots.
func (c *checker) mergeLayers(file map[string]any, set map[string]any) (Run, error) {
	v := viper.New()
	defaults := reflect.ValueOf(Defaults())
	types := plainKeys()
	for _, key := range slices.Sorted(maps.Keys(types)) {
		v.SetDefault(key, valueAt(defaults, key))
		if name := c.environment(key, types[key]); name != "" {
			if err := v.BindEnv(key, name); err != nil {
				return Run{}, fmt.Errorf("bind %s: %w", name, err)
			}
		}
	}
	if err := v.MergeConfigMap(file); err != nil {
		return Run{}, fmt.Errorf("layer the file: %w", err)
	}
	for key, value := range set {
		v.Set(key, value)
	}
	var run Run
	err := v.Unmarshal(&run, func(d *mapstructure.DecoderConfig) {
		d.TagName = "yaml"
		d.DecodeHook = textToScalar
	})
	return run, err
}

// environment is the name of the variable that sets a key to a value of its type; empty
// where none does.
func (c *checker) environment(key string, t reflect.Type) string {
	if c.ignoreEnv {
		return ""
	}
	text, as := c.variable(key)
	if text == "" {
		return ""
	}
	from := origin{layer: inEnvironment, as: as}
	if node := parseValue(text, t); !fitsScalar(node, t) {
		c.add(from, ErrType, key, fmt.Sprintf("%s: expected %s, found %s", key, typeName(t), found(node)))
		return ""
	}
	if c.origins[key].layer < inEnvironment {
		c.origins[key] = from
	}
	return EnvName(cmp.Or(as, key))
}

// textToScalar reads numbers from the environment as they are read from a file.
func textToScalar(from, to reflect.Type, data any) (any, error) {
	text, isText := data.(string)
	if !isText || from.Kind() != reflect.String || isSection(to) || to.Kind() == reflect.String {
		return data, nil
	}
	return decodeScalar(parseValue(text, to), to)
}

// decodeScalar turns a scalar into a value of its Go type.
func decodeScalar(n *yaml.Node, t reflect.Type) (any, error) {
	value := reflect.New(t)
	if err := n.Decode(value.Interface()); err != nil {
		return nil, err
	}
	if t.Kind() == reflect.Pointer {
		return value.Elem().Elem().Interface(), nil
	}
	return value.Elem().Interface(), nil
}

// valueAt is the value of a key outside tasks; nil for an unset pointer.
func valueAt(run reflect.Value, key string) any {
	value := run
	for _, step := range strings.Split(key, ".") {
		f, _ := fieldOf(value.Type(), step)
		value = value.Field(f.index)
	}
	if value.Kind() == reflect.Pointer && value.IsNil() {
		return nil
	}
	return value.Interface()
}
