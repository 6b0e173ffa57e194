package main

import (
	"context"
	"fmt"
	"os"

	"ringmaster/reproduce"
	"ringmaster/reproduce/report"
)

// makeCurve plans, runs and shows a comparison at several numbers of training rows.
func (f *compareFlags) makeCurve(ctx context.Context, file string, repeated bool) error {
	var o reproduce.Options
	if err := f.options(file, repeated, &o); err != nil {
		return err
	}
	curve, err := reproduce.NewCurve(ctx, o, f.trainRows)
	if err != nil {
		return err
	}
	if f.dryRun {
		return curve.Describe(os.Stdout)
	}
	return carryOutMany(ctx, "cells", curve.Run, func() error { return f.showCurve(o.Dir) })
}

// showCurve prints and draws the finished part of a learning curve.
func (f *compareFlags) showCurve(dir string) error {
	result, err := reproduce.ReadCurve(dir)
	if err != nil {
		return err
	}
	if err := result.WriteTables(dir); err != nil {
		return err
	}
	if err := report.DrawCurve(dir, result); err != nil {
		return err
	}
	return f.print(result, func(wrap func(string) string) []string {
		return []string{
			result.Heading(), wrap(result.Caption()), result.RowsTable(reproduce.Terminal),
			result.ComparisonsTable(reproduce.Terminal), wrap(result.ComparisonsCaption()),
			fmt.Sprintf("table    %s\npicture  %s\nreport   %s report %s", reproduce.TableFile(dir), report.CurveFile(dir), os.Args[0], dir),
		}
	})
}
