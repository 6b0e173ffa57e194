package sleep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ringmaster/sleep"
)

func TestForEndsWithItsTimeOrItsContext(t *testing.T) {
	begun := time.Now()
	if err := sleep.For(t.Context(), 20*time.Millisecond); err != nil || time.Since(begun) < 20*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Millisecond, func() { cancel(enough) })
	if err := sleep.For(ctx, time.Hour); !errors.Is(err, enough) {
		t.Error(err)
	}
}
