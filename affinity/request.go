package affinity

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// RequestEnv is how many cores a container asked for, where it has no limit: "2", "1.5" or
// "1500m". In a pod it comes from the downward API (resourceFieldRef requests.cpu). Nothing in
// the container tells it: without a limit there is no quota, and it would compute with as many
// threads as the machine has cores, which others use too.
const RequestEnv = "RINGMASTER_CPU_REQUEST"

// ErrRequest: RequestEnv is not a number of cores.
var ErrRequest = errors.New("invalid " + RequestEnv)

// request is what RequestEnv says, infinite where it says nothing.
func request() (float64, error) {
	text := strings.TrimSpace(os.Getenv(RequestEnv))
	if text == "" {
		return math.Inf(1), nil
	}
	number, milli := strings.CutSuffix(text, "m")
	cores, err := strconv.ParseFloat(number, 64)
	if milli {
		cores /= 1000
	}
	if err == nil && cores == 0 { // what the downward API gives without a request
		return math.Inf(1), nil
	}
	if err != nil || !(cores > 0) {
		return 0, fmt.Errorf("%w: %.40q is not a number of cores, like 2, 1.5 or 1500m", ErrRequest, text)
	}
	return cores, nil
}
