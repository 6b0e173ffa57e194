package allreduce

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// blocksOf draws vectors whose blocks are of every kind: ordinary, zero, denormal, too small for a
// scale and just not, near the end of float32, with one large element among small ones, NaN,
// infinite, or any bits at all.
func blocksOf(random *rand.Rand, length int) []float32 {
	x := make([]float32, length)
	for lo := 0; lo < length; lo += int8Block {
		block := x[lo:min(lo+int8Block, length)]
		kind := random.IntN(10)
		size := math.Ldexp(1, []int{0, random.IntN(240) - 120, -200, -140, -119, 126, 0, 0, 0, 0}[kind])
		for i := range block {
			block[i] = float32(random.NormFloat64() * size)
			if math.IsInf(float64(block[i]), 0) {
				block[i] = math.MaxFloat32
			}
		}
		one := random.IntN(len(block))
		switch kind {
		case 6:
			block[one] *= 1e6
		case 7:
			block[one] = math.Float32frombits([]uint32{0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001}[random.IntN(4)])
		case 8:
			copy(block, anyFloats(random, len(block)))
		case 9:
			clear(block)
		}
	}
	return x
}

func TestVectorFormsOfInt8AgreeWithPlainGo(t *testing.T) {
	if whole(perTurn) == 0 {
		t.Skip("SKIPPED: this processor has no vector forms; plain Go is all there is")
	}
	random := rand.New(rand.NewPCG(9, 9))
	w := int8Wire{}
	for turn := range 3000 {
		length := []int{turn % 300, random.IntN(3000), int8Block * random.IntN(6)}[turn%3]
		offset := random.IntN(9) // payloads begin anywhere
		x, y := blocksOf(random, length), blocksOf(random, length)
		payload := make([]byte, offset+w.Packing().Bytes(length))[offset:]
		wantPayload := slices.Clone(payload)
		split := func(p []byte) (q, scales []byte) { return p[:length], p[length:] }
		checked := func(what string, got uint64, p []byte) {
			t.Helper()
			if want := checksum64Go(p); got != want {
				t.Fatalf("%s, length %d: checksum %#x, plain Go says %#x", what, length, got, want)
			}
		}
		for _, keeping := range []bool{false, true} {
			var lost, wantLost []float32
			if keeping {
				lost, wantLost = slices.Clone(y), slices.Clone(y)
			}
			got, want := slices.Clone(x), slices.Clone(x)
			checked("encode", w.Encode(payload, got, lost), payload)
			q, scales := split(wantPayload)
			roundInt8Go(q, scales, want, wantLost)
			equalBits(t, "encode", got, want)
			equalBits(t, "encode, lost", lost, wantLost)
			if !bytes.Equal(payload, wantPayload) {
				t.Fatalf("length %d: other bytes than plain Go's", length)
			}

			got, want = slices.Clone(y), slices.Clone(y)
			checked("add", w.Add(got, payload), payload)
			addInt8Go(want, q, scales)
			equalBits(t, "add", got, want)

			copied := make([]float32, length)
			checked("copy", w.Copy(copied, payload), payload)
			equalBits(t, "copy what was encoded", copied, func() []float32 {
				c := slices.Clone(x)
				roundInt8Go(slices.Clone(q), slices.Clone(scales), c, nil)
				return c
			}())

			both, came := slices.Clone(y), slices.Clone(payload)
			before, after := w.AddEncode(both, payload, lost)
			checked("add both, before", before, came)
			checked("add both, after", after, payload)
			roundInt8Go(q, scales, want, wantLost)
			equalBits(t, "add both, kept", both, want)
			equalBits(t, "add both, lost", lost, wantLost)
			if !bytes.Equal(payload, wantPayload) {
				t.Fatalf("length %d: after an addition other bytes than plain Go's", length)
			}
		}
	}
}

