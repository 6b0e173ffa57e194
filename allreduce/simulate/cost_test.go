package simulate_test

import (
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"ringmaster/allreduce"
	"ringmaster/allreduce/schedule"
	"ringmaster/allreduce/simulate"
)

// What a message and a byte of it cost a rank's processor: two lengths of message, two
// unknowns. Servers and kernel count, since they run on the rank's machine.
func TestMeasureCost(t *testing.T) {
	if !*thorough {
		t.Skip("measures and checks nothing: go test ./allreduce/simulate -run MeasureCost -v -args -thorough")
	}
	const world, elements, operations = 2, 10_000_000, 20
	var message, byteCost []float64
	for range 5 {
		var messages, bytes, seconds [2]float64 // of both ranks and both ends
		for i, chunkBytes := range []int{8 << 10, allreduce.DefaultChunkBytes} {
			ring := simulate.Ring{World: world, Hops: []simulate.Link{{BytesPerSecond: math.Inf(1)}}, Vector: simulate.Vector{
				Elements: elements, Packing: schedule.Packing{Width: 4}, ChunkBytes: chunkBytes, Window: allreduce.DefaultWindow,
			}}
			simulated, err := ring.Run()
			if err != nil {
				t.Fatal(err)
			}
			messages[i] = 2 * operations * float64(simulated.Messages)
			bytes[i] = 2 * operations * world * simulated.Sent
			rings := openMesh(t, allreduce.Options{World: world, ChunkBytes: chunkBytes}, func(url string) string { return url })
			timeAllReduce(t, rings, elements)
			before := processorTime(t)
			for range operations {
				timeAllReduce(t, rings, elements)
			}
			seconds[i] = (processorTime(t) - before).Seconds()
		}
		// seconds[i] = message·messages[i] + byte·bytes[i]
		determinant := messages[0]*bytes[1] - messages[1]*bytes[0]
		message = append(message, (seconds[0]*bytes[1]-seconds[1]*bytes[0])/determinant)
		byteCost = append(byteCost, (messages[0]*seconds[1]-messages[1]*seconds[0])/determinant)
		t.Logf("8 KiB %.3f s, 64 KiB %.3f s", seconds[0], seconds[1])
	}
	slices.Sort(message)
	slices.Sort(byteCost)
	t.Logf("a message %.2f µs (%.2f to %.2f), a byte %.4f ns (%.4f to %.4f), at either end",
		1e6*message[2], 1e6*message[0], 1e6*message[4], 1e9*byteCost[2], 1e9*byteCost[0], 1e9*byteCost[4])
}

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
