package archtest

import "strings"

const (
	module          = "ringmaster"
	libtorchBinding = "github.com/sugarme/gotch"
)

// everything stands for all packages but those of importedByNobody.
const everything = "*"

// An importRule says what of this module packages may import, besides each other and importedByAll.
type importRule struct {
	packages string // a package, or with a trailing "/..." also all below it
	may      []string
}

// importRules holds a rule for each package: the first that matches.
var importRules = []importRule{
	{"durable", nil},
	{"errkind", nil},
	{"sleep", nil},
	{"affinity", nil},
	{"gpus", nil},
	{"descriptors", nil},
	{"keepalive", nil},
	{"screen", nil},
	{"inputfile", nil},
	{"shown", nil},
	{"refusals", nil},
	{"cachedir", nil},
	{"config/...", nil},
	// What the kinds of task mean, for both programs.
	{"kinds", []string{"config/...", "model/softmax", "run/metrics"}},
	// Measures the ring beside the peer, whose script the program carries with it. The
	// only code of bench that the product knows is that text.
	{"allreduce/ringbench", []string{"allreduce", "bench/peer", "benchmark/rounds"}},
	{"allreduce/...", nil},
	// Measures training from outside: it starts the programs, with run files that it writes, and reads
	// what they leave.
	{"benchmark/training", []string{"benchmark/...", "bench/peer", "config/...", "data/...", "run/directory", "model/hub", "model/weights"}},
	{"benchmark/comparison", []string{"benchmark/rounds"}},
	{"benchmark/rounds", nil},
	{"benchmark/flops", nil},
	{"data/...", []string{"config/..."}},
	// What describes a run and is known to both sides. It knows neither of them.
	{"run/metrics", nil},
	{"run/...", []string{"config/...", "kinds", "data/...", "model/input", "model/weights", "model/softmax", "model/hub", "model/checkpoint"}},
	{"coordinator/job", []string{"config/...", "kinds", "data/...", "run/...", "model/weights", "model/softmax", "model/baseline", "model/hub"}},
	{"coordinator/core", nil},
	{"coordinator/straggler", nil},
	{"coordinator/waiting", nil},
	{"coordinator/progress", []string{"run/metrics"}},
	// Measures the preparation of a run, of a tiny model.
	{"coordinator/curve", []string{"config/...", "coordinator/core", "coordinator/job", "run/plan", "model/weights/tinybert"}},
	{"coordinator/...", []string{"config/...", "kinds", "data/...", "run/...", "model/input", "model/weights", "model/softmax", "model/baseline", "model/hub", "model/checkpoint"}},
	{"model/input", nil},
	{"model/weights", []string{"config/..."}},
	{"model/softmax", nil},
	{"model/hostmemory", nil},
	{"model/baseline", []string{"model/weights"}},
	{"model/hub", []string{"model/weights"}},
	{"model/...", []string{"config/...", "kinds", "data/...", "gpus"}},
	{"reproduce/statistics", nil},
	{"reproduce/experiments", []string{"config/..."}},
	{"reproduce/...", []string{"config/...", "kinds", "data/...", "run/...", "coordinator/job", "model/hub"}},
	// Manifests, and the user's own kubectl.
	{"deploy/kubectl", nil},
	{"deploy/...", []string{"config/...", "model/hub"}},
	{"worker/...", []string{"config/...", "kinds", "data/...", "run/...", "allreduce", "allreduce/schedule", "model/..."}},
	// Hurts the product from outside: it starts its programs and reads what they leave.
	{"chaos/faults", nil},
	{"chaos/recovery", nil},
	{"chaos", []string{"chaos/...", "run/directory", "run/protocol", "coordinator/core", "coordinator/straggler", "model/weights", "model/weights/tinybert"}},
	{"cmd/ringmaster-chaos", []string{"chaos/..."}},
	// Packs what was built into container images; it knows nothing of what is inside.
	{"images", nil},
	{"cmd/ringmaster-images", []string{"images", "cmd/usage", "cmd/version"}},
	{"cmd/...", []string{everything, "worker/...", "reproduce/..."}},
	{"archtest", nil},
	// Programs and tests that stand beside the product.
	{"bench/peer", nil},
	{"bench/...", []string{everything}},
	{"e2e/...", []string{everything}},
	{"e2ek8s/...", []string{everything}},
	{"examples/...", []string{everything}},
}

// importedByAll holds the packages that every package may import.
var importedByAll = []string{"durable", "errkind", "sleep", "affinity", "descriptors", "keepalive", "inputfile", "shown", "screen", "refusals", "cachedir"}

// importedByNobody holds the packages that "everything" leaves out.
var importedByNobody = []string{"worker/...", "reproduce/...", "chaos/...", "images", "cmd/...", "bench/...", "e2e/...", "e2ek8s/...", "examples/...", "archtest"}

// testOnly holds the packages that stand in for a real part: tests alone import them.
var testOnly = []string{"data/datatest", "reproduce/reproducetest", "run/bucket/s3test"}

// mayLinkLibtorch holds the packages that may depend on the binding, directly or not.
var mayLinkLibtorch = []string{"model", "model/torch", "worker/...", "cmd/ringmaster-worker"}

// mayUseCgo holds the packages that may import "C".
var mayUseCgo = []string{"model/torch", "model/hostmemory"}

// vagueNames are names that say nothing of what a package is about.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "misc"}

// matches says whether a package (a path below the module) is what a pattern means.
func matches(pattern, pkg string) bool {
	prefix, below := strings.CutSuffix(pattern, "/...")
	return pkg == prefix || below && strings.HasPrefix(pkg, prefix+"/")
}

func matchesAny(patterns []string, pkg string) bool {
	for _, pattern := range patterns {
		if matches(pattern, pkg) {
			return true
		}
	}
	return false
}

// ruleOf finds the rule of a package.
func ruleOf(pkg string) (importRule, bool) {
	for _, r := range importRules {
		if matches(r.packages, pkg) {
			return r, true
		}
	}
	return importRule{}, false
}

// mayImport says whether a package with rule r may import another package of this module.
func (r importRule) mayImport(pkg string) bool {
	if matches(r.packages, pkg) || matchesAny(importedByAll, pkg) || matchesAny(r.may, pkg) {
		return true
	}
	for _, pattern := range r.may {
		if pattern == everything {
			return !matchesAny(importedByNobody, pkg)
		}
	}
	return false
}
