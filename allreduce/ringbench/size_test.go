package ringbench

import (
	"errors"
	"testing"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "1024": 1024, "1k": 1000, "11.7M": 11_700_000, "0.5k": 500, "1G": 1_000_000_000, "110M": 110_000_000,
	} {
		got, err := ParseSize(text)
		if err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5", "0.0001k", "1K", "1x", "k", "1e3", "1/2", "1.1G", "999999999999", " 1", "1kk"} {
		if got, err := ParseSize(text); !errors.Is(err, ErrOptions) {
			t.Errorf("%q is %d, %v, want ErrOptions", text, got, err)
		}
	}
}

func TestSizeTextIsWhatParseSizeReads(t *testing.T) {
	for floats, want := range map[int]string{
		1: "1", 1024: "1.024k", 1000: "1k", 11_700_000: "11.7M", 999: "999", 1_000_001: "1000.001k", 1_000_000_000: "1G", 1_234_567_891: "1234567.891k",
	} {
		if got := sizeText(floats); got != want {
			t.Errorf("%d is written %q, want %q", floats, got, want)
		}
		if got, err := ParseSize(want); floats <= maxFloats && (err != nil || got != floats) {
			t.Errorf("%q is read as %d, %v, want %d", want, got, err, floats)
		}
	}
}
