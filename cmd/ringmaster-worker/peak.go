package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/model/torch"
)

const (
	// peakSize is the number of rows and columns of the matrices: large enough that their product is
	// bound by arithmetic, not by memory.
	peakSize = 2048
	// peakTime and peakLeast are how long products are repeated, and how many there are at least.
	peakTime, peakLeast = time.Second, 4
)

// peakCommand measures what `ringmaster bench` takes shares of; it is not for users.
func peakCommand() *cobra.Command {
	var threads int
	var precision string
	c := &cobra.Command{
		Use:    "peak",
		Short:  "Measure the arithmetic of large matrix products",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if precision != string(config.Float32) && precision != string(config.BFloat16) {
				return fmt.Errorf("%w: --precision is %q: want %s or %s", errUsage, precision, config.Float32, config.BFloat16)
			}
			flops, err := peakFlops(threads, config.Precision(precision))
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(struct {
				Flops float64 `json:"flops"` // operations per second
			}{flops})
		},
	}
	c.Flags().IntVar(&threads, "threads", 1, "number of CPU threads of libtorch")
	c.Flags().StringVar(&precision, "precision", string(config.Float32), "float32 or bfloat16")
	return c
}

// peakFlops is the operations per second of the fastest product, a multiplication with its addition
// being two.
func peakFlops(threads int, precision config.Precision) (flops float64, err error) {
	thread, err := torch.Start(threads)
	if err != nil {
		return 0, err
	}
	defer thread.Close()
	return flops, thread.Run(torch.NoGrad, func(s *torch.Scope) error {
		device := torch.CPU
		values := make([]float32, peakSize*peakSize)
		for i := range values {
			values[i] = float32(i%13) - 6
		}
		x := s.Floats(values, peakSize, peakSize)
		if precision == config.BFloat16 {
			narrow := s.ZerosBFloat16(device, peakSize, peakSize)
			s.Copy(narrow, x)
			x = narrow
		}
		const operations = 2. * peakSize * peakSize * peakSize
		for began, n := time.Now(), 0; n < peakLeast || time.Since(began) < peakTime; n++ {
			start := time.Now()
			if err := s.Try(func(s *torch.Scope) { s.MatMul(x, x) }); err != nil {
				return err
			}
			flops = max(flops, operations/time.Since(start).Seconds())
		}
		return s.Err()
	})
}
