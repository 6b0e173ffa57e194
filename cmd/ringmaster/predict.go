package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ringmaster/config"
)

func predictCommand() *cobra.Command {
	var model string
	c := &cobra.Command{
		Use:   "predict --model DIR [FILE…]",
		Short: "Classify texts with a trained model",
		Long: `Reads texts from the files, or from standard input (-), and writes one line of JSON per text, in
order: the task, the predicted label, and the probability of every class. With several tasks it writes
one line per task.

Files are read like corpora: csv, tsv, jsonl or json (one object per line, or one array), parquet,
lines (each line is a text, also an empty one) or paragraphs. The format is that of --format, or else
of the file's extension. Files may be compressed with gzip, zstd or bzip2, or be in a zip archive of
one file. Standard input is read as lines unless --format is given. A model of two texts a row reads the
columns of --text and --text-pair; of lines it takes the first text, a tab, and the second. A file that
cannot be read to its end is refused before any prediction is written, with the same error as a corpus.
On standard input, texts before such a place are still classified.`,
		Example: `  echo "That must have been hard for you." | ringmaster predict --model runs/last/model
  ringmaster predict --model runs/last/model --task sentiment reviews.txt > answers.jsonl
  ringmaster predict --model runs/last/model --all-tasks --text essay --id message_id essays.csv.gz
  printf 'I feel alone.\tTell me more.\n' | ringmaster predict --model runs/pairs/model
  ringmaster predict --model runs/pairs/model --text post --text-pair answer threads.csv`,
		RunE: func(c *cobra.Command, files []string) error {
			if model == "" {
				return fmt.Errorf("%w: predict needs --model DIR", errUsage)
			}
			return become(nil, append(append([]string{"predict"}, handedOn(c.Flags())...), files...)...)
		},
	}
	f := c.Flags()
	f.StringVar(&model, "model", "", "model folder, such as RUN_DIR/model")
	f.StringArray("task", nil, "task whose head is used (may be repeated); default: the target task")
	f.Bool("all-tasks", false, "use the heads of all tasks")
	f.String("format", "", config.FormatNames()+"; default: by the file's extension")
	f.String("text", "", `column or field with the text (default "text")`)
	f.String("text-pair", "", `column or field with the second text, for a model of two texts a row (default "text_pair")`)
	f.String("id", "", "column or field to copy to the output as id")
	f.String("delimiter", "", "character that separates fields; default: comma or tab, by format")
	f.StringSlice("columns", nil, "column names, for files without a header")
	f.String("extra-fields", "", "rows with more fields than columns: error (the default) or ignore")
	f.String("device", "cpu", "auto, cpu or cuda[:N]")
	return c
}

// handedOn returns the given flags for the worker program, and the separator before file
// names.
func handedOn(flags *pflag.FlagSet) []string {
	var args []string
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, is := f.Value.(pflag.SliceValue); is {
			values = list.GetSlice()
		}
		for _, value := range values {
			args = append(args, "--"+f.Name+"="+value)
		}
	})
	return append(args, "--")
}
