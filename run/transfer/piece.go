package transfer

import (
	"errors"

	"github.com/nats-io/nats.go"
)

// pieceBytes is what one answer carries at most; it fits NATS's usual limit of 1 MiB.
const pieceBytes = 512 << 10

// headerRoom is left in an answer for what goes around a piece.
const headerRoom = 1 << 10

// pieceOver is what one answer carries over a connection: less where its server lets less
// through.
func pieceOver(nc *nats.Conn) int {
	return int(min(pieceBytes, max(nc.MaxPayload()-headerRoom, headerRoom)))
}

// question is for at most Length bytes of a part from Offset on; the answer is empty at the
// part's end. Where Part is contentsPart it is for the contents of the whole, as JSON.
type question struct {
	Name   string `json:"name"`
	Part   int    `json:"part"`
	Offset int64  `json:"offset"`
	Length int    `json:"length"`
}

// contentsPart is asked for to learn what there is.
const contentsPart = -1

// contents is what there is under a name.
type contents struct {
	Note  []byte `json:"note"`
	Sizes []int  `json:"sizes"`
	Sum   string `json:"sum"` // xxHash of all parts, one after another
}

const (
	// errorHeader carries a refusal's reason.
	errorHeader = "Ringmaster-Error"
	// absentHeader marks the refusal of a name that is not there, or not yet.
	absentHeader = "Ringmaster-Absent"
	// longestReason is how much of a refusal's reason travels.
	longestReason = 512
)

var errAbsent = errors.New("nothing of that name is here")

// refuse says in an answer why there is none.
func refuse(reply *nats.Msg, why error) {
	text := why.Error()
	reply.Header.Set(errorHeader, text[:min(len(text), longestReason)])
	if errors.Is(why, errAbsent) {
		reply.Header.Set(absentHeader, "1")
	}
}
