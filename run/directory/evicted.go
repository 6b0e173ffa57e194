package directory

import (
	"encoding/json"
	"errors"
	"time"
)

// Evicted is a line of evicted.jsonl: a worker that may not join the run again, whichever coordinator
// it asks, as long as the run has the same credentials.
type Evicted struct {
	Time     time.Time `json:"time"`
	Worker   string    `json:"worker"`
	Identity string    `json:"identity"` // of its process, as credentials.Identity has it
	// Host is the address of its machine, where no other worker of that machine may join either.
	Host string `json:"host,omitempty"`
	Why  string `json:"why"`
	// Authority is the public key of the run's credentials at the time.
	Authority string `json:"authority"`
}

// EvictedFile is who may not join the run again.
func (l Layout) EvictedFile() string { return l.join("evicted.jsonl") }

// ReadEvicted reads evicted.jsonl; a file that is not there is empty. lost counts lines that cannot be read.
func (l Layout) ReadEvicted() (list []Evicted, lost int, err error) {
	_, err = eachLine(l.EvictedFile(), func(_ int, line []byte) error {
		var e Evicted
		if json.Unmarshal(line, &e) != nil {
			lost++
			return nil
		}
		list = append(list, e)
		return nil
	})
	return list, lost, err
}

// AddEvicted adds a line to evicted.jsonl and returns when it is on the disk.
func (d *Dir) AddEvicted(e Evicted) error {
	if d.lock.closed() {
		return ErrClosed
	}
	log, err := openLog(d.EvictedFile())
	if err != nil {
		return err
	}
	return errors.Join(log.append(e), log.close())
}
