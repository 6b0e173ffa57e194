package main

import (
	"strings"

	"ringmaster/config"
	"ringmaster/shown"
)

// again returns a command line that can be pasted into a shell, without the arguments in drop
// (flags, and flags with their values) and with add appended. Secrets are left out; secret
// reports whether there were any.
func again(args []string, drop map[string]bool, add ...string) (command string, secret bool) {
	var kept []string
	for i := 0; i < len(args); i++ {
		flag, value, joined := strings.Cut(args[i], "=")
		takesValue, dropped := drop[flag]
		switch {
		case dropped || flag == "--token":
			secret = secret || flag == "--token"
			if !joined && (takesValue || flag == "--token") {
				i++
			}
		case flag == "--set" && strings.HasPrefix(value, tokenKey), args[i] == "--set" && i+1 < len(args) && strings.HasPrefix(args[i+1], tokenKey):
			secret = true
			if !joined {
				i++
			}
		default:
			arg := args[i]
			if strings.Contains(arg, "://") {
				arg = config.RedactURLs(arg)
			}
			secret = secret || arg != args[i]
			kept = append(kept, shown.ShellWord(arg))
		}
	}
	for _, arg := range add {
		kept = append(kept, shown.ShellWord(arg))
	}
	return strings.Join(kept, " "), secret
}

const tokenKey = "cluster.token="

// resumes returns the command that resumes a run in dir.
func resumes(args []string, dir string) string {
	return withoutSecrets(again(args, map[string]bool{"--run-dir": true, "--resume": false}, "--run-dir", dir, "--resume"))
}

// repeats returns the same command again.
func repeats(args []string) string { return withoutSecrets(again(args, nil)) }

func withoutSecrets(command string, secret bool) string {
	if secret {
		command += "   # add the token or password that you used before"
	}
	return command
}
