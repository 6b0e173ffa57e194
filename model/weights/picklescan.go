package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// maxPickleOps bounds the operations of a pickle, each of which may make an object. The state
// dictionary of bert-large has some 25,000.
const maxPickleOps = 1 << 18

// operand says what follows an opcode of Python's pickle format.
type operand struct {
	fixed  int // bytes of a fixed operand
	length int // bytes of a little-endian length, with so many bytes of data after it
	lines  int // text lines
	frame  bool
}

// pickleOperands has the opcodes that torch.save writes for dictionaries of tensors, in
// protocols 2 to 4 (Python's pickletools documents them). Others are refused.
var pickleOperands = func() map[byte]operand {
	ops := map[byte]operand{
		'c': {lines: 2},                                                     // GLOBAL
		'K': {fixed: 1}, 'h': {fixed: 1}, 'q': {fixed: 1}, 0x80: {fixed: 1}, // BININT1 BINGET BINPUT PROTO
		'M': {fixed: 2},                                   // BININT2
		'J': {fixed: 4}, 'j': {fixed: 4}, 'r': {fixed: 4}, // BININT LONG_BINGET LONG_BINPUT
		'G': {fixed: 8},                                                          // BINFLOAT
		'U': {length: 1}, 'C': {length: 1}, 0x8a: {length: 1}, 0x8c: {length: 1}, // SHORT_ strings and LONG1
		'T': {length: 4}, 'B': {length: 4}, 'X': {length: 4}, // strings
		0x95: {fixed: 8, frame: true}, // FRAME
	}
	// MARK STOP POP POP_MARK NONE BINPERSID REDUCE APPEND APPENDS BUILD DICT EMPTY_DICT LIST EMPTY_LIST
	// SETITEM SETITEMS TUPLE EMPTY_TUPLE NEWOBJ TUPLE1 TUPLE2 TUPLE3 NEWTRUE NEWFALSE STACK_GLOBAL MEMOIZE
	for _, op := range []byte("(.01NQRaebd}l]sut)\x81\x85\x86\x87\x88\x89\x93\x94") {
		ops[op] = operand{}
	}
	return ops
}()

// pickleLength finds where the pickle at the start of data ends, without making anything. It
// makes sure that running it takes little: no length exceeds the data, for the machine takes
// memory before it reads; operations are bounded; and nothing that holds other things is fetched
// from the memo, so that no object is in two places. A graph of shared objects is exponentially
// larger than its pickle to whoever prints or compares it, and one that holds itself is endless.
func pickleLength(data []byte) (int, error) {
	at, stack := 0, pickleStack{memo: map[uint32]pickled{}}
	for ops := 0; at < len(data); ops++ {
		op := data[at]
		operand, known := pickleOperands[op]
		switch {
		case !known:
			return 0, fmt.Errorf("%w: opcode 0x%02x at byte %d", errPickle, op, at)
		case ops == maxPickleOps:
			return 0, fmt.Errorf("%w: it has more than %d operations", errPickle, maxPickleOps)
		}
		argument, size, err := operand.read(data[at+1:])
		if err != nil {
			return 0, err
		}
		if op == '.' {
			return at + 1, nil
		}
		if err := stack.do(op, argument); err != nil {
			return 0, fmt.Errorf("%w at byte %d", err, at)
		}
		at += 1 + size
	}
	return 0, fmt.Errorf("%w: it ends too early", errPickle)
}

// read gives an opcode's argument at the start of data (without a string's length), and how many
// bytes belong to the opcode.
func (o operand) read(data []byte) (argument []byte, size int, err error) {
	size = o.fixed + o.length
	if size > len(data) {
		return nil, 0, fmt.Errorf("%w: it ends too early", errPickle)
	}
	argument = data[:size]
	room := uint64(len(data) - size)
	switch {
	case o.frame:
		if binary.LittleEndian.Uint64(argument) > room {
			return nil, 0, fmt.Errorf("%w: it ends within a frame", errPickle)
		}
	case o.length > 0:
		var wide [8]byte
		copy(wide[:], argument)
		length := binary.LittleEndian.Uint64(wide[:])
		if length > room {
			return nil, 0, fmt.Errorf("%w: it ends within a string", errPickle)
		}
		argument = data[size : size+int(length)]
		size += int(length)
	}
	for range o.lines {
		n := bytes.IndexByte(data[size:], '\n')
		if n < 0 {
			return nil, 0, fmt.Errorf("%w: it ends within a name", errPickle)
		}
		size += n + 1
		argument = data[:size]
	}
	return argument, size, nil
}

