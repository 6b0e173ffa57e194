package e2ek8s

import (
	"testing"
	"time"
)

// rollTheImage replaces the workers by those of another image, as a person does.
func (r *run) rollTheImage(t *testing.T, times report) {
	t.Helper()
	at := time.Now()
	r.ringmaster(t, "roll", r.name, "--worker-image", rolledImage)
	await(t, "the end of the old workers", patience, func() bool {
		for _, p := range r.pods(t, "worker") {
			if p.Spec.Containers[0].Image != rolledImage {
				return false
			}
		}
		return true
	})
	r.events.awaitWorld(t, 3)
	times.add(t, "workers' image rolled: longest pause", r.events.stall(at), podKilledLimit)
}

// keepsItsWorkers rolls an image in whose workers are refused: nothing changes.
func (r *run) keepsItsWorkers(t *testing.T, workers int) {
	t.Helper()
	before := r.job(t, "worker").Metadata.Name
	out, err := r.try(t.Context(), "roll", r.name, "--worker-image", oldImage)
	if err == nil {
		t.Errorf("workers of an older release take the others' place:\n%s", out)
	}
	t.Logf("an older release is not rolled in: %s", lastLines(out, 1))
	if after := r.job(t, "worker").Metadata.Name; after != before {
		t.Errorf("the workers' Job is %s, and was %s", after, before)
	}
	r.events.awaitWorld(t, workers)
}
