package protocol

import "time"

// PollHold is how long the coordinator keeps a poll open when it has no orders; so often
// at least a worker shows that it lives.
const PollHold = 200 * time.Millisecond

// Version of the messages; a worker of another version is refused.
const Version = 11

// ScratchPrefix begins the name of a worker's temporary folder. A coordinator on the same
// machine takes files from there without having them sent.
const ScratchPrefix = "ringmaster-worker-"

// DiscoverSubject is where a worker that knows no run's name asks to join.
const DiscoverSubject = "ringmaster.join"

// JoinSubject is where a worker asks to join the named run.
func JoinSubject(run string) string { return "ringmaster." + run + ".join" }

// PollSubject is where a worker asks for its orders.
func PollSubject(run, worker string) string { return "ringmaster." + run + ".poll." + worker }

// ReportSubject is where a worker says what it did.
func ReportSubject(run, worker string) string { return "ringmaster." + run + ".report." + worker }

// FilesSubject is where the coordinator gives out folders.
func FilesSubject(run string) string { return "ringmaster." + run + ".files" }

// WorkerFilesSubject is where a worker gives out what it saved.
func WorkerFilesSubject(run, worker string) string { return "ringmaster." + run + ".saved." + worker }

// StateSubject is where a worker serves its state.
func StateSubject(run, worker string) string { return "ringmaster." + run + ".state." + worker }

// PresenceSubject is where the coordinator of a run says that it is there.
func PresenceSubject(run string) string { return "ringmaster." + run + ".coordinator" }
