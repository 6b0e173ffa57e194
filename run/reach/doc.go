// Package reach decides whether a worker may take part in a ring: whether it and every member
// reach each other's ring servers, or each other at the broker that the ring goes over. That a worker reaches the coordinator says nothing of that:
// it may have come over a loopback address, through NAT, or past a firewall that lets in
// nothing else. It is pure: questions and findings go in and out as values, the clock is passed.
//
//	candidates.go  at which addresses a worker may be reached, best first
//	book.go        who asks to join, who is a member, who has found whom
//	sentence.go    what a person is told of two that do not reach each other
//
// # How reachability is verified
//
//	worker b                       coordinator                      member a
//	  join {offer b}        ───▶
//	                        ◀───   not yet: where do you reach a?
//	                                                          ───▶   where do you reach b?
//	  join {finding of a}   ───▶                              ◀───   finding of b
//	                        ◀───   welcome
//
// Where a broker is named, a worker's offer says what became of connecting to it, and it is asked for
// there by a request to a subject of its own: one URL may lead to different servers.
//
// Each pair is verified in both directions, since any two may become neighbours after a loss. Who reaches
// whom at which address is kept for every pair: two workers on one machine may use another
// address than two behind different routers. A pair that fails is tried again, since a member
// may be dying just now; after Patience the newcomer is refused.
package reach
