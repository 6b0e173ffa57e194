package shown

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// The sentences are made by the library itself, so that a release of Go that words them anew is
// noticed.
func TestAMessageHoldsNoGo(t *testing.T) {
	var settings struct {
		Layers int `json:"num_hidden_layers"`
		Inner  struct {
			Names map[string]uint64 `json:"names"`
			List  []string          `json:"list"`
		} `json:"inner"`
		Rate *float64 `json:"rate"`
	}
	decode := func(text string, into any) error { return json.Unmarshal([]byte(text), into) }
	_, number := strconv.Atoi("12a")
	_, large := strconv.ParseFloat("1e999", 64)
	_, truth := strconv.ParseBool("maybe")
	var one int
	for _, c := range []struct {
		err  error
		want string
	}{
		{decode(`{"num_hidden_layers":"12"}`, &settings), "num_hidden_layers is text, but should be a whole number"},
		{decode(`{"inner":{"list":{}}}`, &settings), "inner.list is a mapping, but should be a list"},
		{decode(`{"inner":{"names":[]}}`, &settings), "inner.names is a list, but should be a mapping"},
		{decode(`{"inner":{"names":{"a":-1}}}`, &settings), "inner.names is number -1, but should be a non-negative whole number"},
		{decode(`{"rate":true}`, &settings), "rate is true or false, but should be a number"},
		{decode(`{"inner":3}`, &settings), "inner is a number, but should be a mapping"},
		{decode(`["x"]`, &one), "it is a list, but should be a whole number"},
		{number, `"12a" is not a number`},
		{large, `"1e999" is out of range`},
		{truth, `"maybe" is not true or false`},
	} {
		got := Message(fmt.Errorf("model/config.json: %w; see there", c.err).Error())
		if want := "model/config.json: " + c.want + "; see there"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := Message("connect: dial tcp: lookup nowhere.invalid on 10.0.0.1:53: no such host"); got != "connect: unknown host nowhere.invalid" {
		t.Error(got)
	}
}

func TestAMessageIsBoundedByLine(t *testing.T) {
	got := Message("first\n" + strings.Repeat("x", 100<<20) + "\x1b[2J\nlast")
	if len(got) > 3000 || !strings.HasPrefix(got, "first\nxxx") || !strings.HasSuffix(got, "bytes in all)\nlast") || strings.Contains(got, "\x1b") {
		t.Errorf("%d bytes: %.40q", len(got), got)
	}
}
