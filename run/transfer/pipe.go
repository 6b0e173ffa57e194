package transfer

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// What goes over a pipe: the taker begins with the greeting, and the giver answers it. Then the
// taker sends questions, each with its length before it, and the giver answers them in their
// order, each answer with a kind and its length before it.
const (
	greeting = "ringmaster files 1\n"

	answered = 'a'
	refused  = 'r'

	// listPart is asked for to learn what files there are, and donePart when there is nothing
	// more to ask for; its Name says what went wrong, or nothing.
	listPart = -2
	donePart = -3

	longestQuestion = 64 << 10
	longestList     = 64 << 20
)

// pipe is the taker's end.
type pipe struct {
	in  *bufio.Reader
	out io.Writer

	mu     sync.Mutex
	last   chan struct{} // closed when the answer to the question before is read
	broken error         // guarded by the turn to read
}

func newPipe(conn io.ReadWriter) (*pipe, error) {
	p := &pipe{in: bufio.NewReaderSize(conn, pieceBytes), out: conn, last: make(chan struct{})}
	close(p.last)
	if _, err := io.WriteString(conn, greeting); err != nil {
		return nil, cut(err)
	}
	return p, expectGreeting(p.in)
}

// expectGreeting makes sure that the other end is one of this program's.
func expectGreeting(in io.Reader) error {
	var text []byte
	for len(text) < len(greeting) { // byte by byte: another program may say less, and wait
		text = append(text, 0)
		_, err := io.ReadFull(in, text[len(text)-1:])
		switch {
		case err != nil && len(text) == 1:
			return fmt.Errorf("%w before the other end said anything: %w", ErrCut, err)
		case err != nil, text[len(text)-1] != greeting[len(text)-1]:
			return fmt.Errorf("%w: it began with %q", ErrNotOurs, text)
		}
	}
	return nil
}

func (p *pipe) offers() string { return "" }

// ask puts a question and reads its answer when it is its turn. Who ends ctx closes the pipe too.
func (p *pipe) ask(ctx context.Context, q question) ([]byte, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	before, mine := p.last, make(chan struct{})
	p.last = mine
	err = writeFrame(p.out, nil, text)
	p.mu.Unlock()
	<-before
	defer close(mine)
	if p.broken == nil && err != nil {
		p.broken = cut(err)
	}
	if p.broken != nil {
		return nil, p.broken
	}
	kind, answer, err := readAnswer(p.in)
	switch {
	case ctx.Err() != nil:
		p.broken = context.Cause(ctx)
		return nil, p.broken
	case err != nil:
		p.broken = cut(err)
		return nil, p.broken
	case kind == refused:
		return nil, fmt.Errorf("%w: %s", ErrRefused, answer)
	}
	return answer, nil
}

func cut(err error) error { return fmt.Errorf("%w: %w", ErrCut, err) }

func writeFrame(w io.Writer, kind []byte, data []byte) error {
	head := binary.BigEndian.AppendUint32(kind, uint32(len(data)))
	_, err := w.Write(append(head, data...))
	return err
}

func readAnswer(r io.Reader) (kind byte, data []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0] != answered && head[0] != refused {
		return 0, nil, fmt.Errorf("%w: an answer begins with %q", ErrNotOurs, head[0])
	}
	data, err = readBody(r, head[1:], longestList)
	return head[0], data, err
}

func readBody(r io.Reader, length []byte, most uint32) ([]byte, error) {
	n := binary.BigEndian.Uint32(length)
	if n > most {
		return nil, fmt.Errorf("%w: a message of %d bytes, and at most %d are expected", ErrTooLarge, n, most)
	}
	data := make([]byte, n)
	_, err := io.ReadFull(r, data)
	return data, err
}
