package allreduce

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"
)

// sampleFrame is a message with a different value in each field.
func sampleFrame() (header, []byte) {
	h := header{
		Kind: kindData, Wire: WireFloat32, Phase: AllGather, Flags: 3, Run: 0x0102030405060708, Generation: 9, Op: 10, Seq: 11,
		From: 12, World: 13, Total: 14, Segment: 15, Chunk: 16, Count: 2, Sum: 0x400000003f800000,
	}
	frame := append(make([]byte, headerBytes), 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40) // 1, 2
	h.seal(frame)
	return h, frame
}

// checkFrame checks a whole frame as the ring does.
func checkFrame(frame []byte) error {
	p := newPacket(Left, &Message{space: frame, length: len(frame)})
	h, err := parseHeader(p.Head)
	if err != nil {
		return err
	}
	return checkSum(h, checksum64(p.Payload))
}

// bitwiseCRC is CRC-32C from its definition, a bit at a time.
func bitwiseCRC(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ crc&1*0x82f63b78
		}
	}
	return ^crc
}

// The format is a contract between ranks that may be built apart.
func TestFrameFormatIsStable(t *testing.T) {
	const want = "524d5203" + "01010203" + "0807060504030201" + "0900000000000000" + "0a00000000000000" + "0b00000000000000" +
		"0c000000" + "0d000000" + "0e00000000000000" + "0f000000" + "10000000" + "02000000" + "CRC" + "0000803f00000040" + "0000803f00000040"
	_, frame := sampleFrame()
	got := hex.EncodeToString(frame[:crcOffset]) + "CRC" + hex.EncodeToString(frame[sumOffset:])
	if got != want {
		t.Errorf("frame is\n%s, want\n%s", got, want)
	}
	others := append(append([]byte(nil), frame[:crcOffset]...), frame[sumOffset:headerBytes]...)
	if got, want := binary.LittleEndian.Uint32(frame[crcOffset:]), bitwiseCRC(others); got != want {
		t.Errorf("checksum is %#08x, want %#08x", got, want)
	}
	if err := checkFrame(frame); err != nil {
		t.Error(err)
	}
}

func TestAnyFlippedBitIsSeen(t *testing.T) {
	_, frame := sampleFrame()
	for bit := range len(frame) * 8 {
		frame[bit/8] ^= 1 << (bit % 8)
		if err := checkFrame(frame); !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d flipped: error %v", bit, err)
		}
		frame[bit/8] ^= 1 << (bit % 8)
	}
}

func FuzzParseHeader(f *testing.F) {
	_, frame := sampleFrame()
	f.Add(frame[:headerBytes])
	f.Add(frame[:headerBytes-1])
	f.Add([]byte{})
	hello := make([]byte, headerBytes)
	(&header{Kind: kindHello, World: 2}).seal(hello)
	f.Add(hello)
	unknown := make([]byte, headerBytes)
	(&header{Kind: kindEnd}).seal(unknown)
	f.Add(unknown)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error is not ErrCorrupt: %v", err)
			}
			return
		}
		if len(data) != headerBytes || h.Kind == 0 || h.Kind >= kindEnd {
			t.Fatalf("accepted %d bytes as %+v", len(data), h)
		}
		again := append([]byte(nil), data...)
		h.seal(again)
		if string(again) != string(data) {
			t.Fatalf("sealing %+v again gives other bytes", h)
		}
	})
}

// A sealed frame with any content must never make a ring panic or hang, whatever it says.
func FuzzTake(f *testing.F) {
	_, frame := sampleFrame()
	f.Add(false, frame)
	f.Add(true, frame)
	f.Fuzz(func(t *testing.T, fromRight bool, data []byte) {
		if len(data) < headerBytes {
			return
		}
		o := testOptions(2).withDefaults()
		r := &Ring{options: o, run: runHash(o.Run), transport: NewMemory(2)[0], out: NewMessage(o.ChunkBytes)}
		r.window.Size = uint64(o.Window)
		r.peers = [2]*neighbour{{rank: 1}, {rank: 1}}
		frame := append([]byte(nil), data...)
		seed := header{Kind: kind(frame[4]%8 + 1)}
		seed.seal(frame)
		h, err := parseHeader(frame[:headerBytes])
		if err != nil {
			return
		}
		h.Run, h.Generation, h.From, h.World, h.Op = r.run, o.Generation, 1, 2, h.Op%3
		frame = append([]byte(nil), data...)
		h.Sum = checksum64(frame[headerBytes:])
		h.seal(frame)
		side := Left
		if fromRight {
			side = Right
		}
		p := newPacket(side, &Message{space: frame, length: len(frame)})
		if err := r.handle(t.Context(), p, r.moved); err == nil && len(r.queue) > 1 {
			t.Fatal("one message, two chunks")
		}
	})
}

func TestWireWithAndWithoutViews(t *testing.T) {
	t.Run("float32", testWire[float32])
	t.Run("float64", testWire[float64])
}

func testWire[E element](t *testing.T) {
	w := native[E]{}
	random := rand.New(rand.NewPCG(5, 6))
	for length := range 40 {
		vectors := randomVectors[E](random, 2, length)
		for _, offset := range []int{0, 1} { // an odd address cannot be viewed
			for _, little := range []bool{littleEndian, false} {
				was := littleEndian
				littleEndian = little
				payload := make([]byte, offset+length*w.Width())[offset:]
				sums := []uint64{w.Encode(payload, vectors[0], nil)}
				added, copied := append([]E{}, vectors[1]...), make([]E, length)
				sums = append(sums, w.Add(added, payload), w.Copy(copied, payload), checksum64Go(payload))
				both := append([]E{}, vectors[1]...)
				before, after := w.AddEncode(both, payload, nil)
				sent := make([]E, length)
				sums = append(sums, before)
				if sum := w.Copy(sent, payload); sum != after || sum != checksum64Go(payload) {
					t.Errorf("checksums after addition: %#x and %#x, want %#x", after, sum, checksum64Go(payload))
				}
				littleEndian = was
				for _, sum := range sums {
					if sum != sums[0] {
						t.Errorf("checksums of one payload: %#x", sums)
					}
				}
				for what, pair := range map[string][2][]E{
					"copy": {copied, vectors[0]}, "add": {added, addTwo(vectors)}, "add and keep": {both, added}, "add and send": {sent, added},
				} {
					if err := sameBits(pair[0], pair[1]); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
			}
		}
	}
}

func addTwo[E element](v [][]E) []E {
	out := make([]E, len(v[0]))
	for i := range out {
		out[i] = v[0][i] + v[1][i]
	}
	return out
}
