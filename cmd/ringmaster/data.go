package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
)

func dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Check, describe, clean, filter, split and tokenize corpora"}
	c.AddCommand(dataCheckCommand(), dataCleanCommand(), dataSplitCommand(), dataStatsCommand(), dataFilterCommand(), dataTokenizeCommand())
	return c
}

func dataTokenizeCommand() *cobra.Command {
	var model string
	var longest int
	var pairs bool
	c := &cobra.Command{
		Use:     "tokenize --model NAME|DIR",
		Short:   "Tokenize standard input: one JSON line of token ids per line of text",
		Example: `  echo "I hear you." | ringmaster data tokenize --model minilm`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if model == "" {
				return fmt.Errorf("%w: tokenize needs --model NAME|DIR", errUsage)
			}
			dir, err := hub.Resolve(model, ".")
			if err != nil {
				return badInput(err)
			}
			tokenizer, err := tokens.OpenFolder(dir)
			if err != nil {
				return badInput(err)
			}
			return tokenizeLines(tokenizer, os.Stdin, os.Stdout, longest, pairs)
		},
	}
	c.Flags().StringVar(&model, "model", "", "name or folder of the model whose tokenizer is used")
	c.Flags().IntVar(&longest, "max-length", 0, "truncate to this number of ids; 0: no truncation")
	c.Flags().BoolVar(&pairs, "pairs", false, "each line is two texts with a tab between them; their token types are printed too")
	return c
}

func tokenizeLines(t tokens.Encoder, in io.Reader, to io.Writer, longest int, pairs bool) error {
	lines, err := data.ReadTexts(in, "standard input", data.TextsOf{Format: config.Lines, Pairs: pairs})
	if err != nil {
		return badInput(err)
	}
	out := bufio.NewWriter(to)
	encode := json.NewEncoder(out)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return errors.Join(badInput(err), out.Flush())
		}
		read, _, err := tokens.Sequence(t, line.Text, longest)
		if errors.Is(err, tokens.ErrMaxLength) {
			err = badInput(fmt.Errorf("--max-length: %w", err))
		}
		if err != nil {
			return err
		}
		printed := map[string][]int32{"ids": read.IDs}
		if pairs {
			printed["token_type_ids"] = read.Types()
		}
		if err := encode.Encode(printed); err != nil {
			return err
		}
		if !lines.Waiting() {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}
