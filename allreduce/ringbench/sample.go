package ringbench

import (
	"math"
	"time"
)

// sample is one round of one side.
type sample struct {
	seconds    float64 // an operation, of the slowest rank
	cpuSeconds float64 // an operation, of all processes
}

// prepare gives all ranks a vector and finds how many operations make a round. What is
// measured on the way is the warm-up.
func (c *rankGroup) prepare(floats int, wire Wire, roundTime time.Duration) (operations int, err error) {
	if _, err := c.ask(func(int) order { return order{Do: doPrepare, Floats: floats, Wire: wire} }); err != nil {
		return 0, err
	}
	const fewest, most = 2, 1 << 20
	for operations = fewest; ; operations *= 10 {
		s, err := c.measure(operations)
		if err != nil {
			return 0, err
		}
		if took := s.seconds * float64(operations); took >= roundTime.Seconds()/4 || operations >= most {
			return int(min(max(math.Ceil(roundTime.Seconds()/s.seconds), fewest), most)), nil
		}
	}
}

// measure sums the vector so many times on all ranks.
func (c *rankGroup) measure(operations int) (s sample, err error) {
	var before, after time.Duration
	if c.cpu != nil {
		if before, err = c.cpu(); err != nil {
			return s, err
		}
	}
	answers, err := c.ask(func(int) order { return order{Do: doMeasure, Operations: operations} })
	if err != nil {
		return s, err
	}
	if c.cpu != nil {
		if after, err = c.cpu(); err != nil {
			return s, err
		}
	}
	s.cpuSeconds = (after - before).Seconds()
	for _, a := range answers {
		s.seconds = max(s.seconds, a.Seconds)
		s.cpuSeconds += a.CPUSeconds
	}
	s.seconds /= float64(operations)
	s.cpuSeconds /= float64(operations)
	return s, nil
}

// streamBytes is how much each link carries to find its bandwidth: in a round of usual
// length far more than TCP's buffers hold, and a fraction of the round's time.
func streamBytes(roundTime time.Duration) int64 {
	const least, most, usual = 1 << 20, 64 << 20, 300 * time.Millisecond
	return int64(min(max(most*float64(roundTime)/float64(usual), least), most))
}

// bandwidth is what a link of the ring carries in bytes a second, by raw TCP with all
// links busy.
func (c *rankGroup) bandwidth(bytes int64) (float64, error) {
	answers, err := c.ask(func(int) order { return order{Do: doStream, Bytes: bytes} })
	if err != nil {
		return 0, err
	}
	slowest := 0.0
	for _, a := range answers {
		slowest = max(slowest, a.Seconds)
	}
	return float64(bytes) / slowest, nil
}
