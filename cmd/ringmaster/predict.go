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
		Short: "Answer texts with a trained model",
		Long: `Reads texts from the files, or from standard input (-), and writes one line of JSON for each,
in order: the task, the label, every class's probability. With several tasks there is a line a task.

Files are read as corpora are: csv, tsv, jsonl or json (an object a line, or one array), parquet,
lines (each line is a text, a blank one too) or paragraphs, by --format or else by their ending;
compressed by gzip, zstd or bzip2, or in a zip of one file. Standard input is lines unless --format
says otherwise. A file that cannot be read to its end is refused before anything is answered, with
the sentence that a corpus would get; of standard input the texts before that place are answered.`,
		Example: `  echo "That must have been hard for you." | ringmaster predict --model runs/last/model
  ringmaster predict --model runs/last/model --task sentiment reviews.txt > answers.jsonl
  ringmaster predict --model runs/last/model --all-tasks --text essay --id message_id essays.csv.gz`,
		RunE: func(c *cobra.Command, files []string) error {
			if model == "" {
				return fmt.Errorf("%w: predict needs --model DIR", errUsage)
			}
			return become(nil, append(append([]string{"predict"}, handedOn(c.Flags())...), files...)...)
		},
	}
	f := c.Flags()
	f.StringVar(&model, "model", "", "model folder, as a run leaves in RUN_DIR/model")
	f.StringArray("task", nil, "which task's head answers (may be repeated); empty takes the target's")
	f.Bool("all-tasks", false, "every head of the model answers")
	f.String("format", "", config.FormatNames()+"; without it the file's ending decides")
	f.String("text", "", `column or field that holds the text (default "text")`)
	f.String("id", "", "column or field whose values stand in the answers as id")
	f.String("delimiter", "", "character between fields; without it comma or tab, by format")
	f.StringSlice("columns", nil, "names of the columns of files without a header")
	f.String("extra-fields", "", "rows with more fields than columns: error (the default) or ignore")
	f.String("device", "cpu", "auto, cpu or cuda[:N]")
	return c
}

// handedOn are the flags that were given, as the worker program takes them, and the mark
// behind which files follow.
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
