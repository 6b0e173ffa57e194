package status

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"ringmaster/screen"
	"ringmaster/shown"
)

// longWait is how long a wait may last before people are told of it.
const longWait = 2 * time.Second

// Write shows the status of a run to a person, in lines of at most width columns.
func Write(w io.Writer, r Run, width int) error {
	var lines sheet
	lines.add("run", "%s%s", r.Run, inBrackets(r.Method))
	lines.add("phase", "%s", r.Phase)
	lines.add("", "%s", r.Reason)
	if !r.Ready && r.NotReady != r.Reason && !r.Phase.Ended() {
		lines.add("", "%s", r.NotReady)
	}
	if s := r.Stage; s != nil {
		lines.add("stage", "%s", s)
		lines.add("left", "%s", s.left())
	}
	if wait := r.WaitsFor; wait != nil && seconds(wait.Seconds) >= longWait {
		lines.add("waits", "for %s%s, for %s so far", wait.For, behind(": ", wait.From), rounded(wait.Seconds))
	}
	if !r.Phase.Ended() {
		lines.add("workers", "%s", r.Workers)
	}
	lines.add("checkpoint", "%s", r.Checkpoint.text(r.AsOf))
	if r.Evicted > 0 {
		lines.add("evicted", "%s since the coordinator was started", screen.Count(r.Evicted, "worker", "workers"))
	}
	lines.add("refused", "%s", refusedText(r.Refused))
	lines.add("model", "%s", r.Model)
	if p := r.Process; p != nil {
		lines.add("coordinator", "process %d on %s%s", p.PID, p.Host, since(r.Started))
	}
	lines.add("directory", "%s", r.Directory)
	text := lines.render(width)
	if !r.Phase.Ended() && len(r.Workers.Members) > 0 {
		text += "\n" + memberTable(r.Workers.Members).Render(width) + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// WriteWorker shows the status of a worker.
func WriteWorker(w io.Writer, d Worker, width int) error {
	var lines sheet
	lines.add("worker", "%s", d.Worker)
	lines.add("run", "%s", d.Run)
	lines.add("phase", "%s", d.Phase)
	lines.add("", "%s", d.Reason)
	if !d.Ready && d.NotReady != d.Reason {
		lines.add("", "%s", d.NotReady)
	}
	if d.Stage != "" {
		lines.add("stage", "%s, step %d", d.Stage, d.Step)
	}
	if d.World > 0 {
		lines.add("ring", "rank %d of %d, generation %d", d.Rank, d.World, d.Generation)
	}
	if d.Silent != nil {
		lines.add("coordinator", "answered %s ago", rounded(*d.Silent))
	}
	lines.add("process", "%d on %s", d.Process.PID, d.Process.Host)
	_, err := io.WriteString(w, lines.render(width))
	return err
}

// sheet is lines with a name before each.
type sheet []struct{ name, text string }

// add adds a line, unless all that it would say is empty. What it says may be from the
// network.
func (s *sheet) add(name, format string, args ...any) {
	if text := shown.Line(fmt.Sprintf(format, args...)); text != "" {
		*s = append(*s, struct{ name, text string }{name, text})
	}
}

// nameWidth is what the longest name and the space behind it take.
const nameWidth = 13

func (s sheet) render(width int) string {
	var b strings.Builder
	for _, line := range s {
		fmt.Fprintln(&b, screen.Wrap(fmt.Sprintf("%-*s%s", nameWidth, line.name, line.text), width, strings.Repeat(" ", nameWidth)))
	}
	return b.String()
}

func (s *Stage) String() string {
	unit, head := "batch", s.Name
	if s.Training {
		unit = "step"
	}
	if s.Of > 0 {
		head = fmt.Sprintf("[%d/%d] %s", s.Index, s.Of, s.Name)
	}
	parts := []string{head}
	if s.Total > 0 {
		parts = append(parts, fmt.Sprintf("%s %d of %d", unit, s.Done, s.Total))
	}
	if s.Lambda != nil {
		parts = append(parts, fmt.Sprintf("λ %.3f", *s.Lambda))
	}
	if len(s.Loss) > 0 {
		loss := "loss"
		for _, task := range slices.Sorted(maps.Keys(s.Loss)) {
			loss += fmt.Sprintf(" %s %.3f", task, s.Loss[task])
		}
		parts = append(parts, loss)
	}
	return strings.Join(parts, ", ")
}

// left says how long the stage will take; empty where that is not known.
func (s *Stage) left() string {
	if s.TimeLeft == nil {
		return ""
	}
	text := "about " + rounded(*s.TimeLeft) + " of this stage"
	if s.ExamplesPerSecond > 0 {
		text += fmt.Sprintf(" (%.3g examples/s)", s.ExamplesPerSecond)
	}
	return text
}

func (w Workers) String() string {
	text := fmt.Sprintf("%d active", w.Active)
	if w.Wanted > 0 {
		text += fmt.Sprintf("; the run starts with %d, needs %d and takes %d", w.Wanted, w.Min, max(w.Max, w.Wanted))
	}
	return text
}

// text says which checkpoint it is; empty without one.
func (c *Checkpoint) text(now time.Time) string {
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("step %d of %s", c.Step, c.Stage)
	if !c.Written.IsZero() {
		text += fmt.Sprintf(", %s ago", now.Sub(c.Written).Round(time.Second))
	}
	if c.Unsaved > 0 {
		text += fmt.Sprintf("; %s since", screen.Count(c.Unsaved, "step", "steps"))
	}
	return text
}

func refusedText(refused map[string]uint64) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(refused)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, refused[kind]))
	}
	return strings.Join(parts, ", ")
}

func memberTable(members []Member) screen.Table {
	t := screen.Table{Header: []string{"worker", "host", "rank", "state", "heard"}, Texts: []int{0, 1, 3}}
	for _, m := range members {
		rank, heard := "", ""
		if m.Rank >= 0 {
			rank = fmt.Sprint(m.Rank)
		}
		if m.Silent > 0 {
			heard = rounded(m.Silent) + " ago"
		}
		t.Rows = append(t.Rows, []string{shown.Line(m.Worker), shown.Line(m.Host), rank, shown.Line(string(m.State)), heard})
	}
	return t
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

func behind(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "; the run was started at " + t.Local().Format(time.DateTime)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// rounded is a number of seconds for a person: to a tenth of a second below ten seconds.
func rounded(s float64) string {
	d := seconds(s)
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
