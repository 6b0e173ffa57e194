package simulate_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"ringmaster/allreduce"
	"ringmaster/allreduce/simulate"
)

// shaper makes links slow: toxiproxy between a rank's server and its right neighbour.
type shaper struct{ server *toxiproxy.ApiServer }

func newShaper() *shaper {
	return &shaper{toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())}
}

// link returns the URL under which the endpoint is reached over a slow link. Delay comes
// before bandwidth: toxiproxy counts a byte's delay from when it read it, and a byte that
// has waited for its turn would have served its delay already.
func (s *shaper) link(t testing.TB, endpoint string, link simulate.Link) string {
	t.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := toxiproxy.NewProxy(s.server, u.Host, "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	for _, direction := range []string{"upstream", "downstream"} {
		for _, toxic := range []string{
			fmt.Sprintf(`{"type": "latency", "stream": %q, "attributes": {"latency": %d}}`, direction, int(link.Delay*1e3)),
			fmt.Sprintf(`{"type": "bandwidth", "stream": %q, "attributes": {"rate": %d}}`, direction, int(link.BytesPerSecond/1e3)),
		} {
			if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
				t.Fatal(err)
			}
		}
	}
	u.Host = proxy.Listen
	return u.String()
}

// openMesh opens a ring of the real kind. over is how a rank's right neighbour reaches it.
func openMesh(t testing.TB, o allreduce.Options, over func(url string) string) []*allreduce.Ring {
	t.Helper()
	endpoints := make([]*allreduce.Endpoint, o.World)
	urls := make([]string, o.World)
	for rank := range endpoints {
		endpoint, err := allreduce.NewEndpoint("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(endpoint.Close)
		endpoints[rank], urls[rank] = endpoint, over(endpoint.URL())
	}
	o.Run = "simulated"
	rings := make([]*allreduce.Ring, o.World)
	onEveryRank(t, o.World, func(rank int) error {
		o := o
		o.Rank = rank
		transport, err := endpoints[rank].Connect(context.Background(), urls[(rank+o.World-1)%o.World], o)
		if err != nil {
			return err
		}
		rings[rank], err = allreduce.Open(context.Background(), transport, o)
		return err
	})
	t.Cleanup(func() { onEveryRank(t, o.World, func(rank int) error { return rings[rank].Close() }) })
	return rings
}

// timeAllReduce is the time from the moment at which all ranks begin to the last one's end.
func timeAllReduce(t testing.TB, rings []*allreduce.Ring, elements int) time.Duration {
	t.Helper()
	vectors := make([][]float32, len(rings))
	for rank := range vectors {
		vectors[rank] = make([]float32, elements)
	}
	start := time.Now()
	onEveryRank(t, len(rings), func(rank int) error { return rings[rank].AllReduce(context.Background(), vectors[rank]) })
	return time.Since(start)
}

func onEveryRank(t testing.TB, world int, f func(rank int) error) {
	t.Helper()
	errs := make([]error, world)
	var ranks sync.WaitGroup
	for rank := range world {
		ranks.Go(func() { errs[rank] = f(rank) })
	}
	ranks.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
