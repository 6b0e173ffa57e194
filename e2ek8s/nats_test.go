package e2ek8s

import (
	"fmt"
	"testing"
	"time"
)

// startNATS starts a NATS server in a namespace, as somebody has one already, and returns its URL.
func startNATS(t *testing.T, c *cluster, namespace string) (url string) {
	t.Helper()
	c.apply(t, fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: nats, namespace: %[1]s}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: nats}}
  template:
    metadata: {labels: {app: nats}}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 1
      containers:
      - name: nats
        image: %[2]s
        imagePullPolicy: Never
        args: [--addr, 0.0.0.0, --port, "4222", --user, ringmaster, --pass, sesame]
        ports: [{containerPort: 4222}]
        readinessProbe: {tcpSocket: {port: 4222}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: nats, namespace: %[1]s}
spec: {selector: {app: nats}, ports: [{port: 4222}]}
`, namespace, natsImage))
	c.kubectl(t, "--namespace", namespace, "rollout", "status", "deployment/nats", "--timeout", "120s")
	return "nats://ringmaster:sesame@nats." + namespace + ".svc:4222"
}

// A run over a NATS server of its cluster goes on when that server is started anew.
func TestARunOutlivesItsNATSServer(t *testing.T) {
	c := needCluster(t)
	elsewhere := c.namespace(t)
	url := startNATS(t, c, elsewhere)
	r := submit(t, c, c.namespace(t), "guest", longRun(t), append([]string{"--workers", "2", "--nats", url}, short...)...)
	times := newReport()
	defer times.print()
	r.events.awaitWorld(t, 2)
	at := time.Now()
	c.kubectl(t, "--namespace", elsewhere, "delete", "pods", "--selector", "app=nats", "--wait=false")
	c.kubectl(t, "--namespace", elsewhere, "rollout", "status", "deployment/nats", "--timeout", "120s")
	r.events.awaitSteps(t, 100)
	times.add(t, "NATS server restarted: longest pause", r.events.stall(at), natsRestartsLimit)
	r.finishes(t)
}
