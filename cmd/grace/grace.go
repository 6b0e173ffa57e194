package grace

import (
	"os"
	"time"
)

const (
	// inKubernetes is below the 30 seconds of a pod whose terminationGracePeriodSeconds is not set.
	inKubernetes = 25 * time.Second
	// kubernetesEnv is set in every container of a pod.
	kubernetesEnv = "KUBERNETES_SERVICE_HOST"
)

// Meaning is the flag's help.
const Meaning = "how long to take at most from SIGTERM to the end, a little below what the supervisor allows; 0: as long as it takes; default: 25s in Kubernetes, else 0"

// Default is the time where none is given: that of a pod in Kubernetes, and no limit elsewhere.
func Default() time.Duration {
	if os.Getenv(kubernetesEnv) != "" {
		return inKubernetes
	}
	return 0
}
