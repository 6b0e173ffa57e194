package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringmaster/affinity"
	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/errkind"
	"ringmaster/worker"
)

// errTexts: the given texts cannot be read.
var errTexts = errors.New("cannot read the texts")

// predictCommand has the flags of `ringmaster predict`, which explains them and hands them on.
func predictCommand() *cobra.Command {
	var o worker.PredictOptions
	var texts data.TextsOf
	var format string
	c := &cobra.Command{
		Use:     "predict [FILE…]",
		Short:   "Classify each text of the files, or of standard input; one line of JSON per text",
		Example: `  echo "That must have been hard." | ringmaster-worker predict --model runs/last/model`,
		RunE: func(c *cobra.Command, files []string) (err error) {
			texts.Format = config.Format(format)
			if texts.Pairs, err = worker.ReadsPairs(o, texts.TextPair != ""); err != nil {
				return err
			}
			for _, name := range files { // before the model takes its time to load
				if err := check(c.Context(), name, texts); err != nil {
					return err
				}
			}
			if o.Threads, err = affinity.Threads(o.Threads); err != nil {
				return err
			}
			// Signals keep their default: they end the program even while it waits for a text.
			p, err := worker.OpenPredictor(c.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, p.Close()) }()
			defer func() {
				if cut := p.Cut(); cut != "" {
					fmt.Fprintln(os.Stderr, cut)
				}
			}()
			if len(files) == 0 {
				files = []string{standardInput}
			}
			for _, name := range files {
				if err := predict(c.Context(), p, name, texts); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.Dir, "model", "", "model folder")
	f.StringArrayVar(&o.Tasks, "task", nil, "task whose head is used (may be repeated); default: the target task")
	f.BoolVar(&o.All, "all-tasks", false, "use the heads of all tasks")
	f.StringVar(&o.Device, "device", "cpu", "auto, cpu or cuda[:N]")
	f.IntVar(&o.Threads, "threads", 0, "number of CPU threads of libtorch; 0: all cores, or the container's CPU quota")
	f.StringVar(&format, "format", "", "format of the texts")
	f.StringVar(&texts.Text, "text", "", "column or field with the text")
	f.StringVar(&texts.TextPair, "text-pair", "", "column or field with a second text")
	f.StringVar(&texts.ID, "id", "", "column or field to copy to the output as id")
	f.StringVar(&texts.Delimiter, "delimiter", "", "character that separates fields")
	f.StringSliceVar(&texts.Columns, "columns", nil, "column names, for files without a header")
	f.StringVar(&texts.ExtraFields, "extra-fields", "", "rows with more fields than columns: error or ignore")
	if err := c.MarkFlagRequired("model"); err != nil {
		panic(err) // the flag is defined above
	}
	return c
}

// standardInput is how a command line names it.
const standardInput = "-"

// check reads a file of texts to its end and reports all problems.
func check(ctx context.Context, name string, o data.TextsOf) error {
	if name == standardInput {
		return nil
	}
	texts, err := data.OpenTexts(name, name, o)
	if err == nil {
		err = errors.Join(texts.Check(ctx), texts.Close())
	}
	return refused(err, o)
}

// refused marks an error of reading as one of the user's input.
func refused(err error, o data.TextsOf) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, data.ErrTooManyBad) && o.Pairs && o.Text == "" && o.TextPair == "" && (o.Format == "" || o.Format == config.Lines):
		err = fmt.Errorf("%w (the model reads two texts a row: of lines the first text, a tab, and the second)", err)
	case errors.Is(err, data.ErrMissingColumn) && o.Pairs && (o.Text == "" || o.TextPair == ""):
		err = fmt.Errorf("%w: use --text and --text-pair to name the columns or fields with the two texts", err)
	case errors.Is(err, data.ErrMissingColumn) && o.Text == "":
		err = fmt.Errorf("%w: use --text to name the column or field with the text", err)
	}
	return errkind.Mark(err, errTexts)
}

func predict(ctx context.Context, p *worker.Predictor, name string, o data.TextsOf) error {
	var texts *data.Texts
	var err error
	if name == standardInput {
		texts, err = data.ReadTexts(os.Stdin, "standard input", o)
	} else {
		texts, err = data.OpenTexts(name, name, o)
	}
	if err != nil {
		return refused(err, o)
	}
	defer texts.Close() // opened for reading only
	err = p.Answers(ctx, texts, os.Stdout)
	for _, unread := range []error{data.ErrTooManyBad, data.ErrMissingColumn, data.ErrJSON} {
		if errors.Is(err, unread) {
			return refused(err, o)
		}
	}
	return err
}
