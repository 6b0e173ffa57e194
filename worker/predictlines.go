package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ringmaster/data"
)

// maxBatch is the most examples, texts times heads, that are answered at once.
const maxBatch = 64

// Answers writes a line of JSON to out for every text and head, in order. It does not wait for
// more texts than are there, so that a person or a program at the other end of a pipe gets
// each answer before sending the next text. Texts before one that cannot be read are answered.
func (p *Predictor) Answers(ctx context.Context, texts *data.Texts, out io.Writer) error {
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	for {
		asked, ended := waiting(texts, max(1, maxBatch/len(p.heads)))
		if err := p.answerAll(ctx, asked, encode); err != nil {
			return err
		}
		if errors.Is(ended, io.EOF) {
			return nil
		}
		if ended != nil {
			return ended
		}
	}
}

func (p *Predictor) answerAll(ctx context.Context, asked []data.Text, encode *json.Encoder) error {
	if len(asked) == 0 {
		return nil
	}
	list := make([]string, len(asked))
	for i, text := range asked {
		list[i] = text.Text
	}
	answers, err := p.Answer(ctx, list)
	if err != nil {
		return err
	}
	for i, a := range answers {
		a.ID = asked[i/len(p.heads)].ID
		if err := encode.Encode(a); err != nil {
			return fmt.Errorf("write predictions: %w", err)
		}
	}
	return nil
}

// waiting reads a text and those that are there already, up to a limit. ended is why there are
// no more: io.EOF at the end, nil if there may be more.
func waiting(texts *data.Texts, limit int) (asked []data.Text, ended error) {
	for len(asked) < limit {
		text, err := texts.Next()
		if err != nil {
			return asked, err
		}
		asked = append(asked, text)
		if !texts.Waiting() {
			break
		}
	}
	return asked, nil
}
