package coordinator

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// processExit is how a worker's process ended.
type processExit struct {
	state  *os.ProcessState
	ours   bool // this program killed it
	memory bool // the kernel killed processes meanwhile, since memory ran out
}

// String says so, as what follows "worker … was lost:".
func (e processExit) String() string {
	status, ok := e.state.Sys().(syscall.WaitStatus)
	switch {
	case e.state.Success():
		return "its process ended"
	case !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL || e.ours:
		return "its process ended with " + e.state.String()
	case e.memory:
		return "memory ran out, and the kernel killed its process (SIGKILL): start fewer workers (--workers), set a smaller train.micro_batch, or give the machine or container more memory"
	default:
		return "its process was killed (SIGKILL), not by this run. If a memory limit was the cause, start fewer workers (--workers), set a smaller train.micro_batch, or give the machine or container more memory"
	}
}

// outOfMemoryKills counts the processes that the kernel has killed since boot because memory
// ran out, on the whole machine or in a control group; 0 where it is not known.
func outOfMemoryKills() int {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if count, found := strings.CutPrefix(line, "oom_kill "); found {
			n, err := strconv.Atoi(strings.TrimSpace(count))
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// lastPart is how much of a log is searched for a program's last words.
const lastPart = 64 << 10

// lastWords is the line of a log that best explains why its program ended: the first line of a
// crash report of the Go runtime or of C++, which stacks and registers follow, else the last
// line.
func lastWords(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close() // opened for reading only
	if info, err := f.Stat(); err == nil && info.Size() > lastPart {
		if _, err := f.Seek(-lastPart, io.SeekEnd); err != nil {
			return ""
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, lastPart))
	if err != nil {
		return ""
	}
	last, crash := "", ""
	for line := range bytes.Lines(text) {
		line := strings.TrimSpace(string(line))
		if line == "" {
			continue
		}
		last = line
		if crash == "" && beginsCrash(line) || crash != "" && strings.HasPrefix(line, "what():") {
			crash = strings.TrimSpace(crash + " " + line)
		}
	}
	if crash != "" {
		last = crash
	}
	const longest = 500
	if len(last) > longest {
		last = strings.ToValidUTF8(last[:longest], "") + "…"
	}
	return last
}

func beginsCrash(line string) bool {
	for _, beginning := range []string{"panic:", "fatal error:", "runtime: out of memory", "terminate called", "SIGSEGV:", "SIGABRT:", "SIGBUS:", "SIGILL:", "SIGFPE:"} {
		if strings.HasPrefix(line, beginning) {
			return true
		}
	}
	return false
}
