package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
)

func modelCommand() *cobra.Command {
	c := &cobra.Command{Use: "model", Short: "Fetch, look at and export models"}
	c.AddCommand(modelFetchCommand(), modelInspectCommand(), modelExportCommand())
	return c
}

func modelFetchCommand() *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use:     "fetch NAME",
		Short:   "Fetch a known model into the user's cache; at once when it is there",
		Long:    "Known models: " + strings.Join(hub.Names(), ", "),
		Example: "  ringmaster model fetch minilm",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o := hub.Options{Verify: verify}
			var bar *progressbar.ProgressBar
			if term.IsTerminal(int(os.Stderr.Fd())) {
				o.Progress = func(done, total int64) {
					if bar == nil {
						bar = progressbar.DefaultBytes(total, "fetching "+args[0])
					}
					_ = bar.Set64(done) // a bar that cannot be drawn is no reason to stop
				}
			}
			if err := endingOf(c.Context()).begin(); err != nil {
				return err
			}
			dir, err := hub.Fetch(c.Context(), args[0], o)
			if bar != nil {
				err = errors.Join(err, bar.Exit())
			}
			if err != nil {
				return err
			}
			fmt.Printf("model %s: %s\n", args[0], dir)
			return nil
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "read every file of a model that is there and compare its SHA-256")
	return c
}

func modelInspectCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "inspect NAME|DIR",
		Short:   "Check a model folder and say what is in it",
		Example: "  ringmaster model inspect runs/last/model",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := hub.Resolve(args[0], ".")
			if err != nil {
				return &badInput{err}
			}
			folder, err := weights.Open(dir)
			if err != nil {
				return &badInput{err}
			}
			tokenizer, err := tokens.OpenFolder(dir)
			if err != nil {
				return &badInput{err}
			}
			sizes := folder.Config.Sizes()
			if err := tokens.Fits(tokenizer, dir, sizes.Vocabulary, sizes.PadID); err != nil {
				return &badInput{err}
			}
			heads, err := folder.Heads()
			if err != nil && !errors.Is(err, weights.ErrNoHeads) {
				return err
			}
			if asJSON {
				type head struct {
					Task    string   `json:"task"`
					Classes []string `json:"classes"`
					Target  bool     `json:"target"`
				}
				out := struct {
					Folder string         `json:"folder"`
					Config weights.Config `json:"config"`
					Heads  []head         `json:"heads"`
				}{Folder: dir, Config: folder.Config, Heads: []head{}}
				for _, h := range heads {
					out.Heads = append(out.Heads, head{h.Task, h.Classes, h.Target})
				}
				return json.NewEncoder(os.Stdout).Encode(out)
			}
			fmt.Printf("folder   %s\nencoder  %s\n", dir, folder.Config.Describe())
			for _, h := range heads {
				name := h.Task
				if h.Target {
					name += " (target)"
				}
				fmt.Printf("head     %s: %s\n", name, strings.Join(h.Classes, ", "))
			}
			if len(heads) == 0 {
				fmt.Println("head     none")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}
