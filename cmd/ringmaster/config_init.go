package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data/infer"
	"ringmaster/data/tokens"
	"ringmaster/durable"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/shown"
)

func configInitCommand() *cobra.Command {
	var o infer.Options
	var method, kind, out string
	var force bool
	c := &cobra.Command{
		Use:   "init FILE...",
		Short: "Look at files of texts and labels, and write a run file for them",
		Long: `Looks at CSV, TSV, JSONL, JSON and Parquet files, also compressed (gzip, zstd, bzip2, zip), at folders of them and at
folders of data sets of the Hugging Face hub. It finds the columns of text and label, the classes with their counts, the lengths
of the texts, a column to split by, duplicates and conflicting labels, and writes a run file that says so in comments.

What a task asks of a text (kind) follows from its labels: rows with several are labels, decimal numbers a value, a few small
whole numbers ordered levels, and everything else classes. --kind decides it.

Files that differ in the words train, valid, dev or test of their names, or in the number of a shard, are one corpus, and so are
the files of a folder. Other files are a task each; the first is the target.

The run file is printed, or written to the file of -o. Its paths start from the folder that it is in. It is checked before it
is written, as config validate does.`,
		Example: `  ringmaster config init essays.csv -o essays.yaml
  ringmaster config init train.tsv dev.tsv test.tsv -o run.yaml
  ringmaster config init reviews/ --text body --label stars -o reviews.yaml
  ringmaster config init essays.csv --label empathy --kind value -o run.yaml
  ringmaster config init essays.csv sentiment.csv --method kd-annealed -o run.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Method, o.Kind, o.Dir = config.Method(method), config.Kind(kind), filepath.Dir(out)
			if out == "-" {
				out, o.Dir = "", "."
			}
			if _, err := os.Lstat(out); err == nil && out != "" && !force {
				return fmt.Errorf("%w: %s is there already: give another name, or --force to replace it", errUsage, out)
			}
			o.Command = commandLine(args, o, out)
			var err error
			o.Encoder, o.Positions, err = measuring(o.Model)
			switch {
			case errors.Is(err, hub.ErrNotFetched):
				fmt.Fprintf(os.Stderr, "note: lengths are estimated from the words: %v\n", err)
			case err != nil:
				return badInput(err)
			}
			found, err := infer.Infer(c.Context(), args, o)
			if err != nil {
				return badInput(err)
			}
			if out == "" {
				_, err := fmt.Print(found.Text)
				return err
			}
			err = durable.WriteFile(out, 0o644, func(w io.Writer) error {
				_, err := io.WriteString(w, found.Text)
				return err
			})
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w: the folder of %s does not exist", errUsage, out)
			}
			if err != nil {
				return err
			}
			for _, line := range found.Summary {
				fmt.Println(shownOn(os.Stdout, line))
			}
			fmt.Printf("wrote %s: read its comments, then run\n  %s data check %s\n  %s train %s\n", out, os.Args[0], shown.ShellWord(out), os.Args[0], shown.ShellWord(out))
			return nil
		},
	}
	c.Flags().StringVar(&o.Text, "text", "", "the column with the text; default: the one with the longest varied texts")
	c.Flags().StringVar(&o.TextPair, "text-pair", "", "the column with a second text that belongs to the first; default: one whose name says so, as hypothesis beside premise; --text alone keeps to one text")
	c.Flags().StringSliceVar(&o.Label, "label", nil, "the column with the label, or several 0/1 columns with commas; default: one with few values")
	c.Flags().StringVar(&kind, "kind", "", "what the tasks ask of a text: classes, labels, value or ordered; default: what the labels look like")
	c.Flags().StringVar(&o.Group, "group", "", "column whose rows with the same value stay in one part (split.group)")
	c.Flags().StringVar(&method, "method", "", "single, mt, kd, kd-annealed, or mlm, which needs no labels; default: single, for several tasks kd-annealed")
	c.Flags().StringVar(&o.Model, "model", "minilm", "name or folder of the encoder")
	c.Flags().StringVarP(&out, "output", "o", "", "write the run file here; default: print it")
	c.Flags().BoolVar(&force, "force", false, "replace the file of -o if it is there")
	return c
}

// measuring opens the tokenizer of an encoder, and says how much it can read.
func measuring(model string) (tokens.Encoder, int, error) {
	dir, err := hub.Resolve(model, ".")
	if err != nil {
		return nil, 0, err
	}
	folder, tokenizer, err := job.OpenModel(dir, weights.AllowNoPooler())
	if err != nil {
		return nil, 0, err
	}
	return tokenizer, folder.Config.Sizes().LongestText, nil
}

// commandLine is how the file came to be, for its first line.
func commandLine(args []string, o infer.Options, out string) string {
	words := append([]string{"ringmaster", "config", "init"}, args...)
	for _, option := range [][2]string{{"--text", o.Text}, {"--text-pair", o.TextPair}, {"--label", strings.Join(o.Label, ",")}, {"--kind", string(o.Kind)}, {"--group", o.Group}, {"--method", string(o.Method)}, {"-o", out}} {
		if option[1] != "" {
			words = append(words, option[0], option[1])
		}
	}
	for i, word := range words {
		words[i] = shown.ShellWord(word)
	}
	return strings.Join(words, " ")
}
