package protocol

import (
	"fmt"
	"time"
)

// PollHold is how long the coordinator keeps a poll open when it has no orders; so often
// at least a worker shows that it lives.
const PollHold = 200 * time.Millisecond

// Version of the messages; a worker of another version is refused.
const Version = 19

// ScratchPrefix begins the name of a worker's temporary folder. A coordinator on the same
// machine takes files from there without having them sent.
const ScratchPrefix = "ringmaster-worker-"

// Subjects hold the identity of the worker that they belong to (credentials.Identity), so that who may use
// them can be said before it joins. A worker's name stands behind it where a message needs it.

// DiscoverSubject is where a worker that knows no run's name asks to join.
func DiscoverSubject(id string) string { return "ringmaster.join." + id }

// JoinSubject is where a worker asks to join the named run.
func JoinSubject(run, id string) string { return "ringmaster." + run + ".join." + id }

// OldJoinSubjects are where workers of releases before version 12 ask to join.
func OldJoinSubjects(run string) []string {
	return []string{"ringmaster.join", "ringmaster." + run + ".join"}
}

// PollSubject is where a worker asks for its orders.
func PollSubject(run, id, worker string) string {
	return "ringmaster." + run + ".poll." + id + "." + worker
}

// ReportSubject is where a worker says what it did.
func ReportSubject(run, id, worker string) string {
	return "ringmaster." + run + ".report." + id + "." + worker
}

// FilesSubject is where the coordinator gives out folders to a worker.
func FilesSubject(run, id string) string { return "ringmaster." + run + ".files." + id }

// WorkerFilesSubject is where a worker gives out what it saved, to the coordinator.
func WorkerFilesSubject(run, id string) string { return "ringmaster." + run + ".saved." + id }

// StateSubject is where a worker serves its state to another.
func StateSubject(run, source, asker string) string {
	return "ringmaster." + run + ".state." + source + "." + asker
}

// PresenceSubject is where the coordinator of a run says that it is there.
func PresenceSubject(run string) string { return "ringmaster." + run + ".coordinator" }

// ProbeSubject is where a worker shows at the broker of a ring that it is there; server is the ID
// of its offer. It begins as the ring's own subjects do, so that whoever may use those may probe.
func ProbeSubject(run, server string) string { return "rm." + run + ".probe." + server }

// RingSubjects are what a rank of a ring publishes (data, for its right neighbour, and credits, for its
// left one) and what it reads, as package allreduce names them: the first stripe's subject, and one for
// all others.
func RingSubjects(run string, generation uint64, rank, world, stripes int) (data, credit, fromLeft, fromRight []string) {
	subjects := func(rank int, what string) []string {
		all := []string{fmt.Sprintf("rm.%s.%d.%d.%s", run, generation, rank, what)}
		if stripes > 1 {
			all = append(all, all[0]+"."+Any)
		}
		return all
	}
	left, right := (rank+world-1)%world, (rank+1)%world
	return subjects(rank, "data"), subjects(rank, "credit"), subjects(left, "data"), subjects(right, "credit")
}
