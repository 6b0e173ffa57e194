package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

// view is all there is to show at one moment.
type view struct {
	stage    Stage
	finished int // steps
	lambda   float64
	losses   []taskLoss
	ring     float64 // share of the time; 0: none, or not known
	elapsed  time.Duration
	paced    bool    // rate and left are known
	rate     float64 // examples a second
	left     time.Duration
}

type taskLoss struct {
	task string
	loss float64
}

// head is the stage: "[3/4] student".
func (v view) head() string {
	if v.stage.Of > 0 {
		return fmt.Sprintf("[%d/%d] %s", v.stage.Index, v.stage.Of, v.stage.Name)
	}
	return v.stage.Name
}

func (v view) count() string { return fmt.Sprintf("%d/%d", v.finished, v.stage.Steps) }

func (v view) share() float64 {
	if v.stage.Steps <= 0 {
		return 0
	}
	return min(1, float64(v.finished)/float64(v.stage.Steps))
}

func (v view) lambdaText() string {
	if !v.stage.Annealed {
		return ""
	}
	return fmt.Sprintf("λ %.3f", v.lambda)
}

// lossText shows the first n tasks' losses.
func (v view) lossText(n int) string {
	var b strings.Builder
	for _, l := range v.losses[:min(n, len(v.losses))] {
		fmt.Fprintf(&b, " %s %.3f", l.task, l.loss)
	}
	if b.Len() == 0 {
		return ""
	}
	return "loss" + b.String()
}

func (v view) rateText() string {
	if !v.paced || v.rate <= 0 {
		return ""
	}
	format := "%.0f examples/s"
	if v.rate < 10 {
		format = "%.1f examples/s"
	}
	return fmt.Sprintf(format, v.rate)
}

func (v view) ringText() string {
	if v.ring <= 0 {
		return ""
	}
	return fmt.Sprintf("ring %.0f%%", 100*v.ring)
}

func (v view) leftText() string {
	if !v.paced || v.finished >= v.stage.Steps {
		return ""
	}
	return duration(v.left) + " left"
}

// duration is a length of time with two units at most: 4.2s, 45s, 2m10s, 1h05m.
func duration(d time.Duration) string {
	switch {
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d.Round(time.Second) < time.Hour:
		s := int(d.Round(time.Second).Seconds())
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	m := int(d.Round(time.Minute).Minutes())
	return fmt.Sprintf("%dh%02dm", m/60, m%60)
}

// join puts the parts that are not empty two spaces apart.
func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "  ")
}

// columns is the width of a text in a terminal.
func columns(s string) int { return text.StringWidthWithoutEscSequences(s) }
