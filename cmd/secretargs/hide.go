package secretargs

import (
	"os"
	"regexp"
	"strings"
	"unsafe"
)

// secret is what an argument may hold: the user and password of a URL, or a token.
var secret = regexp.MustCompile(`//([^/@\s]+)@|^--?token=(.+)$|^(?:--?set=)?cluster\.token=(.+)$`)

// blank stands in ps for each byte of a secret.
const blank = '*'

// Hide blanks the secrets in the command line that the kernel shows of this process. What was given
// stays in os.Args.
func Hide() {
	shown := os.Args // strings in the memory that the kernel shows
	os.Args = make([]string, len(shown))
	for i, arg := range shown {
		os.Args[i] = strings.Clone(arg)
	}
	for i, arg := range shown {
		for _, span := range spans(os.Args[max(0, i-1)], os.Args[i]) {
			memory := unsafe.Slice(unsafe.StringData(arg), len(arg))[span[0]:span[1]]
			for at := range memory {
				memory[at] = blank
			}
		}
	}
}

// spans are where an argument that follows another holds secrets.
func spans(before, arg string) (found [][2]int) {
	if before == "--token" || before == "-token" {
		return [][2]int{{0, len(arg)}}
	}
	for _, at := range secret.FindAllStringSubmatchIndex(arg, -1) {
		for group := 2; group < len(at); group += 2 {
			if at[group] >= 0 {
				found = append(found, [2]int{at[group], at[group+1]})
			}
		}
	}
	return found
}
