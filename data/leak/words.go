package leak

import (
	"context"
	"encoding/binary"
	"runtime"

	"golang.org/x/sync/errgroup"

	"ringmaster/data"
	"ringmaster/data/shingles"
	"ringmaster/data/spool"
)

// texts are the words of a part's texts, in their order. They are on the disk where there are many.
type texts struct{ words spool.List }

// wordBytes is what a word's number takes.
const wordBytes = 4

// atATime is how many texts are in memory while they are cut into words, and share how many a goroutine takes.
const atATime, share = 8192, 128

// wordsOf gives the words of every text. Errors are ctx's, and of kind spool.ErrDisk.
func wordsOf(ctx context.Context, v shingles.Vocabulary, part data.Part) (*texts, error) {
	t := &texts{}
	var some []string
	err := part.Each(func(_ int, e data.Example) error {
		if some = append(some, e.Text); len(some) < atATime {
			return nil
		}
		err := t.add(ctx, v, some)
		some = some[:0]
		return err
	})
	if err == nil {
		err = t.add(ctx, v, some)
	}
	return t, err
}

// add adds the words of texts. They are cut on all processors, and numbered in their order.
func (t *texts) add(ctx context.Context, v shingles.Vocabulary, some []string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cut := make([][]string, len(some))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(some); from += share {
		group.Go(func() error {
			for i := from; i < min(from+share, len(some)); i++ {
				cut[i] = shingles.Split(some[i])
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	var written []byte
	for _, list := range cut {
		written = written[:0]
		for _, word := range v.Number(list) {
			written = binary.LittleEndian.AppendUint32(written, word)
		}
		if err := t.words.Append(string(written)); err != nil {
			return err
		}
	}
	return nil
}

// count is how many texts there are.
func (t *texts) count() int { return t.words.Len() }

// length is how many words a text has.
func (t *texts) length(i int) int { return t.words.Size(i) / wordBytes }

// all is how many words all texts have.
func (t *texts) all() int {
	n := 0
	for i := range t.count() {
		n += t.length(i)
	}
	return n
}

// each goes through the texts that are long enough to be compared; the words are valid until the next text. Errors are
// ctx's, do's, and of kind spool.ErrDisk.
func (t *texts) each(ctx context.Context, do func(i int, words shingles.Words) error) error {
	reader := t.words.Reader()
	var words shingles.Words
	for i := range t.count() {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if t.length(i) < shingles.MinWords {
			continue
		}
		var err error
		if words, err = t.read(reader, i, words[:0]); err != nil {
			return err
		}
		if err = do(i, words); err != nil {
			return err
		}
	}
	return nil
}

// read appends the words of a text.
func (t *texts) read(reader *spool.Reader, i int, words shingles.Words) (shingles.Words, error) {
	written, err := reader.Read(i)
	if err != nil {
		return nil, err
	}
	for ; len(written) > 0; written = written[wordBytes:] {
		words = append(words, binary.LittleEndian.Uint32(written))
	}
	return words, nil
}
