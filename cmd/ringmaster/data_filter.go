package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/export"
	"ringmaster/data/lexicon"
	"ringmaster/data/textfile"
	"ringmaster/durable"
	"ringmaster/inputfile"
	"ringmaster/screen"
)

// filterOptions are the flags of `data filter`.
type filterOptions struct {
	lexicon              string
	top                  int
	allow, deny, require []string
	format, column       string
	task                 string
	out                  string
	asJSON               bool
}

func dataFilterCommand() *cobra.Command {
	var o filterOptions
	c := &cobra.Command{
		Use:   "filter --lexicon FILE INPUT...",
		Short: "Keep the texts that contain a top-rated word of a lexicon, and optionally a required word",
		Long: `Keeps the texts that contain at least one of the chosen words and, with --require, at least one of the
required words. The chosen words are the --top highest rated words of the lexicon, without those of --deny,
plus those of --allow.

The lexicon is a CSV file without a header: word, rating; or a built-in list: table8, the 198 health-related
words of the paper's Table 8. With --require cancer it selects tweets as the paper did. Words are matched whole
and without regard to case: cancer does not match "cancerous". An entry of several words matches these words in
sequence. --allow, --deny and --require take words separated by commas, or a file with one word per line, and
may be repeated.

INPUT is a text file with one text per line (- is standard input), a CSV or TSV file with a header, a JSONL file,
or a JSON array, whose elements are written as lines. The format is taken from the file's extension or --format,
the text from --column; files may be compressed. INPUT can also be a run file (.yaml), whose corpus is cleaned and
written as text and label. Rows that are kept are copied unchanged to --out or standard output. The report goes to
standard output with --out, otherwise to standard error.`,
		Example: `  ringmaster data filter --lexicon empathy.txt --top 1000 --deny said --require cancer tweets.txt
  ringmaster data filter --lexicon table8 --require cancer --out health.txt tweets.txt
  ringmaster data filter --lexicon empathy.txt --column content --out kept.csv tweets.csv
  ringmaster data filter --lexicon empathy.txt --task empathy --out kept.csv examples/sample.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			err := o.run(c.Context(), args)
			for _, wrong := range []error{lexicon.ErrLexicon, lexicon.ErrChoice, lexicon.ErrInput, export.ErrUnwritable, fs.ErrNotExist,
				inputfile.ErrNotRegular, textfile.ErrNotText, textfile.ErrEncoding, textfile.ErrCompressed, textfile.ErrExpands, textfile.ErrTooLong} {
				if errors.Is(err, wrong) {
					return badInput(err)
				}
			}
			return err
		},
	}
	c.Flags().StringVar(&o.lexicon, "lexicon", "", "file of rated words, or "+strings.Join(lexicon.Lists(), ", "))
	c.Flags().IntVar(&o.top, "top", 1000, "number of highest rated words to take; 0: all")
	c.Flags().StringArrayVar(&o.allow, "allow", nil, "add these words: WORD,… or a file")
	c.Flags().StringArrayVar(&o.deny, "deny", nil, "exclude these words: WORD,… or a file")
	c.Flags().StringArrayVar(&o.require, "require", nil, "keep only texts that also contain one of these words: WORD,… or a file")
	c.Flags().StringVar(&o.format, "format", "", "lines, csv, tsv, jsonl or json; default: by the input's file extension")
	c.Flags().StringVar(&o.column, "column", "text", "column or field with the text")
	c.Flags().StringVar(&o.task, "task", "", "task of the run file to filter")
	c.Flags().StringVar(&o.out, "out", "", "write the rows that are kept to this file")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print the report as JSON")
	return c
}

func (o *filterOptions) run(ctx context.Context, inputs []string) error {
	if o.lexicon == "" {
		return fmt.Errorf("%w: filter needs --lexicon FILE", errUsage)
	}
	format, err := o.formatOf(inputs)
	if err != nil {
		return err
	}
	lex, err := lexicon.Read(o.lexicon)
	if err != nil {
		return err
	}
	choice := lexicon.Choice{Top: o.top}
	for _, list := range []struct {
		texts []string
		words *[]string
	}{{o.allow, &choice.Allow}, {o.deny, &choice.Deny}, {o.require, &choice.Require}} {
		if *list.words, err = wordLists(list.texts); err != nil {
			return err
		}
	}
	matcher, err := lexicon.Choose(lex, choice)
	if err != nil {
		return err
	}
	tally := lexicon.NewTally()
	filter := func(to io.Writer) error {
		if format == declaredFormat {
			return filterCorpus(ctx, to, inputs[0], o.task, matcher, tally)
		}
		f := &lexicon.Filter{Matcher: matcher, Tally: tally, Format: format, Column: o.column}
		for _, path := range inputs {
			if err := filterFile(f, to, path); err != nil {
				return err
			}
		}
		return nil
	}
	reportTo := os.Stdout
	if o.out == "" {
		reportTo = os.Stderr
		err = filter(os.Stdout)
	} else {
		err = durable.WriteFile(o.out, 0o644, filter)
	}
	if err != nil {
		return err
	}
	tally.Close()
	return o.report(reportTo, lex, matcher, tally)
}

func (o *filterOptions) report(to io.Writer, lex *lexicon.Lexicon, m *lexicon.Matcher, t *lexicon.Tally) error {
	if o.asJSON {
		return json.NewEncoder(to).Encode(struct {
			Chosen        int      `json:"chosen_words"`
			Denied        int      `json:"denied"`
			DeniedNothing []string `json:"denied_nothing"`
			Entries       int      `json:"lexicon_words"`
			Wordless      int      `json:"lexicon_wordless"`
			Repeated      int      `json:"lexicon_repeated"`
			*lexicon.Tally
		}{m.Chosen, m.Denied, append([]string{}, m.DeniedNothing...), len(lex.Entries), lex.Wordless, lex.Repeated, t})
	}
	fmt.Fprintf(to, "%s chosen; %s has %d (ignored: %d without letter or digit, %d repeated); %d of the top words denied\n",
		screen.Count(m.Chosen, "word", "words"), o.lexicon, len(lex.Entries), lex.Wordless, lex.Repeated, m.Denied)
	if len(m.DeniedNothing) > 0 {
		fmt.Fprintf(to, "denied words that are not among the top words: %s\n", strings.Join(m.DeniedNothing, ", "))
	}
	_, err := io.WriteString(to, t.String())
	return err
}

// declaredFormat stands for a run file.
const declaredFormat config.Format = "run file"

// formatOf returns the common format of all inputs.
func (o *filterOptions) formatOf(inputs []string) (config.Format, error) {
	known := []config.Format{lexicon.Lines, config.CSV, config.TSV, config.JSONL, config.JSON}
	if o.format != "" {
		if config.Format(o.format) == config.Parquet {
			return "", fmt.Errorf("%w: Parquet files cannot be filtered directly, because rows are copied unchanged and Parquet is not written: declare the file in a run file and filter that", errUsage)
		}
		if !slices.Contains(known, config.Format(o.format)) {
			return "", fmt.Errorf("%w: --format must be lines, csv, tsv, jsonl or json, not %q", errUsage, o.format)
		}
		return config.Format(o.format), nil
	}
	var format config.Format
	for i, path := range inputs {
		f, err := formatOfInput(path)
		if err != nil {
			return "", err
		}
		if i > 0 && f != format {
			return "", fmt.Errorf("%w: the formats of the inputs differ: %s is %s and %s is %s: filter them separately, or give --format", errUsage, inputs[0], format, path, f)
		}
		format = f
	}
	if format == declaredFormat && len(inputs) > 1 {
		return "", fmt.Errorf("%w: only one run file can be filtered at a time", errUsage)
	}
	return format, nil
}

// formatOfInput derives the format from the name of a file, or of the file in an archive.
func formatOfInput(path string) (config.Format, error) {
	name := textfile.WithoutEnding(path)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return declaredFormat, nil
	case ".zip":
		file, err := textfile.Open(path, path)
		if err != nil {
			return "", badInput(err)
		}
		name = file.Inner()
		if err := file.Close(); err != nil {
			return "", err
		}
	}
	format, told := config.Ending(name)
	switch {
	case format == config.Parquet:
		return "", fmt.Errorf("%w: %s is a Parquet file, which cannot be filtered directly, because rows are copied unchanged and Parquet is not written: declare the file in a run file and filter that", errUsage, path)
	case !told:
		return lexicon.Lines, nil
	}
	return format, nil
}

// wordLists reads lists of words: files with one word per line, or words separated by commas.
func wordLists(lists []string) ([]string, error) {
	var words []string
	for _, list := range lists {
		found, err := readList(list)
		switch {
		case err == nil:
		case strings.ContainsRune(list, filepath.Separator) || strings.HasSuffix(list, ".txt"):
			return nil, badInput(err) // a file was meant
		default:
			found = strings.Split(list, ",")
		}
		for _, word := range found {
			if word = strings.TrimSpace(word); word != "" {
				words = append(words, word)
			}
		}
	}
	return words, nil
}

// readList reads a file with one word per line.
func readList(path string) (words []string, err error) {
	file, err := textfile.Open(path, path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // opened for reading only
	for {
		line, err := file.ReadLine()
		if errors.Is(err, io.EOF) {
			return words, nil
		}
		if err != nil {
			return nil, err
		}
		words = append(words, line)
	}
}

func filterFile(f *lexicon.Filter, to io.Writer, path string) error {
	var file *textfile.File
	var err error
	name := path
	if path == "-" {
		name = "standard input"
		file, err = textfile.From(os.Stdin, name)
	} else {
		file, err = textfile.Open(path, path)
	}
	if err != nil {
		return badInput(err)
	}
	defer file.Close() // opened for reading only
	if f.Format == config.JSONL || f.Format == config.JSON {
		file.Unbound() // an array may stand on one line
	}
	return f.Copy(to, name, file)
}

// filterCorpus filters all rows of a declared corpus, cleaned.
func filterCorpus(ctx context.Context, to io.Writer, path, task string, m *lexicon.Matcher, tally *lexicon.Tally) error {
	run, tasks, err := tasksOf(ctx, path, task, nil)
	if err != nil {
		return err
	}
	if len(tasks) > 1 {
		return fmt.Errorf("%w: %s has %d tasks: choose one with --task", errUsage, path, len(tasks))
	}
	if kind := tasks[0].Kind; !kind.OneClass() {
		return fmt.Errorf("%w: filtered rows are written with one class each, and task %s is of kind %s: filter its file by itself, without a run file", errUsage, tasks[0].Name, kind)
	}
	corpus, _, err := data.LoadCleaned(ctx, run.BaseDir, tasks[0])
	if err != nil {
		return badInput(err)
	}
	fmt.Fprint(os.Stderr, &corpus.Report)
	form, err := export.FormOf(tasks[0].Data, "")
	if err != nil {
		return err
	}
	return form.Write(to, matching{corpus, m, tally}, corpus.Classes)
}

// matching are the rows of a corpus that a filter keeps.
type matching struct {
	corpus  *data.Corpus
	matcher *lexicon.Matcher
	tally   *lexicon.Tally
}

func (m matching) Each(do func(i int, e data.Example) error) error {
	kept := 0
	for _, part := range []data.Part{m.corpus.Train, m.corpus.Valid, m.corpus.Test} {
		err := part.Each(func(_ int, e data.Example) error {
			match := m.matcher.Match(e.Lines())
			m.tally.Note(match)
			if !match.Keep() {
				return nil
			}
			kept++
			return do(kept-1, e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