// pickled is what kind of thing stands on the machine's stack.
type pickled byte

const (
	atom    pickled = iota // a number, a string, a class, a tensor: it holds nothing
	holder                 // a list, a tuple, a dictionary, or what is made by a call not known
	rebuild                // a function whose result is an atom
	mark
)

// pickleStack follows the machine's stack and memo, by kinds alone.
type pickleStack struct {
	stack []pickled
	memo  map[uint32]pickled
}

// orderedDict is the class that the machine knows by itself.
const orderedDict = "collections\nOrderedDict\n"

// rebuilds are the functions of findTorchClass that give tensors, as GLOBAL names them.
var rebuilds = []string{"torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_parameter\n"}

func (s *pickleStack) do(op byte, argument []byte) error {
	switch op {
	case 0x80, 0x95: // PROTO FRAME
		return nil
	case '(':
		return s.push(mark)
	case ']', '}', ')':
		return s.push(holder)
	case 'c':
		return s.global(string(argument))
	case 'q', 'r', 'h', 'j', 0x94:
		return s.remember(op, argument)
	case '0', 'a', 'b': // POP APPEND BUILD
		return s.pop(1)
	case 's':
		return s.pop(2)
	case '1', 'e', 'u': // POP_MARK APPENDS SETITEMS
		return s.popMark()
	case 't', 'l', 'd':
		if err := s.popMark(); err != nil {
			return err
		}
		return s.push(holder)
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		return s.replace(int(op)-0x84, holder)
	case 0x93: // STACK_GLOBAL
		return s.replace(2, atom)
	case 'Q': // BINPERSID, a storage
		return s.replace(1, atom)
	case 'R', 0x81: // REDUCE NEWOBJ
		made := holder
		if n := len(s.stack); n > 1 && s.stack[n-2] == rebuild {
			made = atom
		}
		return s.replace(2, made)
	default: // numbers, strings, None, True, False
		return s.push(atom)
	}
}

// global pushes a class or function, which must be one that a state dictionary needs.
func (s *pickleStack) global(lines string) error {
	module, name, _ := strings.Cut(strings.TrimSuffix(lines, "\n"), "\n")
	if _, err := findTorchClass(module, name); err != nil && lines != orderedDict {
		return err
	}
	if slices.Contains(rebuilds, lines) {
		return s.push(rebuild)
	}
	return s.push(atom)
}

func (s *pickleStack) push(kind pickled) error {
	s.stack = append(s.stack, kind)
	return nil
}

func (s *pickleStack) pop(n int) error {
	if len(s.stack) < n {
		return fmt.Errorf("%w: it pops what is not on the stack", errPickle)
	}
	s.stack = s.stack[:len(s.stack)-n]
	return nil
}

func (s *pickleStack) popMark() error {
	for i, kind := range slices.Backward(s.stack) {
		if kind == mark {
			return s.pop(len(s.stack) - i)
		}
	}
	return fmt.Errorf("%w: it pops what is not on the stack", errPickle)
}

func (s *pickleStack) replace(n int, made pickled) error {
	if err := s.pop(n); err != nil {
		return err
	}
	return s.push(made)
}

// remember puts the top into the memo, or fetches what is there.
func (s *pickleStack) remember(op byte, argument []byte) error {
	var wide [4]byte
	copy(wide[:], argument)
	at := binary.LittleEndian.Uint32(wide[:])
	if op == 'h' || op == 'j' {
		kind, there := s.memo[at]
		if !there {
			return fmt.Errorf("%w: it reads a memo entry that was never stored", errPickle)
		}
		if kind == holder || kind == mark {
			return fmt.Errorf("%w: it uses one list, tuple or dictionary in two places", errPickle)
		}
		return s.push(kind)
	}
	if len(s.stack) == 0 {
		return fmt.Errorf("%w: it pops what is not on the stack", errPickle)
	}
	if op == 0x94 { // MEMOIZE
		at = uint32(len(s.memo))
	}
	s.memo[at] = s.stack[len(s.stack)-1]
	return nil
}
