package coordinator

import (
	"fmt"
	"testing"

	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// BenchmarkOrders is what a step's orders take the coordinator: to deal it, to encode an order for
// each rank, and to have it fetched. Texts have 40 tokens of a vocabulary of 30,000.
func BenchmarkOrders(b *testing.B) {
	for _, world := range []int{4, 64, 1000} {
		b.Run(fmt.Sprintf("workers=%d", world), func(b *testing.B) {
			s := stageOf(b, []int{20_000}, plan.Settings{Epochs: 1e6, Batch: 8 * world, Seed: 1})
			rows := make([]job.Row, s.tasks[0].Train.Len())
			for i := range rows {
				ids := make([]int32, 40)
				for j := range ids {
					ids[j] = int32((i*7919 + j*j*104729) % 30_000)
				}
				rows[i].IDs = ids
			}
			s.tasks[0].Train = job.RowsOf(rows)
			active := make([]int, world)
			queues := make([]orderQueue, world)
			for rank := range active {
				active[rank] = rank
			}
			step, sent := 0, 0
			for b.Loop() {
				orders, err := s.deal(step, world, active)
				if err != nil {
					b.Fatal(err)
				}
				for rank := range orders {
					if err := queues[rank].push(protocol.Order{Step: &orders[rank]}); err != nil {
						b.Fatal(err)
					}
					queues[rank].poll(uint64(step), 0, func(text []byte) { sent += len(text) })
				}
				step++
				s.committed(step)
			}
			b.ReportMetric(float64(sent)/float64(step), "bytes/step")
		})
	}
}
