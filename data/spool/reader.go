package spool

// window is how much is read at a time where strings are read one after the other.
const window = 256 << 10

// Reader reads strings of a list; where they lie one behind the other, with few accesses to the disk. It is for one
// goroutine.
type Reader struct {
	list   *List
	window []byte // a part of the file
	from   int64  // where it begins
}

// Reader is a new reader.
func (l *List) Reader() *Reader { return &Reader{list: l, from: -1} }

// Read is a string; the bytes are valid until the next one is read, and must not be changed. The error is of kind
// ErrDisk.
func (r *Reader) Read(i int) ([]byte, error) {
	l := r.list
	from, to := l.begin(i), l.ends[i]
	if from >= l.onDisk {
		return l.tail[from-l.onDisk : to-l.onDisk], nil
	}
	end := r.from + int64(len(r.window))
	if r.from < 0 || from < r.from || to > end {
		upTo := to
		if forward := r.from >= 0 && from >= r.from && from-end < window; forward {
			upTo = min(l.onDisk, max(to, from+window))
		}
		if err := r.load(from, upTo); err != nil {
			return nil, err
		}
	}
	return r.window[from-r.from : to-r.from], nil
}

func (r *Reader) load(from, to int64) error {
	n := int(to - from)
	if cap(r.window) < n {
		r.window = make([]byte, n)
	}
	r.window, r.from = r.window[:n], from
	if err := r.list.readAt(r.window, from); err != nil {
		r.from = -1
		return err
	}
	return nil
}
