package affinity

import (
	"os"
	"runtime"
)

// Allowance is what this process may use of the machine.
type Allowance struct {
	// Cores are the numbers of the cores that it may run on, rising: a cpuset and an
	// affinity are in them.
	Cores []int
	// Quota is how many cores' worth of time it gets on them: the limit of its control groups, or
	// else what it asked for (RequestEnv); infinite without either.
	Quota float64
}

// Own is this process's allowance.
func Own() (Allowance, error) {
	cores, err := Cores()
	if err != nil {
		return Allowance{}, err
	}
	quota, limited := Quota(os.DirFS("/"))
	if !limited {
		quota, err = request()
	}
	return Allowance{Cores: cores, Quota: quota}, err
}

// Limited says whether the quota is less than the cores.
func (a Allowance) Limited() bool { return a.Quota < float64(len(a.Cores)) }

// Count is how many threads can compute at full speed, at least 1. Of a quota of two and a
// half cores that is two: a third thread would have all of them stopped in every period.
func (a Allowance) Count() int {
	if !a.Limited() {
		return max(1, len(a.Cores))
	}
	return max(1, int(a.Quota))
}

// Part is what one of several processes gets that divide the allowance among them, number
// part of parts, from 0: the cores that it may be bound to, and how many threads it is to
// have. Under a quota those are fewer than the cores: which ones are free is for the kernel
// to say, since other containers have theirs on the same ones.
func (a Allowance) Part(part, parts int) (cores []int, threads int) {
	cores = Portion(a.Cores, part, parts)
	if !a.Limited() {
		return cores, len(cores)
	}
	n := a.Count()
	return cores, max(1, n*(part+1)/parts-n*part/parts)
}

// LimitGo has this program's Go code use no more threads at a time than its allowance. The
// Go runtime does most of it by itself; it rounds a quota up, to two at least, and does not
// see one of a group above the process's own. GOMAXPROCS in the environment stands above all.
func LimitGo() error {
	if os.Getenv("GOMAXPROCS") != "" {
		return nil
	}
	own, err := Own()
	if err != nil {
		return err
	}
	if own.Limited() && own.Count() < runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(own.Count())
	}
	return nil
}

// Threads is how many threads a library that counts cores by itself is to be given: as many
// as were asked for; else, under a quota, as many as that allows, unless OMP_NUM_THREADS says
// something else; else 0, which leaves it to the library.
func Threads(asked int) (int, error) {
	if asked != 0 || os.Getenv("OMP_NUM_THREADS") != "" {
		return asked, nil
	}
	own, err := Own()
	if err != nil || !own.Limited() {
		return 0, err
	}
	return own.Count(), nil
}
