package training

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"golang.org/x/sync/errgroup"

	"ringmaster/affinity"
)

// peakFlops is how many operations a second the ranks' cores do in large matrix products, all ranks
// multiplying at the same time.
func (b *bench) peakFlops(ctx context.Context, world int) (float64, error) {
	answers := make([]struct {
		Flops float64 `json:"flops"`
	}, world)
	own := affinity.Allowance{Cores: b.coresOf(world), Quota: float64(len(b.cores))}
	all, ctx := errgroup.WithContext(ctx)
	for rank := range world {
		all.Go(func() error {
			cores, _ := own.Part(rank, world)
			e, err := child{cores: cores, line: []string{b.Worker, "peak", "--threads", strconv.Itoa(b.threads(world)), "--precision", string(b.Precision)}}.run(ctx, ErrOurs)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(e.output, &answers[rank]); err != nil || answers[rank].Flops <= 0 {
				return fmt.Errorf("%w: %s peak did not print its operations per second (%s)%s", ErrOurs, b.Worker, fmt.Sprint(err), quote(e.output))
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, a := range answers {
		sum += a.Flops
	}
	return sum, nil
}
