package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
)

func modelCommand() *cobra.Command {
	c := &cobra.Command{Use: "model", Short: "Fetch, inspect and export models"}
	c.AddCommand(modelFetchCommand(), modelInspectCommand(), modelExportCommand())
	return c
}

func modelFetchCommand() *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use:     "fetch NAME",
		Short:   "Download a known model to the user's cache, unless it is there",
		Long:    "Known models: " + strings.Join(hub.Names(), ", "),
		Example: "  ringmaster model fetch minilm",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o := hub.Options{Verify: verify}
			line := progress.NewDownload(os.Stderr, "fetching "+args[0], progress.ForFile(os.Stderr, time.Now))
			o.Progress = line.Show
			if err := endingOf(c.Context()).begin(); err != nil {
				return err
			}
			dir, err := hub.Fetch(c.Context(), args[0], o)
			_ = line.Close() // a line that cannot be drawn is no reason to fail
			if err != nil {
				return err
			}
			fmt.Printf("model %s: %s\n", args[0], dir)
			return nil
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "verify the SHA-256 of every file of a model that is already in the cache")
	return c
}

func modelInspectCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "inspect NAME|DIR",
		Short: "Check a model folder and print what it contains",
		Long: `Opens a model folder and its tokenizer as train does, reads all weights, and prints what the
folder contains. It reports the same errors that train would report for the folder as model.base.`,
		Example: "  ringmaster model inspect runs/last/model",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			found, err := inspect(args[0])
			if err != nil {
				return badInput(err)
			}
			if asJSON {
				return json.NewEncoder(os.Stdout).Encode(found)
			}
			found.tell(os.Stdout)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// inspected is what a model folder holds.
type inspected struct {
	Folder     string          `json:"folder"`
	Config     weights.Config  `json:"config"`
	Pooler     *bool           `json:"pooler,omitempty"` // of a BERT
	MaskedHead bool            `json:"masked_head"`
	Heads      []inspectedHead `json:"heads"`
}

type inspectedHead struct {
	Task    string   `json:"task"`
	Classes []string `json:"classes"`
	Target  bool     `json:"target"`
}

// inspect reads a model folder.
func inspect(nameOrDir string) (inspected, error) {
	dir, err := hub.Resolve(nameOrDir, ".")
	if err != nil {
		return inspected{}, err
	}
	folder, _, err := job.OpenModel(dir, weights.AllowNoPooler())
	if err != nil {
		return inspected{}, err
	}
	if _, err := folder.Hash(); err != nil {
		return inspected{}, err
	}
	heads, err := folder.Heads()
	if err != nil && !errors.Is(err, weights.ErrNoHeads) {
		return inspected{}, err
	}
	found := inspected{Folder: dir, Config: folder.Config, MaskedHead: folder.HasMaskedHead(), Heads: []inspectedHead{}}
	if _, bert := folder.Config.(weights.BertConfig); bert {
		found.Pooler = &folder.HasPooler
	}
	for _, h := range heads {
		found.Heads = append(found.Heads, inspectedHead{h.Task, h.Classes, h.Target})
	}
	return found, nil
}

// tell prints it as text.
func (f inspected) tell(w io.Writer) {
	fmt.Fprintf(w, "folder   %s\nencoder  %s\n", f.Folder, f.Config.Describe())
	if f.Pooler != nil && !*f.Pooler {
		fmt.Fprintln(w, "pooler   none: training initialises a new one")
	}
	for _, h := range f.Heads {
		name := h.Task
		if h.Target {
			name += " (target)"
		}
		fmt.Fprintf(w, "head     %s: %s\n", strings.TrimSpace(name), strings.Join(h.Classes, ", "))
	}
	if f.MaskedHead {
		decoder := "tied to the word embeddings"
		if bert, ok := f.Config.(weights.BertConfig); ok && !bert.Tied() {
			decoder = "own weights"
		}
		fmt.Fprintf(w, "head     masked language model, decoder: %s\n", decoder)
	}
	if len(f.Heads) == 0 && !f.MaskedHead {
		fmt.Fprintln(w, "head     none")
	}
}
