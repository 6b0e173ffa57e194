package main

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func curveCommand(args ...string) (string, error) {
	root := rootCommand()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs(append([]string{"bench", "curve"}, args...))
	err := root.Execute()
	return out.String(), err
}

// Both curves leave a table and a picture, whose columns are those of the work that was measured.
func TestBenchCurveWritesTablesAndPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "curves")
	if out, err := curveCommand("--workers", "1,3", "--texts", "2", "--rows", "1k,20k", "--prepare-up-to", "1k", "--out", dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]struct {
		first []float64
		most  int // columns that may be 0 from here on
	}{"workers": {[]float64{1, 3}, 5}, "rows": {[]float64{1000, 20000}, 2}} {
		text, err := os.ReadFile(filepath.Join(dir, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || len(lines) != 3 {
			t.Fatalf("%s: %v, %v", name, lines, err)
		}
		for i, line := range lines[1:] {
			for column, cell := range line {
				x, err := strconv.ParseFloat(cell, 64)
				if err != nil || column == 0 && x != want.first[i] || column < want.most && !(x > 0) {
					t.Errorf("%s, line %d, %s: %q", name, i+1, lines[0][column], cell)
				}
			}
		}
		picture, err := os.ReadFile(filepath.Join(dir, name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s.svg: %v", name, err)
			}
		}
	}
}

func TestBenchCurveRefusesWhatCannotBeMeasured(t *testing.T) {
	for _, args := range [][]string{{"--workers", "0"}, {"--workers", "1000000"}, {"--texts", "0"}, {"--rows", "few"}, {"--rows", "1e12"}, {"--steps", "0"}, {"deal"}} {
		if _, err := curveCommand(args...); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := curveCommand("gpus"); err == nil {
		t.Error("a curve that does not exist is measured")
	}
}
