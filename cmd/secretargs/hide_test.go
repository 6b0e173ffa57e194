package secretargs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const child = "SECRETARGS_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	Hide()
	seen, err := os.ReadFile("/proc/self/cmdline")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n%s", bytes.ReplaceAll(bytes.TrimRight(seen, "\x00"), []byte{0}, []byte(" ")), strings.Join(os.Args, " "))
}

// Other users see no secret of a command line, and the program itself sees what was given.
func TestNoSecretIsShown(t *testing.T) {
	for given, want := range map[string]string{
		"join --nats nats://hush@h:1 --name w":          "join --nats nats://****@h:1 --name w",
		"join --nats tls://u:hush@h:1,nats://hush@i":    "join --nats tls://******@h:1,nats://****@i",
		"coordinator r.yaml --token hush --workers 2":   "coordinator r.yaml --token **** --workers 2",
		"coordinator r.yaml --token=hush":               "coordinator r.yaml --token=****",
		"train r.yaml --set cluster.token=hush":         "train r.yaml --set cluster.token=****",
		"train r.yaml --set=cluster.token=hush":         "train r.yaml --set=cluster.token=****",
		"train r.yaml --set storage.url=s3://a/b --x @": "train r.yaml --set storage.url=s3://a/b --x @",
	} {
		c := exec.CommandContext(t.Context(), os.Args[0], strings.Fields(given)...)
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		shown, args, _ := strings.Cut(string(out), "\n")
		if !strings.HasSuffix(shown, " "+want) {
			t.Errorf("%s: shown as %s", given, shown)
		}
		if !strings.HasSuffix(args, " "+given) {
			t.Errorf("%s: os.Args is %s", given, args)
		}
	}
}
