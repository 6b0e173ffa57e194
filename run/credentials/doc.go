// Package credentials is who may do what in a run: the two secrets of a run, and what is derived
// from them.
//
//	seed    the coordinator's alone. Whoever has it is the coordinator.
//	token   every worker's: it admits to the run, and says by which key the coordinator is known.
//
// Both are one line of text. A seed makes two key pairs (HKDF): the authority, which signs all that
// is the coordinator's, and the join key, which signs what lets a worker in. A token holds the
// join key and the public half of the authority, so a worker can join and cannot pose as the
// coordinator.
//
//	authority   signs certificates (it is the run's CA), answers to workers, and passes
//	join key    signs tickets: "this identity may join"
//	identity    a key pair (NKey) that each worker process makes for itself and never shows
//
// # Connections
//
// A worker shows the coordinator's server its identity by signing the server's nonce, and a user JWT
// for that identity that it has signed with the join key (Identity.Ticket). What it may publish
// and subscribe to follows from the identity alone: subjects that end in it or hold it.
//
// A ring server is another worker's, which cannot know who the neighbour of a generation is. The
// coordinator tells it by a pass: a user JWT for the neighbour's identity, signed by the authority,
// with the subjects of that link and no others, for that server alone (Authority.Pass).
//
// Neither has a time in it: clocks of machines may differ. A ticket is used up with the nonce of a
// connection, a pass with its generation, and a token with its run.
//
// # Messages
//
// Over a NATS server of somebody else, permissions cannot be set. So messages are signed as well,
// over any server: a request by the worker's identity, over subject, data and a number that is never
// used twice; an answer by the authority, over the asker, that number and the data. So
// neither can be made up, and none counts a second time.
//
// # TLS
//
// A server has a certificate of the run's CA for a fixed name: the coordinator's for
// CoordinatorName, a worker's ring server for its identity's name. Clients check the chain against
// the authority's key in their token, and the name, so that no address or DNS name need be
// known in advance and no worker's certificate passes for the coordinator's.
//
// # A token that was made up
//
// A text that is not of our form ("sesame") serves as a token too. Everything is derived from it then, the
// authority as well, so whoever knows it, as every worker does, could pose as the coordinator. It is for one
// machine, and for a NATS server of somebody else that asks for it.
//
//	secrets.go      seed and token
//	identity.go     a worker's identity and its ticket
//	pass.go         passes to ring servers
//	subjects.go     which subjects belong to an identity
//	signed.go       requests and answers, signed; replay.go: which requests came already
//	certificate.go  the CA and the certificates of servers; tls.go: how clients check them
//	files.go        secrets in files
package credentials
