package transfer

import (
	"bytes"
	"encoding/hex"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/nats-io/nats.go"
)

// idle is how long something in memory stays there after the last question for it.
const idle = time.Minute

// Memory gives out byte vectors that stand in its owner's memory, each of a few under a
// name. What nobody asks for any more is let go of.
type Memory struct{ offers *offers }

// ServeMemory answers on subject until Close.
func ServeMemory(nc *nats.Conn, subject string) (*Memory, error) {
	o, err := serve(nc, subject)
	return &Memory{o}, err
}

// Offer makes parts, which must not change any more, available under a name, with a note
// that is handed over before them.
func (m *Memory) Offer(name string, note []byte, parts ...[]byte) {
	is := &offer{idle: idle}
	there := contents{Note: note}
	for _, p := range parts {
		is.parts = append(is.parts, bytes.NewReader(p))
		there.Sizes = append(there.Sizes, len(p))
	}
	// At the first question, so that who offers need not wait for the sum.
	is.contents = sync.OnceValue(func() contents {
		there.Sum = sumOf(parts)
		return there
	})
	m.offers.add(name, is)
}

// Has says whether something is there under a name, which stays for a while more.
func (m *Memory) Has(name string) bool {
	_, err := m.offers.wanted(name)
	return err == nil
}

// Withdraw lets go of everything.
func (m *Memory) Withdraw() { m.offers.withdrawAll() }

// Close lets go of everything and stops answering.
func (m *Memory) Close() error { return m.offers.close() }

// sumOf is the checksum of parts, one after another.
func sumOf(parts [][]byte) string {
	sum := xxhash.New()
	for _, p := range parts {
		_, _ = sum.Write(p) // a hash does not fail
	}
	return hex.EncodeToString(sum.Sum(nil))
}
