package allreduce

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// interesting are values at which rounding and special cases turn.
var interesting = []uint32{
	0, 0x80000000, 1, 0x80000001, 0x7fff, 0x8000, 0x8001, 0x18000, 0x17fff, 0x18001, 0x007fffff, 0x00800000, // zeros, denormals
	0x3f800000, 0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001, 0xbf808000, // ties and their neighbours
	0x7f7fffff, 0xff7fffff, 0x7f7f8000, 0x7f7f7fff, // to infinity, or just not
	0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0x7fa00000, // infinities, NaN
}

// anyFloats are interesting values in random company, of a length that the vector
// instructions do not divide.
func anyFloats(random *rand.Rand, length int) []float32 {
	x := make([]float32, length)
	for i := range x {
		bits := random.Uint32()
		if random.IntN(3) == 0 {
			bits = interesting[random.IntN(len(interesting))]
		}
		x[i] = math.Float32frombits(bits)
	}
	return x
}

func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		g, w := math.Float32bits(got[i]), math.Float32bits(want[i])
		// A sum of two NaN may take either's payload.
		if g != w && !(got[i] != got[i] && want[i] != want[i]) {
			t.Fatalf("%s: element %d is %#08x, plain Go says %#08x", what, i, g, w)
		}
	}
}

func TestVectorFormsAgreeWithPlainGo(t *testing.T) {
	if whole(perTurn) == 0 {
		t.Skip("SKIPPED: this processor has no vector forms; plain Go is all there is")
	}
	random := rand.New(rand.NewPCG(7, 7))
	for length := range 300 {
		x, y := anyFloats(random, length), anyFloats(random, length)
		halves := make([]uint16, length)
		for i := range halves {
			halves[i] = uint16(random.Uint32())
		}
		sumOf := func(what string, got uint64, payload []byte) {
			t.Helper()
			if want := checksum64Go(payload); got != want {
				t.Fatalf("%s: checksum %#x, plain Go says %#x", what, got, want)
			}
		}
		sumOf("checksum", checksum64(bytesOf(x)), bytesOf(x))
		copied := make([]float32, length)
		sumOf("copy", copySum(bytesOf(copied), bytesOf(x)), bytesOf(x))
		equalBits(t, "copy", copied, x)

		got, want := slices.Clone(x), slices.Clone(x)
		sumOf("add", addInto(got, y), bytesOf(y))
		addIntoGo(want, y)
		equalBits(t, "add", got, want)

		both, sent := slices.Clone(x), slices.Clone(y)
		before, after := addBoth(both, sent)
		sumOf("add both, before", before, bytesOf(y))
		sumOf("add both, after", after, bytesOf(sent))
		equalBits(t, "add both, kept", both, want)
		equalBits(t, "add both, sent", sent, both)

		got, want = slices.Clone(x), slices.Clone(x)
		sumOf("add bfloat16", addBFloat16(got, halves), bytesOf(halves))
		addBFloat16Go(want, halves)
		equalBits(t, "add bfloat16", got, want)

		sumOf("copy bfloat16", copyBFloat16(got, halves), bytesOf(halves))
		copyBFloat16Go(want, halves)
		equalBits(t, "copy bfloat16", got, want)

		for _, keeping := range []bool{false, true} {
			var lost, wantLost []float32
			if keeping {
				lost, wantLost = slices.Clone(y), slices.Clone(y)
			}
			gotHalves, wantHalves := make([]uint16, length), make([]uint16, length)
			got, want = slices.Clone(x), slices.Clone(x)
			sumOf("encode", encodeBFloat16(gotHalves, got, lost), bytesOf(gotHalves))
			encodeBFloat16Go(wantHalves, want, wantLost)
			equalBits(t, "encode", got, want)
			equalBits(t, "encode, lost", lost, wantLost)
			equalHalves(t, "encode", gotHalves, wantHalves)

			copy(gotHalves, halves)
			copy(wantHalves, halves)
			got, want = slices.Clone(x), slices.Clone(x)
			before, after := addBothBFloat16(got, gotHalves, lost)
			addBFloat16Go(want, wantHalves)
			encodeBFloat16Go(wantHalves, want, wantLost)
			sumOf("add both bfloat16, before", before, bytesOf(halves))
			sumOf("add both bfloat16, after", after, bytesOf(gotHalves))
			equalBits(t, "add both bfloat16, kept", got, want)
			equalBits(t, "add both bfloat16, lost", lost, wantLost)
			equalHalves(t, "add both bfloat16, sent", gotHalves, wantHalves)
		}
	}
}

