package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Download shows how much of what is fetched is there, on one line that is redrawn in place.
type Download struct {
	name string
	now  func() time.Time
	live *live // nil: nothing is shown
	// since is when the first news came, of so many bytes: what lies there from before says
	// nothing of the speed.
	since time.Time
	first int64
}

// NewDownload reports to w where o is live; elsewhere it shows nothing.
func NewDownload(w io.Writer, name string, o Options) *Download {
	d := &Download{name: name, now: o.Now}
	if o.Live {
		d.live = &live{out: writer{w: w}, width: o.Width}
	}
	return d
}

// Show tells that so many bytes are there, of total.
func (d *Download) Show(done, total int64) {
	if d.live == nil || total <= 0 {
		return
	}
	now := d.now()
	if !d.live.shown {
		d.since, d.first = now, done
	} else if done < total && now.Sub(d.live.drawn) < redrawEvery {
		return
	}
	d.live.shown, d.live.drawn = true, now
	d.live.out.print(toLineStart + d.line(min(done, total), total, now.Sub(d.since).Seconds()) + clearToEnd)
}

// line is its fullest form that fits.
func (d *Download) line(done, total int64, seconds float64) string {
	share := float64(done) / float64(total)
	count := fmt.Sprintf("%.1f/%.1f MB", float64(done)/1e6, float64(total)/1e6)
	rate, left := "", ""
	if came := float64(done - d.first); came > 0 && seconds > 0 {
		rate = fmt.Sprintf("%.1f MB/s", came/seconds/1e6)
		if done < total {
			left = duration(time.Duration(float64(total-done)/came*seconds*float64(time.Second))) + " left"
		}
	}
	line, width := "", d.live.columns()
	for _, line = range []string{
		join(d.name, bar(share, longBar), count, rate, left), join(d.name, bar(share, shortBar), count, left),
		join(d.name, count), count,
	} {
		if columns(line) <= width {
			return line
		}
	}
	return text.Trim(line, max(0, width))
}

// Close ends the line, and gives the first error of writing.
func (d *Download) Close() error {
	if d.live == nil {
		return nil
	}
	return d.live.close()
}
