// Package telemetry holds the Prometheus metrics of both programs, made with client_golang. It
// serves nothing: package monitor does.
//
//	m := telemetry.NewCoordinator(version, refused, board.Newest)
//	m.Step(event)                       // at each committed step
//	m.Evicted(telemetry.Silent)
//	http.Handle("/metrics", promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}))
//
// A process has one registry: [Coordinator] or [Worker]. Besides its own metrics, each has those of
// the Go runtime and the process (client_golang's collectors).
//
// What happens is counted when it happens, at the cost of some atomic additions a step. What is
// (members, phase, time left, age of the checkpoint) is read from the newest status document
// when Prometheus asks, so it costs a run nothing.
//
// # Names
//
// Names follow Prometheus' conventions, which promlint checks in a test: base units (seconds,
// bytes), _total behind counters, one prefix. Metrics of a worker begin with ringmaster_worker_,
// so that sums over all processes count nothing twice. Labels take few values: stages and tasks of
// the run file, kinds and reasons from fixed lists, and nothing from the network.
//
// docs/monitoring.md lists all of them; a test holds the list against the registries.
//
// # Files
//
//	coordinator.go, current.go  the coordinator's: counted, and read from its status
//	worker.go                   a worker's
//	registry.go                 what both have: runtime, version, refusals
package telemetry
