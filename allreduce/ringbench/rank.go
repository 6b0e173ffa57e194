package ringbench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
)

// ServeRank is a rank's process: it carries out the parent's orders, read from in, and
// answers them on out. It returns when in ends, which cuts short whatever it is doing.
// The parent hears of errors; what is returned says that this rank did not go through.
func ServeRank(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	orders := make(chan order)
	go func() {
		defer close(orders)
		defer leave(errDismissed)
		lines := json.NewDecoder(bufio.NewReader(in))
		for {
			var o order
			if lines.Decode(&o) != nil {
				return
			}
			orders <- o
		}
	}()
	r := &rank{}
	defer func() { err = errors.Join(err, r.close()) }()
	answers := json.NewEncoder(out)
	for o := range orders {
		if err != nil {
			continue // a rank that failed only waits for its dismissal
		}
		var a answer
		if a, err = r.handle(ctx, o); err != nil {
			a = answer{Error: err.Error()}
		}
		if unheard := answers.Encode(a); unheard != nil {
			err = errors.Join(err, unheard)
		}
	}
	return err
}

// rank is one rank of a ring, in its own process.
type rank struct {
	number, world int
	topology      Topology
	pattern       *pattern

	endpoint *allreduce.Endpoint // mesh
	conn     *nats.Conn          // broker
	ring     *allreduce.Striped
	streams  streams

	x       []float32
	options []allreduce.Option
	profile *os.File
}

func (r *rank) handle(ctx context.Context, o order) (answer, error) {
	switch o.Do {
	case doListen:
		return r.listen(o)
	case doJoin:
		return answer{}, r.join(ctx, o)
	case doPrepare:
		r.prepare(o)
		return answer{}, nil
	case doMeasure:
		return r.measure(ctx, o.Operations)
	case doStream:
		return r.stream(ctx, o.Bytes)
	case doProfile:
		return answer{}, r.writeProfile(o.Path)
	}
	return answer{}, fmt.Errorf("rank %d received the unknown order %q", r.number, o.Do)
}

func (r *rank) listen(o order) (a answer, err error) {
	r.number, r.world, r.topology = o.Rank, o.World, o.Topology
	if a.Stream, err = r.streams.listen(); err != nil {
		return a, err
	}
	if r.topology == Mesh {
		if r.endpoint, err = allreduce.NewEndpoint(loopback); err != nil {
			return a, err
		}
		a.Address = r.endpoint.URL()
	}
	return a, nil
}

func (r *rank) join(ctx context.Context, o order) error {
	if err := r.streams.connect(ctx, o.Streams[(r.number+1)%r.world]); err != nil {
		return err
	}
	options := allreduce.Options{
		Rank: r.number, World: r.world, Run: "bench", Generation: 1, ChunkBytes: o.ChunkBytes, Window: o.Window,
	}
	transports := make([]allreduce.Transport, 1)
	var err error
	switch r.topology {
	case Mesh:
		left := allreduce.Neighbour{URL: o.Addresses[(r.number+r.world-1)%r.world]}
		transports, err = r.endpoint.ConnectStripes(ctx, left, options, max(1, o.Stripes))
	case Broker:
		if r.conn, err = nats.Connect(o.Broker, allreduce.BrokerOptions(connectTimeout)...); err != nil {
			return fmt.Errorf("connect to the broker: %w", err)
		}
		transports[0], err = allreduce.NewBroker(ctx, r.conn, options)
	}
	if err != nil {
		return err
	}
	r.ring, err = allreduce.OpenStriped(ctx, transports, options)
	return err
}

func (r *rank) prepare(o order) {
	if cap(r.x) < o.Floats {
		r.x = nil // or both would be held at once
		r.x = make([]float32, o.Floats)
	}
	r.x = r.x[:o.Floats]
	r.options, r.pattern = nil, newPattern(r.world, o.Wire)
	switch o.Wire {
	case BFloat16:
		r.options = []allreduce.Option{allreduce.WithBFloat16(nil)}
	case Int8:
		r.options = []allreduce.Option{allreduce.WithInt8(nil)}
	}
}

// measure sums the vector so many times. Only the sums count: filling the vector,
// waiting until all ranks have, and comparing the result do not.
func (r *rank) measure(ctx context.Context, operations int) (answer, error) {
	var took, cpu time.Duration
	for left := operations; left > 0; {
		n := min(left, r.pattern.exact)
		r.pattern.fill(r.x, r.number)
		if err := r.together(ctx); err != nil {
			return answer{}, err
		}
		cpuBefore, err := cpuTime()
		if err != nil {
			return answer{}, err
		}
		began := time.Now()
		for range n {
			if err := r.ring.AllReduce(ctx, r.x, r.options...); err != nil {
				return answer{}, err
			}
		}
		took += time.Since(began)
		cpuAfter, err := cpuTime()
		if err != nil {
			return answer{}, err
		}
		cpu += cpuAfter - cpuBefore
		if err := r.pattern.check(r.x, n); err != nil {
			return answer{}, fmt.Errorf("rank %d: %w", r.number, err)
		}
		left -= n
	}
	return answer{Seconds: took.Seconds(), CPUSeconds: cpu.Seconds()}, nil
}

// together returns when all ranks have called it.
func (r *rank) together(ctx context.Context) error { return r.ring.AllReduce(ctx, nil) }

// stream finds what the links carry when nothing is added, framed or checked.
func (r *rank) stream(ctx context.Context, bytes int64) (answer, error) {
	if err := r.together(ctx); err != nil {
		return answer{}, err
	}
	began := time.Now()
	err := r.streams.exchange(ctx, bytes)
	return answer{Seconds: time.Since(began).Seconds()}, err
}

// writeProfile begins a CPU profile, or ends it where path is empty.
func (r *rank) writeProfile(path string) (err error) {
	if path == "" {
		if r.profile == nil {
			return nil
		}
		pprof.StopCPUProfile()
		err = r.profile.Close()
		r.profile = nil
		return err
	}
	if r.profile, err = os.Create(path); err != nil {
		return err
	}
	return pprof.StartCPUProfile(r.profile)
}

func (r *rank) close() error {
	errs := []error{r.writeProfile("")}
	if r.ring != nil {
		errs = append(errs, r.ring.Close())
	}
	if r.conn != nil {
		r.conn.Close()
	}
	if r.endpoint != nil {
		r.endpoint.Close()
	}
	return errors.Join(append(errs, r.streams.close())...)
}