// Against float64: a scale is the nearest bfloat16 to the largest magnitude over 127, each byte
// the nearest multiple of it, the largest element's ±127; what is lost is exact; and what was
// decoded encodes to the same payload.
func TestInt8RoundsToTheNearestMultiple(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		length := rapid.IntRange(1, 700).Draw(t, "length")
		values := blocksOf(random, length)
		x, lost := slices.Clone(values), make([]float32, length)
		w := int8Wire{}
		payload := make([]byte, w.Packing().Bytes(length))
		w.Encode(payload, x, lost)
		for lo := 0; lo < length; lo += int8Block {
			hi, largest := min(lo+int8Block, length), 0.0
			for _, v := range values[lo:hi] {
				if v != v {
					v = float32(math.Inf(1))
				}
				largest = max(largest, math.Abs(float64(v)))
			}
			scale := float64(scaleOf(payload[length+lo/int8Block*int8ScaleBytes:]))
			if math.IsInf(largest, 1) {
				if scale == scale || slices.ContainsFunc(x[lo:hi], func(v float32) bool { return v == v }) ||
					slices.ContainsFunc(lost[lo:hi], func(v float32) bool { return v != 0 }) {
					t.Fatalf("a block that is not finite has scale %v, values %v, lost %v", scale, x[lo:hi], lost[lo:hi])
				}
				continue
			}
			if scale == 0 && largest > 127*0x1p-126 || scale != 0 && largest < 126*0x1p-126 {
				t.Fatalf("largest %v has scale %v", largest, scale)
			}
			if nearest, _ := new(big.Float).SetPrec(8).SetFloat64(largest / 127).Float64(); scale != 0 && scale != nearest {
				t.Fatalf("largest %v has scale %v, not %v", largest, scale, nearest)
			}
			atMost := scale / 2 * (1 + 0x1p-15) // v·(1/scale) is rounded twice
			if scale == 0 {
				atMost = largest
			}
			full := false
			for i := lo; i < hi; i++ {
				v, b := float64(values[i]), float64(int8(payload[i]))
				if float64(x[i]) != b*scale || v-b*scale != float64(lost[i]) || math.Abs(float64(lost[i])) > atMost {
					t.Fatalf("%v is %v times %v, kept as %v, lost %v", v, b, scale, x[i], lost[i])
				}
				full = full || math.Abs(b) == 127
			}
			if full != (scale != 0) {
				t.Fatalf("largest %v, scale %v: is a byte 127? %v", largest, scale, full)
			}
		}
		again := make([]byte, len(payload))
		w.Encode(again, slices.Clone(x), lost)
		if !bytes.Equal(again, payload) {
			t.Fatal("what was decoded encodes to another payload")
		}
		if slices.ContainsFunc(lost, func(v float32) bool { return v != 0 }) {
			t.Fatal("encoding it again loses something")
		}
	})
}

// Every scale there is times every byte is exact, and comes back.
func TestInt8OfEveryScale(t *testing.T) {
	x := make([]float32, 255)
	payload := make([]byte, int8Wire{}.Packing().Bytes(len(x)))
	for half := smallestScale; ; half++ {
		scale := widenBFloat16(uint16(half))
		if 127*float64(scale) > math.MaxFloat32 {
			if largest, _, _ := scaleInt8(math.Float32bits(math.MaxFloat32)); int(largest) != half-1 {
				t.Errorf("the largest scale is %#x, the largest with finite products %#x", largest, half-1)
			}
			return
		}
		for i := range x {
			x[i] = float32(i-127) * scale
			if float64(x[i]) != float64(i-127)*float64(scale) {
				t.Fatalf("%d times %v is not exact", i-127, scale)
			}
		}
		int8Wire{}.Encode(payload, x, nil)
		if got := int(binary.LittleEndian.Uint16(payload[len(x):])); got != half {
			t.Fatalf("scale %#x came back as %#x", half, got)
		}
		for i := range x {
			if int(int8(payload[i])) != i-127 {
				t.Fatalf("scale %#x: %d came back as %d", half, i-127, int8(payload[i]))
			}
		}
	}
}

