// Package refusals counts what a process refuses from the network, by kind, and logs it
// without flooding the log: messages, connections, requests to join, frames of the ring.
//
//	refused := refusals.New(func(text string) { log.Warn(text) })
//	...
//	refused.Add(refusals.Malformed, "the report of worker "+shown.Quote(name)+" is no JSON")
//
// Coordinator and worker have one [Counter] each: coordinator.setup.refused, which the gateway
// has too, and worker.Options.Refused. Their HTTP endpoint exports it as
// ringmaster_refused_messages_total{kind="…"}. All methods may be called from any goroutine,
// and on a nil Counter, which counts nothing.
//
// # Kinds
//
// Kinds is the list of kinds. A kind becomes a metric's label, so it is one of this list and
// never text from the network: what is not in the list counts as Other. Each kind is exported from
// the start, with 0, so that an alert on its rate works for the first refusal too.
//
// # What is logged
//
// The text says who was refused what, and why. It must hold no secret (token, key, URL with
// credentials), and whatever comes from the network has to go through package shown first.
// Of each kind the first few texts are logged at once, and then one every [Pause] with
// the count so far. Every refusal is counted.
package refusals
