package parquetfile

import (
	"errors"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Kind is what a value is.
type Kind int

// The kinds.
const (
	Text Kind = iota
	Number
	Truth
)

// Value is one value as it would stand in a line of JSON, but for a text's quotes.
type Value struct {
	Kind Kind
	Text string
}

// readable says whether a column's values can be taken.
func readable(leaf *parquet.Column) bool {
	switch leaf.Type().Kind() {
	case parquet.ByteArray, parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
		return true
	}
	return false
}

// column reads one column of a group of rows.
type column struct {
	pages   parquet.Pages
	leaf    *parquet.Column
	values  parquet.ValueReader // of the current page
	buffer  [64]parquet.Value
	ready   []parquet.Value // read, and in no row yet
	current []Value
}

// row is the values of the next row, without nulls; they are valid until the next call.
func (c *column) row() ([]Value, error) {
	c.current = c.current[:0]
	for first := true; ; first = false {
		v, err := c.peek()
		if errors.Is(err, io.EOF) && !first {
			return c.current, nil
		}
		if err != nil {
			return nil, err
		}
		if !first && v.RepetitionLevel() == 0 {
			return c.current, nil // the next row's
		}
		c.ready = c.ready[1:]
		if !v.IsNull() {
			c.current = append(c.current, c.valueOf(v))
		}
		if c.leaf.MaxRepetitionLevel() == 0 {
			return c.current, nil
		}
	}
}

// peek is the next value, from the next page where one is read to its end.
func (c *column) peek() (parquet.Value, error) {
	for len(c.ready) == 0 {
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if err != nil {
				return parquet.Value{}, err
			}
			c.values = page.Values()
		}
		n, err := c.values.ReadValues(c.buffer[:])
		c.ready = c.buffer[:n]
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			c.values = nil
		} else if err != nil {
			return parquet.Value{}, err
		}
	}
	return c.ready[0], nil
}

// valueOf copies a value out of its page.
func (c *column) valueOf(v parquet.Value) Value {
	switch v.Kind() {
	case parquet.Boolean:
		return Value{Truth, strconv.FormatBool(v.Boolean())}
	case parquet.Int32, parquet.Int64:
		return Value{Number, integer(v, unsigned(c.leaf))}
	case parquet.Float:
		return Value{Number, strconv.FormatFloat(float64(v.Float()), 'g', -1, 32)}
	case parquet.Double:
		return Value{Number, strconv.FormatFloat(v.Double(), 'g', -1, 64)}
	}
	return Value{Text, string(v.ByteArray())}
}

func integer(v parquet.Value, unsigned bool) string {
	switch is32 := v.Kind() == parquet.Int32; {
	case is32 && unsigned:
		return strconv.FormatUint(uint64(v.Uint32()), 10)
	case is32:
		return strconv.FormatInt(int64(v.Int32()), 10)
	case unsigned:
		return strconv.FormatUint(v.Uint64(), 10)
	}
	return strconv.FormatInt(v.Int64(), 10)
}

func unsigned(leaf *parquet.Column) bool {
	logical := leaf.Type().LogicalType()
	if logical == nil {
		return false
	}
	integer, is := logical.Value.(*format.IntType)
	return is && !integer.IsSigned
}
