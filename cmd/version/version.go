package version

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Number is the version by semver.org. A release moves it and CHANGELOG.md's heading together.
const Number = "0.1.0"

const unknown = "unknown"

// Set by the linker: -X ringmaster/cmd/version.commit=… and …date=…. commit is a shortened
// hash, with "-modified" where the work tree differed from it; date is the commit's, as 2026-11-26.
var commit, date string

// String is the version with commit and the commit's date.
func String() string {
	c, d := Commit()
	return fmt.Sprintf("%s (commit %s, %s)", Number, c, d)
}

// Commit is the commit's shortened hash, with "-modified" where files differed from it, and
// its date, as 2026-11-26. Each is "unknown" where nobody noted it.
func Commit() (hash, day string) {
	if commit == "" {
		return fromBuildInfo()
	}
	return commit, date
}

// fromBuildInfo reads what go build noted, which it does in a clone unless it is told not to.
func fromBuildInfo() (commit, date string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown, unknown
	}
	return fromSettings(info.Settings)
}

func fromSettings(settings []debug.BuildSetting) (commit, date string) {
	commit, date = unknown, unknown
	modified := ""
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case "vcs.time":
			if at, err := time.Parse(time.RFC3339, s.Value); err == nil {
				date = at.UTC().Format(time.DateOnly)
			}
		case "vcs.modified":
			if s.Value == "true" {
				modified = "-modified"
			}
		}
	}
	return commit + modified, date
}
