package transfer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Give lets the other end of a pipe Take a tree. It returns when the other end has said that it
// is done, with what went wrong there (ErrRefused); ErrCut where the pipe ended before. sent hears
// of bytes that were given out. Who wants to end it closes the pipe.
func Give(conn io.ReadWriter, t *Tree, sent func(bytes int64)) error {
	in := bufio.NewReader(conn)
	if err := expectGreeting(in); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, greeting); err != nil {
		return cut(err)
	}
	piece := make([]byte, pieceBytes)
	for {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return cut(err)
		}
		text, err := readBody(in, length[:], longestQuestion)
		if err != nil {
			return cut(err)
		}
		var q question
		if err := json.Unmarshal(text, &q); err != nil {
			return fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		if q.Part == donePart {
			if err := writeFrame(conn, []byte{answered}, nil); err != nil || q.Name == "" {
				return err
			}
			return fmt.Errorf("%w: %s", ErrRefused, q.Name)
		}
		answer, err := t.answer(q, piece)
		kind := byte(answered)
		if err != nil {
			kind, answer = refused, []byte(err.Error())
		}
		if err := writeFrame(conn, []byte{kind}, answer); err != nil {
			return cut(err)
		}
		if kind == answered && q.Part >= 0 {
			sent(int64(len(answer)))
		}
	}
}

// answer puts a piece into the given room, and gives what it has filled.
func (t *Tree) answer(q question, room []byte) ([]byte, error) {
	switch {
	case q.Part == listPart:
		return json.Marshal(t.files)
	case q.Part < 0, q.Part >= len(t.files), q.Length < 0, q.Offset < 0:
		return nil, fmt.Errorf("there are no %d bytes of file %d", q.Length, q.Part)
	}
	n, err := fileAt(t.at[q.Part]).ReadAt(room[:min(q.Length, len(room))], q.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return room[:n], nil
}
