package allreduce

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// silent is what the net package returns where nobody has answered in time.
type silent struct{ error }

func (silent) Timeout() bool   { return true }
func (silent) Temporary() bool { return true }

// A connection whose first packets are lost is given up for another, and a refusal is not tried again.
func TestAnAttemptWithoutAnAnswerIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer here.Close()
		defer there.Close()
		refused := errors.New("refused")
		for name, c := range map[string]struct {
			silent int // attempts
			then   error
			within time.Duration // of the whole
			took   time.Duration
			want   error
		}{
			"answered":              {0, nil, 10 * time.Second, 0, nil},
			"one is lost":           {1, nil, 10 * time.Second, time.Second, nil},
			"two are lost":          {2, nil, 10 * time.Second, 3 * time.Second, nil},
			"all are lost":          {9, nil, 10 * time.Second, 10 * time.Second, context.DeadlineExceeded},
			"refused":               {0, refused, 10 * time.Second, 0, refused},
			"refused after silence": {1, refused, 10 * time.Second, time.Second, refused},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), c.within)
			attempts, began := 0, time.Now()
			conn, err := dialTCP(ctx, "h:1", func(ctx context.Context, _, _ string) (net.Conn, error) {
				if attempts++; attempts <= c.silent {
					<-ctx.Done()
					return nil, silent{ctx.Err()}
				}
				return here, c.then
			})
			cancel()
			if took := time.Since(began); took != c.took || !errors.Is(err, c.want) && !errors.As(err, new(silent)) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v after %s, want %v after %s", name, err, took, c.want, c.took)
			}
			_ = conn
		}
	})
}
