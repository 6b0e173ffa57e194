package config

import "testing"

func TestRedactURLs(t *testing.T) {
	for written, want := range map[string]string{
		"embedded":             "embedded",
		"nats://h:4222":        "nats://h:4222",
		"nats://sesame@h:4222": "nats://***@h:4222",
		"tls://u:p%40@h:1, nats://t@i:2,nats://j": "tls://***@h:1, nats://***@i:2,nats://j",
		"nats://u:p/w@h": "a URL with ***",
		"nats://u:p@w@h": "a URL with ***",
		"u:p@h":          "a URL with ***",
	} {
		if got := RedactURLs(written); got != want {
			t.Errorf("%s is shown as %s, want %s", written, got, want)
		}
	}
}
