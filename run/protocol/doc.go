// Package protocol is what coordinator and workers say to each other over NATS:
// subjects and messages, as JSON.
//
// # Orders and reports
//
// NATS may lose a message, and either side may restart; so nothing here depends on a
// message that is delivered once. A worker asks for its orders (a poll) and names the
// last one it holds; the coordinator answers with all that came after, or, having
// none, holds the request for up to [PollHold] (long polling) and then answers with none.
// An order is given again until the worker has acknowledged it. What a worker has to
// say is a report: a request, repeated until it is answered; hearing one twice
// changes nothing. Every poll and report is also the worker's sign of life.
//
//	worker                                coordinator
//	  join {worker, host, …}      ───▶
//	                              ◀───   welcome {run}
//	  poll {ack: 0}               ───▶
//	                              ◀───   orders 1: ring
//	  poll {ack: 1}               ───▶   (held)
//	  report ring ready           ───▶   ok
//	                              ◀───   orders 2: begin, 3: step 0, 4: step 1 …
//
// A message above the server's max_payload goes in parts ([Part]). The worker pulls an order part
// by part (Poll.Has), so that each part is a sign of life and nothing waits for room; it
// pushes a report part by part, and each answer says how much has arrived.
//
// In a mesh a worker is welcome once its neighbours reach it: see package reach.
//
// Vectors that ranks exchange do not pass here; that is package allreduce. Folders
// (weights in, a trained model out) are pulled in pieces; that is package transfer.
package protocol
