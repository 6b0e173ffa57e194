package progress_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"ringmaster/coordinator/progress"
)

func TestADownloadIsOneLine(t *testing.T) {
	var b bytes.Buffer
	c := newClock()
	width := 80
	d := progress.NewDownload(&b, "fetching minilm", progress.Options{Live: true, Now: c.Now, Width: func() int { return width }})
	show := func(done int64, later time.Duration) string {
		b.Reset()
		c.now = c.now.Add(later)
		d.Show(done, 84_000_000)
		return strings.TrimSuffix(strings.TrimPrefix(b.String(), "\r"), "\x1b[K")
	}
	for _, step := range []struct {
		done  int64
		later time.Duration
		want  string
	}{
		{10_500_000, 0, "fetching minilm  ━━━─────────────────────  10.5/84.0 MB"},
		{21_000_000, time.Millisecond, ""}, // too soon to be drawn again
		{42_000_000, 3 * time.Second, "fetching minilm  ━━━━━━━━━━━━────────────  42.0/84.0 MB  10.5 MB/s  4.0s left"},
		{84_000_000, time.Millisecond, "fetching minilm  ━━━━━━━━━━━━━━━━━━━━━━━━  84.0/84.0 MB  24.5 MB/s"},
	} {
		if got := show(step.done, step.later); got != step.want {
			t.Errorf("%d bytes: %q, want %q", step.done, got, step.want)
		}
	}
	for width = 4; width < 80; width++ {
		if got := show(84_000_000, time.Second); len([]rune(got)) >= width {
			t.Errorf("%q has %d columns of %d", got, len([]rune(got)), width)
		}
	}
	b.Reset()
	if err := d.Close(); err != nil || b.String() != "\n" {
		t.Errorf("at its end %q, %v", b.String(), err)
	}
}

// A log file, or a pipe, gets nothing of it; a screen that fails is said at the end.
func TestADownloadElsewhere(t *testing.T) {
	var b bytes.Buffer
	for w, live := range map[io.Writer]bool{&b: false, broken{}: true} {
		d := progress.NewDownload(w, "fetching minilm", progress.Options{Live: live, Now: newClock().Now})
		d.Show(1, 2)
		if err := d.Close(); (err != nil) != live || b.Len() > 0 {
			t.Errorf("live %v: %q, %v", live, b.String(), err)
		}
	}
}
