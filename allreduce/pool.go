package allreduce

import "sync"

// buffer is memory for one incoming frame.
type buffer struct {
	space []byte
	home  *pool
}

// frame is the n bytes of the buffer that a frame of that length takes: its payload
// begins at a multiple of 64 bytes.
func (b *buffer) frame(n int) []byte { return b.space[frameOffset : frameOffset+n] }

const frameOffset = 128 - headerBytes

// pool keeps buffers of one size: a window's worth of them is in use at most. The last
// one returned is the first one given, since it is still in the processor's cache.
type pool struct {
	bytes int
	mu    sync.Mutex
	free  []*buffer
}

func (p *pool) get() *buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return &buffer{space: make([]byte, frameOffset+p.bytes), home: p}
}

func (p *pool) put(b *buffer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, b)
}