func equalHalves(t *testing.T, what string, got, want []uint16) {
	t.Helper()
	for i := range want {
		bothNaN := got[i]&0x7fff > 0x7f80 && want[i]&0x7fff > 0x7f80
		if got[i] != want[i] && !bothNaN {
			t.Fatalf("%s: element %d is %#04x, plain Go says %#04x", what, i, got[i], want[i])
		}
	}
}

// Every one of the 2^32 floats would take a minute; every upper half with the lower
// halves at which rounding turns does not.
func TestVectorRoundingOfEveryUpperHalf(t *testing.T) {
	lower := []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff}
	x := make([]float32, 0, len(lower)<<16)
	for upper := range uint32(1 << 16) {
		for _, l := range lower {
			x = append(x, math.Float32frombits(upper<<16|l))
		}
	}
	got, want := make([]uint16, len(x)), make([]uint16, len(x))
	encodeBFloat16(got, slices.Clone(x), nil)
	encodeBFloat16Go(want, slices.Clone(x), nil)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%#08x gives %#04x, plain Go %#04x", math.Float32bits(x[i]), got[i], want[i])
		}
	}
}

// Rounding to nearest, ties to even, as big.Float does it with 8 bits of precision.
func TestRoundingIsToNearestEven(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	for range 20_000 {
		// Normal numbers that stay finite: big.Float knows neither denormals nor overflow.
		v := math.Float32frombits(random.Uint32()&0x807fffff | uint32(1+random.IntN(253))<<23)
		want, _ := new(big.Float).SetPrec(8).SetMode(big.ToNearestEven).SetFloat64(float64(v)).Float32()
		if got := widenBFloat16(roundBFloat16(v)); got != want {
			t.Fatalf("%v (%#08x) rounds to %v, want %v", v, math.Float32bits(v), got, want)
		}
	}
	if r := widenBFloat16(roundBFloat16(math.Float32frombits(0x7f800001))); r == r {
		t.Errorf("a NaN whose payload is cut off became %v", r)
	}
}

func BenchmarkKernels(b *testing.B) {
	const n = 16 << 10 // a chunk
	x, y, lost, halves := make([]float32, n), make([]float32, n), make([]float32, n), make([]uint16, n)
	bytes := make([]byte, WireInt8.Packing().Bytes(n))
	for name, f := range map[string]func(){
		"add":                 func() { addInto(x, y) },
		"add both":            func() { addBoth(x, y) },
		"copy":                func() { copySum(bytesOf(x), bytesOf(y)) },
		"add both bfloat16":   func() { addBothBFloat16(x, halves, nil) },
		"add in Go":           func() { addIntoGo(x, y) },
		"add bfloat16":        func() { addBFloat16(x, halves) },
		"encode":              func() { encodeBFloat16(halves, x, nil) },
		"encode in Go":        func() { encodeBFloat16Go(halves, x, nil) },
		"encode keeping":      func() { encodeBFloat16(halves, x, lost) },
		"add bfloat16 in Go":  func() { addBFloat16Go(x, halves) },
		"int8 encode":         func() { int8Wire{}.Encode(bytes, x, nil) },
		"int8 encode keeping": func() { int8Wire{}.Encode(bytes, x, lost) },
		"int8 encode in Go":   func() { roundInt8Go(bytes[:n], bytes[n:], x, nil) },
		"int8 add":            func() { int8Wire{}.Add(x, bytes) },
		"int8 copy":           func() { int8Wire{}.Copy(x, bytes) },
		"int8 add both":       func() { int8Wire{}.AddEncode(x, bytes, nil) },
	} {
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			b.SetBytes(4 * n)
			for range b.N {
				f()
			}
		})
	}
}
