package model

import (
	"fmt"
	"syscall"
	"testing"
)

// processorTime is the user and system time the process has used, in nanoseconds.
func processorTime(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMiniLMStep is one Backward and Update of 16 texts of 64 tokens on one
// thread. The metrics are processor time, as in bench/peer/model_step.py, which does
// the same in PyTorch.
func BenchmarkMiniLMStep(b *testing.B) {
	for _, dropout := range []float64{0, 0.1} {
		b.Run(fmt.Sprintf("dropout=%g", dropout), func(b *testing.B) {
			m := open(b, Spec{Dir: minilmFolder(b), Tasks: referenceTasks, Dropout: &dropout, Device: "cpu", Threads: 1})
			var examples []Example
			for i := range 16 {
				e := Example{Task: i % 2}
				for j := range 64 {
					e.IDs = append(e.IDs, int32(1000+(i*64+j)*7%20000))
				}
				examples = append(examples, e)
			}
			var backward, update float64
			for i := 0; b.Loop(); i++ {
				t0 := processorTime(b)
				if _, err := m.Backward(ctx, examples, goldOnly, 16, uint64(i)); err != nil {
					b.Fatal(err)
				}
				t1 := processorTime(b)
				if _, err := m.Update(2e-5, AdamW{WeightDecay: 0.01, ClipNorm: 1}); err != nil {
					b.Fatal(err)
				}
				backward, update = backward+t1-t0, update+processorTime(b)-t1
			}
			b.ReportMetric(backward/float64(b.N)/1e6, "backward-ms")
			b.ReportMetric(update/float64(b.N)/1e6, "update-ms")
		})
	}
}
