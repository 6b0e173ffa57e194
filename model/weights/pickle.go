package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
)

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

var errPickle = errors.New("not a pickle of tensors")

// pickleLength finds where the pickle at the start of data ends. It makes sure that no length
// in it exceeds the data, for the machine that runs it takes memory before it reads.
func pickleLength(data []byte) (int, error) {
	at := 0
	for at < len(data) {
		op := data[at]
		operand, known := pickleOperands[op]
		if !known {
			return 0, fmt.Errorf("%w: opcode 0x%02x at byte %d", errPickle, op, at)
		}
		at++
		if op == '.' {
			return at, nil
		}
		skip := operand.fixed + operand.length
		if skip > len(data)-at {
			break
		}
		argument := data[at : at+skip]
		at += skip
		room := uint64(len(data) - at)
		switch {
		case operand.frame:
			if binary.LittleEndian.Uint64(argument) > room {
				return 0, fmt.Errorf("%w: it ends within a frame", errPickle)
			}
		case operand.length > 0:
			var wide [8]byte
			copy(wide[:], argument)
			length := binary.LittleEndian.Uint64(wide[:])
			if length > room {
				return 0, fmt.Errorf("%w: it ends within a string", errPickle)
			}
			at += int(length)
		}
		for range operand.lines {
			n := bytes.IndexByte(data[at:], '\n')
			if n < 0 {
				return 0, fmt.Errorf("%w: it ends within a name", errPickle)
			}
			at += n + 1
		}
	}
	return 0, fmt.Errorf("%w: it ends too early", errPickle)
}

// unpickle reads the pickle at the start of data. prepare sets what the pickle may refer to.
// It gives the value and what follows the pickle.
func unpickle(data []byte, prepare func(*pickle.Unpickler)) (value any, rest []byte, err error) {
	n, err := pickleLength(data)
	if err != nil {
		return nil, nil, err
	}
	// The machine indexes and compares without checks in places; a damaged file may trip it.
	defer func() {
		if cause := recover(); cause != nil {
			value, rest, err = nil, nil, fmt.Errorf("%w: %v", errPickle, cause)
		}
	}()
	machine := pickle.NewUnpickler(bytes.NewReader(data[:n]))
	machine.FindClass = func(module, name string) (any, error) {
		return nil, fmt.Errorf("%w: it refers to %s.%s", errPickle, module, name)
	}
	if prepare != nil {
		prepare(&machine)
	}
	value, err = machine.Load()
	return value, data[n:], err
}
