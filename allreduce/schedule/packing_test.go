package schedule

import (
	"testing"

	"pgregory.net/rapid"
)

// A full chunk fits, and one element more (a block more, where whole blocks fit) would not,
// but for what is left over to keep addresses even.
func TestChunksFitTheirMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Packing{Width: rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "width")}
		if rapid.Bool().Draw(t, "blocks") {
			p.Block, p.ScaleBytes = rapid.SampledFrom([]int{16, 64, 256}).Draw(t, "block"), rapid.IntRange(1, 4).Draw(t, "scale")
		}
		room := rapid.IntRange(p.Width+p.ScaleBytes, 3000).Draw(t, "room")
		n, step := p.PerChunk(room), 1
		switch {
		case p.Block > 0 && room >= p.Bytes(p.Block):
			step = p.Block
		case n >= 16:
			step = 16
		}
		if n < 1 || n%step != 0 || p.Bytes(n) > room || p.Bytes(n+step) <= room {
			t.Fatalf("%+v: %d elements take %d of %d bytes", p, n, p.Bytes(n), room)
		}
	})
}
