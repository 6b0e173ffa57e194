package protocol

import "ringmaster/run/credentials"

// Any stands for all identities, or all names, in a subject.
const Any = "*"

// WorkerPermissions are what a worker may do at the coordinator's server: ask and report under its own
// identity, read what is addressed to it, and answer who asks it for files or its state.
func WorkerPermissions(run, id string) credentials.Permissions {
	return credentials.Permissions{
		Publish: []string{
			DiscoverSubject(id), JoinSubject(Any, id), // a run by another name is refused in a sentence
			PollSubject(run, id, Any), ReportSubject(run, id, Any), FilesSubject(run, id), StateSubject(run, Any, id),
		},
		Subscribe: []string{credentials.Inbox(id) + ".>", WorkerFilesSubject(run, id), StateSubject(run, id, Any)},
		Respond:   true,
	}
}

// OldWorkerPermissions let a worker of an earlier release hear that it is one.
func OldWorkerPermissions(run string) credentials.Permissions {
	// Not the inboxes of today's workers, which have a part more.
	return credentials.Permissions{Publish: OldJoinSubjects(run), Subscribe: []string{"_INBOX.*.*"}}
}

// LinkPermissions are what the right neighbour of a rank's left neighbour, that is the rank itself, may do
// at the left one's ring server.
func LinkPermissions(run string, generation uint64, rank, world, stripes int) credentials.Permissions {
	_, credit, fromLeft, _ := RingSubjects(run, generation, rank, world, stripes)
	return credentials.Permissions{Publish: credit, Subscribe: fromLeft}
}

// BrokerPermissions are what a rank may do at a server that all ranks share.
func BrokerPermissions(run string, generation uint64, rank, world int) credentials.Permissions {
	data, credit, fromLeft, fromRight := RingSubjects(run, generation, rank, world, 1)
	return credentials.Permissions{Publish: append(data, credit...), Subscribe: append(fromLeft, fromRight...)}
}

// BrokerAudience is the server of a pass for the ring over the coordinator's server.
const BrokerAudience = "broker"

// StatePermissions are what a worker that fetches another's state may do at that one's ring server.
func StatePermissions(run, source, asker string) credentials.Permissions {
	return credentials.Permissions{Publish: []string{StateSubject(run, source, asker)}, Subscribe: []string{credentials.Inbox(asker) + ".>"}}
}
