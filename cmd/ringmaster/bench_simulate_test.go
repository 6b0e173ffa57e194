package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// simulateCommand runs `ringmaster bench simulate` with small numbers, unless args say else.
func simulateCommand(args ...string) (string, error) {
	root := rootCommand()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(append([]string{"bench", "simulate", "--workers", "8,16", "--parameters", "1M", "--gbit", "10"}, args...))
	err := root.Execute()
	return out.String(), err
}

func TestBenchSimulateJSON(t *testing.T) {
	out, err := simulateCommand("--json", "--wire", "bfloat16", "--delay", "1ms", "--window", "256")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Parameters, Workers, Group int
		Gbit                       float64
		Delay                      float64 `json:"delay_seconds"`
		Bound                      float64 `json:"bound_seconds"`
		Ring                       float64 `json:"ring_seconds"`
		Hierarchical               float64 `json:"hierarchical_seconds"`
		Links                      struct {
			Ring float64 `json:"ring_seconds"`
		} `json:"links_alone"`
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(rows) != 2 {
		t.Fatalf("%d rows, want 2: %s", len(rows), out)
	}
	r := rows[1]
	if r.Parameters != 1e6 || r.Workers != 16 || r.Group != 8 || r.Gbit != 10 || r.Delay != 1e-3 {
		t.Errorf("row %+v is not what was asked for", r)
	}
	// 2·15/16 of 2 MB at 1.25 GB/s.
	if want := 2 * 15. / 16 * 2e6 / 1.25e9; math.Abs(r.Bound-want) > 1e-9 {
		t.Errorf("bound %v s, want %v", r.Bound, want)
	}
	// Segments of 125 KB are over long before the next hop's chunk comes: 30 hops of
	// delay and a message, and a little more for the second message of the last segment.
	if hops := 30 * (1e-3 + 65312/1.25e9); r.Links.Ring < hops || r.Links.Ring > hops*1.01 {
		t.Errorf("ring %v s on links alone, want a little over %v", r.Links.Ring, hops)
	}
	if r.Ring <= r.Links.Ring {
		t.Errorf("ring %v s with the processor's cost, %v without", r.Ring, r.Links.Ring)
	}
	if rows[0].Hierarchical != 0 || r.Hierarchical == 0 {
		t.Errorf("hierarchical %v s for one node, %v for two", rows[0].Hierarchical, r.Hierarchical)
	}
}

func TestBenchSimulatePrintsATable(t *testing.T) {
	out, err := simulateCommand()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"parameters", "hierarchical", "6 µs per message", "1M", "16"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table has no %q:\n%s", want, out)
		}
	}
}

func TestBenchSimulateDraws(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plot.svg")
	if _, err := simulateCommand("--plot", file); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	words := map[string]bool{}
	for decoder := xml.NewDecoder(f); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			words[strings.TrimSpace(string(text))] = true
		}
	}
	for _, want := range []string{"workers", "10 Gbit/s", "hierarchical, 8 per node", "1M parameters, links alone"} {
		if !words[want] {
			t.Errorf("the plot does not say %q", want)
		}
	}
}

func TestBenchSimulateWrongUse(t *testing.T) {
	for _, args := range [][]string{
		{"--workers", "0"}, {"--workers", "8,1"}, {"--workers", ""}, {"--parameters", "many"}, {"--parameters", "-1M"}, {"--gbit", "0"}, {"--delay", "-1s"},
		{"--group", "0"}, {"--stripes", "0"}, {"--wire", "float8"}, {"--chunk-bytes", "10"}, {"--window", "0"}, {"--byte-ns", "-1"},
		{"--group-gbit", "0"}, {"surplus"}, {"--plot", "plot.docx"},
	} {
		if _, err := simulateCommand(args...); exitCode(err) != exitWrongUse || err == nil {
			t.Errorf("%q: %v, want wrong use", args, err)
		}
	}
}

func TestCountOf(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "109.5M": 109_500_000, "335m": 335_000_000, "1.3G": 1_300_000_000, "2k": 2000} {
		if got, err := countOf("--parameters", text); got != want || err != nil {
			t.Errorf("%s is %d, %v, want %d", text, got, err, want)
		}
	}
}
