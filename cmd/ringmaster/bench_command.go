package main

import "github.com/spf13/cobra"

func benchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Measure, or simulate, how fast a ring is"}
	c.AddCommand(benchSimulateCommand())
	return c
}
