package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Dimension is a key of the run file and what may stand for it: one of Values, or, where there are none, a
// number from Low to High.
type Dimension struct {
	Key       string
	Values    []string
	Low, High float64
	Log       bool // drawn evenly by its logarithm
	Whole     bool // a whole number
}

// Trial is a draw: a KEY=VALUE for each dimension, in their order.
type Trial []string

// keys are the keys that may be searched: they change how the student is trained, and not the rows that it is
// scored on, or scores could not be compared.
var keys = regexp.MustCompile(`^(method|model\.(base|dropout)|train\.(epochs|steps|batch|lr|warmup|schedule|layer_decay|head_lr|weight_decay|clip_norm|max_length|sampling_exponent|freeze|precision|keep)|distill\.[a-z_]+|early_stop\.[a-z_]+|tasks\.[a-z0-9_-]+\.teacher\.(epochs|batch|lr))$`)

var distribution = regexp.MustCompile(`^(loguniform|uniform|logint|int)\(([^,()]+),([^,()]+)\)$`)

// ParseSpace reads dimensions: KEY=VALUE,VALUE…, or KEY=DISTRIBUTION(LOW,HIGH) with uniform, loguniform, int
// or logint.
func ParseSpace(texts []string) ([]Dimension, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("%w: name at least one key to search, for example train.lr=loguniform(1e-5,1e-3) or train.batch=16,32", ErrSpace)
	}
	var space []Dimension
	for _, text := range texts {
		d, err := parseDimension(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(space, func(o Dimension) bool { return o.Key == d.Key }) {
			return nil, fmt.Errorf("%w: %s is given twice", ErrSpace, d.Key)
		}
		space = append(space, d)
	}
	return space, nil
}

func parseDimension(text string) (Dimension, error) {
	key, values, found := strings.Cut(text, "=")
	d := Dimension{Key: strings.TrimSpace(key)}
	values = strings.ReplaceAll(values, " ", "")
	if !found || values == "" {
		return d, fmt.Errorf("%w: %q does not have the form KEY=VALUE,VALUE or KEY=loguniform(LOW,HIGH)", ErrSpace, text)
	}
	if !keys.MatchString(d.Key) {
		return d, fmt.Errorf("%w: %s cannot be searched: keys are method, model.dropout, those of train that say how a student is trained, distill and early_stop, and a task's teacher.epochs, batch and lr (the rows that scores come from, and seeds, stay as they are)", ErrSpace, d.Key)
	}
	m := distribution.FindStringSubmatch(values)
	if m == nil {
		if strings.ContainsAny(values, "()") {
			return d, fmt.Errorf("%w: %q is none of uniform(LOW,HIGH), loguniform(LOW,HIGH), int(LOW,HIGH) and logint(LOW,HIGH)", ErrSpace, values)
		}
		d.Values = strings.Split(values, ",")
		for i, v := range d.Values {
			if v == "" || slices.Contains(d.Values[:i], v) {
				return d, fmt.Errorf("%w: %s lists %q twice, or an empty value", ErrSpace, d.Key, v)
			}
		}
		return d, nil
	}
	d.Log, d.Whole = strings.HasPrefix(m[1], "log"), strings.HasSuffix(m[1], "int")
	var err, err2 error
	d.Low, err = strconv.ParseFloat(m[2], 64)
	d.High, err2 = strconv.ParseFloat(m[3], 64)
	switch {
	case err != nil || err2 != nil || math.IsInf(d.High-d.Low, 0) || math.IsNaN(d.High-d.Low):
		return d, fmt.Errorf("%w: %s: the bounds of %s must be numbers", ErrSpace, d.Key, values)
	case d.High <= d.Low:
		return d, fmt.Errorf("%w: %s: the second bound of %s must be above the first", ErrSpace, d.Key, values)
	case d.Log && d.Low <= 0:
		return d, fmt.Errorf("%w: %s: the bounds of %s must be above 0", ErrSpace, d.Key, values)
	case d.Whole && (d.Low != math.Trunc(d.Low) || d.High != math.Trunc(d.High)):
		return d, fmt.Errorf("%w: %s: the bounds of %s must be whole numbers", ErrSpace, d.Key, values)
	}
	return d, nil
}

// attempts is how often a draw is repeated that came out as one before it.
const attempts = 1000

// Draw draws n trials, all different; fewer where the space has no more. The first trials are the same whatever
// n is, so that a search can be given more.
func Draw(space []Dimension, n int, seed uint64) []Trial {
	random := rand.New(rand.NewPCG(seed, 0x5eed))
	var trials []Trial
	drawn := map[string]bool{}
	for failed := 0; len(trials) < n && failed < attempts; {
		t := make(Trial, len(space))
		for i, d := range space {
			t[i] = d.Key + "=" + d.draw(random)
		}
		if key := strings.Join(t, "\n"); !drawn[key] {
			drawn[key], failed = true, 0
			trials = append(trials, t)
			continue
		}
		failed++
	}
	return trials
}

// digits are what a drawn number keeps: more would say nothing, and make tables hard to read.
const digits = 3

func (d Dimension) draw(random *rand.Rand) string {
	if len(d.Values) > 0 {
		return d.Values[random.IntN(len(d.Values))]
	}
	low, high := d.Low, d.High
	if d.Whole {
		low, high = low-0.5, high+0.5
	}
	if d.Log {
		low, high = math.Log(low), math.Log(high)
	}
	x := low + random.Float64()*(high-low)
	if d.Log {
		x = math.Exp(x)
	}
	if d.Whole {
		return strconv.FormatFloat(min(max(math.Round(x), d.Low), d.High), 'f', 0, 64)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		rounded = x // it was just formatted
	}
	return strconv.FormatFloat(min(max(rounded, d.Low), d.High), 'g', -1, 64)
}
