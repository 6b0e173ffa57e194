package model

// passInput is what a recorded pass reads, in host memory. Slices of one type lie one after
// another in one memory, in the order of passLayout.
type passInput struct {
	ids, positions         []int64   // [tokens]
	rows                   []int64   // [queries] the row of each query among the tokens
	firstToken, firstQuery []int64   // [texts + 1] where a text's tokens and queries begin
	types                  []int64   // [tokens] see bertPass.types; of a shape without pairs none
	real                   []int64   // [tokens] 1 for a token, 0 for padding
	gold                   []int64   // [queries] a masked language model's true tokens
	seed                   []int64   // [1] of dropout
	targets, notOfTask     []float32 // [texts · classes] see classLosses
	weights                []float32 // [queries] 1 for a masked position, 0 for one that fills up
	inverseDivisor         []float32 // [1]
}

// notOfTask is added to logits of other tasks' classes, whose probability is then 0.
const otherTask = -1e30

// fillTexts writes a micro-batch's texts and queries.
func (in *passInput) fillTexts(b batch, shape passShape, rule positionRule, packed, masked bool) {
	token, query := 0, 0
	rest, fillers := shape.tokens, shape.texts-len(b.examples)
	for _, e := range b.examples {
		rest -= len(e.IDs)
	}
	for i := range shape.texts {
		in.firstToken[i], in.firstQuery[i] = int64(token), int64(query)
		begin, ids, places := token, []int32(nil), []int32{0}
		space := shape.longest // what the text takes of the tokens
		if i < len(b.examples) {
			ids = b.examples[i].IDs
			if packed {
				space = len(ids)
			}
			if masked {
				places = b.examples[i].Masked
			}
		} else {
			if packed {
				space = min(shape.longest, rest-(fillers-1))
				rest, fillers = rest-space, fillers-1
			}
			if masked {
				places = nil
			}
		}
		var counted int64
		for at := range space {
			in.ids[token], in.positions[token], in.real[token] = int64(b.padID), 0, 0
			if at < len(ids) {
				in.ids[token], in.positions[token], in.real[token] = int64(ids[at]), rule.next(ids[at], &counted), 1
			}
			token++
		}
		if shape.pairs {
			clear(in.types[begin:token])
			if i < len(b.examples) {
				fillTypes(in.types[begin:], b.examples[i])
			}
		}
		in.real[begin] = 1 // also of a text that fills up: attention to nothing is not a number
		for _, at := range places {
			in.rows[query] = int64(begin + int(at))
			query++
		}
		if i == shape.texts-1 {
			for ; query < shape.queries; query++ {
				in.rows[query] = int64(begin)
			}
		}
	}
	in.firstToken[shape.texts], in.firstQuery[shape.texts] = int64(token), int64(query)
}

// fillGold writes a masked language model's true tokens.
func (in *passInput) fillGold(b batch) {
	gold := b.words()
	clear(in.gold[copy(in.gold, gold):])
	clear(in.weights)
	for i := range gold {
		in.weights[i] = 1
	}
}

// fillTargets writes the targets of classification, over the classes of all tasks.
func (in *passInput) fillTargets(b batch, tasks []Task, lossTarget LossTarget) {
	first, classes := make([]int, len(tasks)), 0
	for i, t := range tasks {
		first[i], classes = classes, classes+t.Classes
	}
	clear(in.targets)
	clear(in.notOfTask)
	for i, e := range b.examples {
		row := i * classes
		for c := range classes {
			in.notOfTask[row+c] = otherTask
		}
		own := row + first[e.Task]
		for c, y := range targetsOf(e, tasks[e.Task], lossTarget) {
			in.targets[own+c], in.notOfTask[own+c] = float32(y), 0
		}
	}
}
