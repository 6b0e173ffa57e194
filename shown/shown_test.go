package shown

import (
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestForeignTextActsOnNoTerminal(t *testing.T) {
	for _, c := range []struct{ in, line string }{
		{"anna", "anna"},
		{"Grüße 中文 👩‍💻", "Grüße 中文 👩‍💻"},
		{"h\nworker root joined\x1b[2J\x07", `h\nworker root joined\x1b[2J\a`},
		{"uni\u202ecode\u2028x\u200b", `uni\u202ecode\u2028x\u200b`},
		{"nul\x00 \x9b31m \xff", `nul\x00 \x9b31m \xff`},
		{"c1 \u009b31m", `c1 \u009b31m`},
		{"a\tb\rc", `a\tb\rc`},
	} {
		if got := Line(c.in); got != c.line {
			t.Errorf("Line(%q) = %q, want %q", c.in, got, c.line)
		}
	}
	if got := Text("one\n\ttwo\x1b[0m\r\n"); got != "one\n\ttwo\\x1b[0m\\r\n" {
		t.Errorf("Text keeps line ends and tabs alone: %q", got)
	}
}

func TestLongTextIsCut(t *testing.T) {
	long := strings.Repeat("ü", 50<<20)
	for name, got := range map[string]string{"Line": Line(long), "Quote": Quote(long)} {
		if len(got) > 2100 || !strings.Contains(got, "104857600 bytes") {
			t.Errorf("%s leaves %d bytes: %.60s", name, len(got), got)
		}
	}
}

func TestAnyTextIsOneLineOfWhatIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		for _, shown := range []string{Line(s), Quote(s)} {
			for _, r := range shown {
				if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
					t.Fatalf("%q shows %U", s, r)
				}
			}
		}
	})
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"anna": true, "node-3/gpu:0": true, "müller": true, "": false, "a b": false, "a\x1b[2J": false, "uni\u202ecode": false, "nul\x00": false, "\xff": false, "a\u00a0b": false,
	} {
		if Name(name) != want {
			t.Errorf("Name(%q) is %v", name, !want)
		}
	}
}

func TestProblemsAreInWords(t *testing.T) {
	var into struct {
		Steps int `json:"steps"`
		Tasks []struct {
			Name string `json:"name"`
		} `json:"tasks"`
	}
	_, notNumber := strconv.Atoi("x\n1")
	_, tooLarge := strconv.Atoi("99999999999999999999")
	for _, c := range []struct {
		err  error
		want string
	}{
		{notNumber, `"x\n1" is not a number`},
		{tooLarge, `"99999999999999999999" is out of range`},
		{json.Unmarshal([]byte(`{"steps":"x"}`), &into), "steps is text, but should be a whole number"},
		{json.Unmarshal([]byte(`{"tasks":[{"name":3}]}`), &into), "tasks.name is a number, but should be text"},
		{json.Unmarshal([]byte(`{"steps":1.5}`), &into), "steps is number 1.5, but should be a whole number"},
		{json.Unmarshal([]byte(`{"steps":`), &into), "it ends unexpectedly"},
		{json.Unmarshal([]byte(`{"steps":}`), &into), "it is not JSON: invalid character '}' looking for beginning of value at byte 10"},
		{&net.DNSError{Name: "nowhere", IsNotFound: true}, "unknown host nowhere"},
		{&net.OpError{Op: "listen", Err: syscall.EADDRINUSE}, "already in use by another program"},
		{errors.New("anything"), "anything"},
	} {
		if got := Problem(c.err); got != c.want {
			t.Errorf("%v is said as %q, want %q", c.err, got, c.want)
		}
	}
}
