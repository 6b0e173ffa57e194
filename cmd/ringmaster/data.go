package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
)

func dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Check, describe, clean, filter, split and tokenise corpora"}
	c.AddCommand(dataCheckCommand(), dataCleanCommand(), dataSplitCommand(), dataStatsCommand(), dataFilterCommand(), dataTokenizeCommand())
	return c
}

func dataCheckCommand() *cobra.Command {
	var set []string
	var asJSON bool
	c := &cobra.Command{
		Use:     "check FILE.yaml",
		Short:   "Read every corpus of a run file and say what is in it and what is wrong with it",
		Example: "  ringmaster data check examples/newsemp-kd.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := config.Load(args[0], config.LoadOptions{Set: set})
			if err != nil {
				return err
			}
			var wrong []error
			for _, task := range run.Tasks {
				corpus, err := data.Load(c.Context(), run.BaseDir, task)
				switch {
				case err != nil:
					wrong = append(wrong, err)
				case asJSON:
					wrong = append(wrong, json.NewEncoder(os.Stdout).Encode(corpus.Report))
				default:
					fmt.Println(strings.TrimRight(corpus.Report.String(), "\n"))
				}
			}
			if err := errors.Join(wrong...); err != nil {
				return &badInput{err}
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	c.Flags().BoolVar(&asJSON, "json", false, "one line of JSON a corpus")
	return c
}

func dataTokenizeCommand() *cobra.Command {
	var model string
	var longest int
	c := &cobra.Command{
		Use:     "tokenize --model NAME|DIR",
		Short:   "Write the token ids of each line of standard input as a line of JSON",
		Example: `  echo "I hear you." | ringmaster data tokenize --model minilm`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if model == "" {
				return fmt.Errorf("%w: tokenize needs --model NAME|DIR", errUsage)
			}
			dir, err := hub.Resolve(model, ".")
			if err != nil {
				return &badInput{err}
			}
			tokenizer, err := tokens.OpenFolder(dir)
			if err != nil {
				return &badInput{err}
			}
			return tokenizeLines(tokenizer, os.Stdin, os.Stdout, longest)
		},
	}
	c.Flags().StringVar(&model, "model", "", "model name or folder whose vocabulary is used")
	c.Flags().IntVar(&longest, "max-length", 0, "cut to so many ids; 0 cuts nothing")
	return c
}

func tokenizeLines(t tokens.Encoder, in io.Reader, to io.Writer, longest int) error {
	lines := bufio.NewReader(in)
	out := bufio.NewWriter(to)
	encode := json.NewEncoder(out)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			ids, err := t.Encode(strings.TrimRight(line, "\r\n"), longest)
			if err != nil {
				return err
			}
			if err := encode.Encode(map[string][]int32{"ids": ids}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
		if lines.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}