// One element of one rank is not finite: every rank sees that in the sum, whichever rank and
// element it is, and all hold the same bits.
func TestInt8TellsEveryRankWhatIsNotFinite(t *testing.T) {
	const world, length = 4, 2000
	options := testOptions(world)
	rings := openAll(t, NewMemory(world), options)
	defer closeAll(t, rings)
	random := rand.New(rand.NewPCG(2, 2))
	for n, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for guilty := range world {
			vectors, kept := randomVectors[float32](random, world, length), zeros(world, length)
			at := random.IntN(length)
			vectors[guilty][at] = bad
			noErrors(t, onEveryRank(world, func(rank int) error {
				return rings[rank].AllReduce(context.Background(), vectors[rank], WithInt8(kept[rank]))
			}))
			for rank, x := range vectors {
				if v := float64(x[at]); !math.IsNaN(v) && !math.IsInf(v, 0) {
					t.Errorf("case %d: rank %d has %v where rank %d brought %v", n, rank, v, guilty, bad)
				}
				equalBits(t, fmt.Sprint("rank ", rank), x, vectors[0])
				for i, v := range kept[rank] {
					if v-v != 0 {
						t.Fatalf("rank %d keeps %v of element %d", rank, v, i)
					}
				}
			}
		}
	}
}

// What one sum is off by, beside the exact one, and what the mean of many is: with residuals the
// error of a mean falls with their number, without them it stays. Worlds of more ranks round
// more often, and partial sums are larger at later hops; so the error of one sum grows with the ranks, but
// slowly beside the sum itself.
func TestInt8ErrorByWorldSize(t *testing.T) {
	const length, operations = 6000, 64
	for _, world := range []int{2, 4, 8} {
		random := rand.New(rand.NewPCG(4, uint64(world)))
		same := randomNormal(random, world, length)
		exact, norm := make([]float64, length), 0.0
		for i := range exact {
			for _, v := range same {
				exact[i] += float64(v[i])
			}
			norm += exact[i] * exact[i]
		}
		off := map[bool][2]float64{} // of one sum, of the mean of all, by whether residuals are kept
		for _, keeping := range []bool{true, false} {
			rings := openAll(t, NewMemory(world), testOptions(world))
			kept, total := zeros(world, length), make([]float64, length)
			errorNow := func(n int) float64 {
				sum := 0.0
				for i := range total {
					d := total[i]/float64(n) - exact[i]
					sum += d * d
				}
				return math.Sqrt(sum / norm)
			}
			var one float64
			for n := range operations {
				x := cloneAll(same)
				noErrors(t, onEveryRank(world, func(rank int) error {
					if !keeping {
						return rings[rank].AllReduce(context.Background(), x[rank], WithInt8(nil))
					}
					return rings[rank].AllReduce(context.Background(), x[rank], WithInt8(kept[rank]))
				}))
				for i, v := range x[0] {
					total[i] += float64(v)
				}
				if n == 0 {
					one = errorNow(1)
				}
			}
			off[keeping] = [2]float64{one, errorNow(operations)}
			closeAll(t, rings)
		}
		t.Logf("world %d: one sum is off by %.3f%%, the mean of %d by %.4f%%, without residuals by %.3f%%",
			world, 100*off[true][0], operations, 100*off[true][1], 100*off[false][1])
		// A normal block's largest of 256 is about 2.8 deviations, so a rounding is off by 2.8/127/√12
		// = 0.64% of one; hop k rounds a sum of k, and k sums of the same relative error add up.
		if want := 0.0064 * math.Sqrt(float64(world+1)/2); off[true][0] > 1.2*want || off[true][0] < 0.8*want {
			t.Errorf("world %d: one sum is off by %.4f, about %.4f was computed", world, off[true][0], want)
		}
		if off[true][1] > off[true][0]/operations*1.5 {
			t.Errorf("world %d: the mean of %d sums is off by %.5f, one by %.5f", world, operations, off[true][1], off[true][0])
		}
		if off[false][1] < 0.9*off[false][0] {
			t.Errorf("world %d: without residuals the mean is off by %.5f, and one by %.5f: do residuals matter here?", world, off[false][1], off[false][0])
		}
	}
}

func randomNormal(random *rand.Rand, world, length int) [][]float32 {
	out := zeros(world, length)
	for _, x := range out {
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
	}
	return out
}
