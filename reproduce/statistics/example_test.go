package statistics_test

import (
	"fmt"

	"ringmaster/reproduce/statistics"
)

// accuracy is the share of the confusion matrix's diagonal.
func accuracy(confusion [][]int) float64 {
	right, all := 0, 0
	for g := range confusion {
		for p, n := range confusion[g] {
			all += n
			if g == p {
				right += n
			}
		}
	}
	return float64(right) / float64(all)
}

// Two methods, two seeds each, on the same six test rows.
func ExampleCompare() {
	rows, gold := []int{0, 1, 2, 3, 4, 5}, []int{0, 1, 0, 1, 0, 1}
	method := func(predicted ...[]int) statistics.System {
		s := statistics.System{Classes: 2, Score: accuracy}
		for _, p := range predicted {
			s.Runs = append(s.Runs, statistics.Run{Rows: rows, Gold: gold, Predicted: p})
		}
		return s
	}
	a := method([]int{0, 1, 0, 1, 0, 1}, []int{0, 1, 0, 1, 0, 0})
	b := method([]int{0, 1, 0, 1, 1, 0}, []int{0, 0, 0, 1, 1, 0})
	c, err := statistics.Compare(a, b, statistics.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("difference %.2f over %d seeds, p %.2f\n", c.Difference, c.Seeds, c.P)
	fmt.Println("corrected:", statistics.Holm([]float64{0.01, 0.04, 0.03}))
	// Output:
	// difference 0.33 over 2 seeds, p 0.18
	// corrected: [0.03 0.06 0.06]
}
