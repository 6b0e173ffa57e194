package schedule

// Packing is how many bytes elements take in a message.
type Packing struct {
	Width int // bytes of an element
	// Block is how many elements share a scale, and ScaleBytes what one takes; both 0 where
	// elements stand for themselves. The last block of a message may be shorter.
	Block, ScaleBytes int
}

// Bytes of n elements in one message.
func (p Packing) Bytes(n int) int {
	if p.Block == 0 {
		return n * p.Width
	}
	return n*p.Width + (n+p.Block-1)/p.Block*p.ScaleBytes
}

// PerChunk is how many elements fit in a message with room for payloadBytes. Where there is room for that
// it is a multiple of 16, so that chunks begin at even addresses, and of whole blocks, so that
// blocks are cut alike whatever a message holds.
func (p Packing) PerChunk(payloadBytes int) int {
	if p.Block > 0 {
		if blocks := payloadBytes / p.Bytes(p.Block); blocks > 0 {
			return blocks * p.Block
		}
		payloadBytes -= p.ScaleBytes
	}
	n := payloadBytes / p.Width
	if n > 16 {
		n -= n % 16
	}
	return n
}
