package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// A file of teacher logits is
//
//	one line of JSON: logitsHeader
//	rows × 16 bytes:  RowKeys
//	rows × classes:   float32, little endian
//	32 bytes:         SHA-256 of all that stands before
const logitsFormat = "ringmaster teacher logits 1"

type logitsHeader struct {
	Format string     `json:"format"`
	Key    TeacherKey `json:"key"`
	Rows   int        `json:"rows"`
}

func (l *TeacherLogits) write(out io.Writer) error {
	hash := sha256.New()
	w := io.MultiWriter(out, hash)
	header, err := json.Marshal(logitsHeader{logitsFormat, l.key, len(l.rows)})
	if err != nil {
		return err
	}
	if _, err := w.Write(append(header, '\n')); err != nil {
		return err
	}
	for _, row := range l.rows {
		if _, err := w.Write(row[:]); err != nil {
			return err
		}
	}
	var line []byte
	for i := range l.rows {
		line = line[:0]
		for _, x := range l.at(i) {
			line = binary.LittleEndian.AppendUint32(line, math.Float32bits(x))
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	_, err = out.Write(hash.Sum(nil))
	return err
}

// readLogits reads a file of key's logits; whatever is not as write left it is ErrDamaged.
func readLogits(r io.Reader, key TeacherKey) ([]RowKey, []float32, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, err
	}
	if len(raw) < sha256.Size {
		return nil, nil, fmt.Errorf("%w: only %d bytes", ErrDamaged, len(raw))
	}
	body, want := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], want) {
		return nil, nil, fmt.Errorf("%w: its checksum does not match", ErrDamaged)
	}
	line, body, _ := bytes.Cut(body, []byte{'\n'})
	var header logitsHeader
	if err := json.Unmarshal(line, &header); err != nil {
		return nil, nil, fmt.Errorf("%w: its first line: %w", ErrDamaged, err)
	}
	if header.Format != logitsFormat || header.Key != key {
		return nil, nil, fmt.Errorf("%w: it contains %q, of another teacher, tokenizer or length", ErrDamaged, header.Format)
	}
	perRow := len(RowKey{}) + 4*key.Classes
	if header.Rows < 0 || header.Rows > len(body) || header.Rows*perRow != len(body) {
		return nil, nil, fmt.Errorf("%w: %d bytes for %d rows", ErrDamaged, len(body), header.Rows)
	}
	rows := make([]RowKey, header.Rows)
	for i := range rows {
		body = body[copy(rows[i][:], body):]
	}
	values := make([]float32, header.Rows*key.Classes)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	return rows, values, nil
}
