package tokens

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// batchTexts is how many texts one goroutine takes at a time: enough to make its start cheap, few enough to notice
// a cancelled context soon.
const batchTexts = 256

// EncodeAll encodes every text as Encode does, on all the processors Go may use. Result i belongs to text i. It
// returns early, with ctx's error, when ctx is done.
func EncodeAll(ctx context.Context, e Encoder, texts []string, maxLength int) ([][]int32, error) {
	return encodeFrom(ctx, e, texts, maxLength, 0)
}

// encodeFrom is EncodeAll of texts whose numbers, for messages, begin at first.
func encodeFrom(ctx context.Context, e Encoder, texts []string, maxLength, first int) ([][]int32, error) {
	ids := make([][]int32, len(texts))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(texts) && groupCtx.Err() == nil; from += batchTexts {
		group.Go(func() error {
			for i := from; i < min(from+batchTexts, len(texts)); i++ {
				if err := groupCtx.Err(); err != nil {
					return err
				}
				encoded, err := e.Encode(texts[i], maxLength)
				if err != nil {
					return fmt.Errorf("text %d: %w", first+i, err)
				}
				ids[i] = encoded
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	// Cancelled between two batches, nobody above noticed.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return ids, nil
}
