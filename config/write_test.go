package config

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// A resolved file in another folder loads to an equal run.
func TestRoundTrip(t *testing.T) {
	home, away := folder(t), t.TempDir()
	resolved := filepath.Join(away, "config.yaml")
	rapid.Check(t, func(r *rapid.T) {
		run := anyRun(r)
		run.BaseDir = home
		if err := run.Validate(); err != nil {
			r.Fatalf("the generator made an invalid run: %v", err)
		}
		var text bytes.Buffer
		if err := run.Write(&text); err != nil {
			r.Fatal(err)
		}
		write(t, resolved, text.String())
		got, err := Load(resolved, LoadOptions{})
		if err != nil {
			r.Fatalf("%v\n%s", err, text.String())
		}
		if diff := cmp.Diff(run.Absolute(), *got, cmpopts.IgnoreFields(Run{}, "BaseDir"), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("(-written +read)\n%s\n%s", diff, text.String())
		}
	})
}

// A run directory is shown to others; the token is for this run alone.
func TestTheTokenIsNotWritten(t *testing.T) {
	run := load(t, head, LoadOptions{Set: []string{"cluster.token=sesame"}})
	if run.Cluster.Token != "sesame" {
		t.Fatalf("the token is %q", run.Cluster.Token)
	}
	var text bytes.Buffer
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "sesame") || strings.Contains(text.String(), "token") {
		t.Errorf("the token is written:\n%s", text.String())
	}
	if run.Cluster.Token != "sesame" {
		t.Error("writing took the run's token away")
	}
}

// Text that YAML's own writer does not get through a file.
func TestRoundTripOfOddText(t *testing.T) {
	run := load(t, head, LoadOptions{})
	d := &run.Tasks[0].Data
	d.LabelSeparator = "\t\n"
	d.Labels = append(d.Labels, Pair{"\n ", "\t\n"}, Pair{"a\u2028b", " \u0085\ufeff"}, Pair{"no", "null"}, Pair{"1.0", "0x1"})
	var text bytes.Buffer
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	got, err := Load(write(t, filepath.Join(t.TempDir(), "config.yaml"), text.String()), LoadOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if diff := cmp.Diff(*d, got.Tasks[0].Data, cmpopts.IgnoreFields(Data{}, "Path")); diff != "" {
		t.Errorf("(-written +read)\n%s\n%s", diff, text.String())
	}
}

// anyRun draws a valid run whose files are those of folder.
func anyRun(r *rapid.T) Run {
	positive := rapid.Float64Range(1e-12, 1e6)
	share := rapid.Float64Range(0, 0.999)
	count := rapid.IntRange(0, maxBatch-1)
	workers := rapid.IntRange(0, mostWorkers-1).Draw(r, "workers")
	run := Run{
		Model:  Model{Base: rapid.SampledFrom([]string{"minilm", "./teacher", "null", "1e5"}).Draw(r, "base")},
		Method: rapid.SampledFrom([]Method{Single, MultiTask, Distill, DistillAnn}).Draw(r, "method"),
		Train: Train{
			Epochs: positive.Draw(r, "epochs"), Steps: count.Draw(r, "steps"), Batch: 1 + count.Draw(r, "batch"),
			MicroBatch: count.Draw(r, "micro"), LR: positive.Draw(r, "lr"), Warmup: share.Draw(r, "warmup"),
			WeightDecay: share.Draw(r, "decay"), ClipNorm: share.Draw(r, "clip"),
			MaxLength: rapid.IntRange(4, maxLength).Draw(r, "length"), Seed: rapid.Uint64().Draw(r, "seed"), SamplingExponent: positive.Draw(r, "exponent"),
			NotFinite: rapid.SampledFrom(notFinites).Draw(r, "not finite"), Keep: rapid.SampledFrom(keeps).Draw(r, "keep"), Precision: rapid.SampledFrom(precisions).Draw(r, "precision"),
		},
		Checkpoint: Checkpoint{Every: count.Draw(r, "every"), Keep: 1 + count.Draw(r, "keep"), Best: rapid.Bool().Draw(r, "best")},
		Cluster: Cluster{
			Workers: workers, MinWorkers: rapid.IntRange(1, max(1, workers)).Draw(r, "min"), MaxWorkers: rapid.SampledFrom([]int{0, workers, workers + 1}).Draw(r, "max"), NATS: rapid.SampledFrom([]string{"embedded", "nats://h:1"}).Draw(r, "nats"),
			GradientDtype: rapid.SampledFrom([]string{"float32", "bfloat16", "int8"}).Draw(r, "dtype"),
			TLS:           rapid.SampledFrom(tlsModes).Draw(r, "tls"),
			Topology:      rapid.SampledFrom([]Topology{Mesh, Broker}).Draw(r, "topology"), Pin: rapid.Bool().Draw(r, "pin"),
			Oversubscribe: rapid.Bool().Draw(r, "oversubscribe"),
		},
		Device: rapid.SampledFrom([]string{"auto", "cpu", "cuda", "cuda:3", "cuda:0,cuda:1"}).Draw(r, "device"),
	}
	if rapid.Bool().Draw(r, "baseline") {
		run.Model = Model{
			Arch:    rapid.SampledFrom([]Arch{CNN, LSTM, BiLSTM, ConvLSTM}).Draw(r, "arch"),
			Vectors: rapid.SampledFrom([]string{TrainVectors, "names.txt", "./names.txt"}).Draw(r, "vectors"),
			Dim:     rapid.IntRange(0, maxDim).Draw(r, "dim"),
		}
		run.Train.Precision = Float32
	}
	if run.Cluster.Topology == Broker {
		run.Cluster.Broker = rapid.SampledFrom([]string{"", "nats://h:1", "tls://u:p%40@h:1,nats://t@i:2"}).Draw(r, "broker")
	} else {
		run.Cluster.RingAddress = rapid.SampledFrom([]string{"", "10.0.0.0/8", "fd00::1", "eth0", "1"}).Draw(r, "ring address")
		run.Cluster.RingPort = rapid.SampledFrom([]string{"", "29500", "29500-29520"}).Draw(r, "ring port")
	}
	if rapid.Bool().Draw(r, "with dropout") {
		p := share.Draw(r, "dropout")
		run.Model.Dropout = &p
	}
	// Names that YAML could take for something else.
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"empathy", "null", "1", "0x1", "1e5", "true", "-", "_"}), 1, 4, rapid.ID).Draw(r, "names")
	target := rapid.IntRange(0, len(names)-1).Draw(r, "target")
	for i, name := range names {
		run.Tasks = append(run.Tasks, Task{
			Name: name, Target: i == target, Data: anyData(r),
			Teacher: Teacher{Path: rapid.SampledFrom([]string{"", "./teacher", "name"}).Draw(r, "teacher"), LR: share.Draw(r, "lr"), Batch: count.Draw(r, "batch")},
		})
	}
	return run
}

func anyData(r *rapid.T) Data {
	text := rapid.String()
	column := rapid.StringN(1, 8, -1)
	on := rapid.Bool()
	header := on.Draw(r, "header")
	d := Data{
		Format: rapid.SampledFrom([]Format{CSV, TSV}).Draw(r, "format"), Header: &header,
		Delimiter:     rapid.SampledFrom([]string{",", "\t", "|", "#", "'", " ", "~"}).Draw(r, "delimiter"),
		ExtraFields:   rapid.SampledFrom([]string{"error", "ignore"}).Draw(r, "extra"),
		SeveralLabels: rapid.SampledFrom([]string{"error", "drop"}).Draw(r, "several"),
		Text:          column.Draw(r, "text"), Limit: rapid.IntRange(0, 1000).Draw(r, "limit"),
		MaxBad: rapid.Float64Range(0, 1).Draw(r, "max bad"),
		Clean: Clean{
			Dedup: on.Draw(r, "dedup"), URLs: on.Draw(r, "urls"), Users: on.Draw(r, "users"),
			Replace: anyLabels(r, "replace", column), Drop: rapid.SliceOf(rapid.SampledFrom([]string{"", "^a$", `\d+`, ": #"})).Draw(r, "drop"),
		},
		Labels: append(anyLabels(r, "labels", text), Pair{"\x00one", "One"}, Pair{"\x00two", "two: #"}),
		Split:  Split{Train: 0.5, Valid: 0.25, Test: 0.25, Seed: rapid.Uint64().Draw(r, "seed")},
	}
	d.Label = d.Text + "2"
	if !header {
		d.Columns = []string{d.Text, d.Label}
	}
	if on.Draw(r, "divided") {
		d.Train, d.Valid = Files{"a.csv", "b.csv"}, Files{"c.tsv"}
	} else {
		d.Path = Files{"b.csv"}
	}
	d.LabelNames = rapid.SampledFrom([]string{"", "names.txt"}).Draw(r, "names file")
	d.LabelSeparator = text.Draw(r, "separator")
	return d
}

func anyLabels(r *rapid.T, name string, from *rapid.Generator[string]) Labels {
	var labels Labels
	for _, key := range rapid.SliceOfNDistinct(from, 0, 4, rapid.ID).Draw(r, name) {
		labels = append(labels, Pair{From: key, To: strings.ReplaceAll(rapid.String().Draw(r, "to"), "\x00", "")})
	}
	return labels
}

// A resolved file is read as it stands, years later and elsewhere.
func TestAResolvedFileNeedsNoCorporaAndNoEnvironment(t *testing.T) {
	run := load(t, head, LoadOptions{})
	var text bytes.Buffer
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	gone := strings.ReplaceAll(text.String(), run.BaseDir, filepath.Join(t.TempDir(), "gone"))
	path := write(t, filepath.Join(t.TempDir(), "config.yaml"), gone)
	t.Setenv("RINGMASTER_TRAIN_SEED", "12345")
	if _, err := Load(path, LoadOptions{}); !errors.Is(err, ErrMissingFile) {
		t.Fatalf("Load: %v, want a missing file", err)
	}
	got, err := LoadResolved(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run.Train, got.Train); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	bad := write(t, path, strings.Replace(gone, "  seed: 1\n", "  sead: 1\n", 1))
	if _, err := LoadResolved(bad); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("an unknown key: %v", err)
	}
	bad = write(t, path, strings.Replace(gone, "  batch: 32\n", "  batch: 0\n", 1))
	if _, err := LoadResolved(bad); !errors.Is(err, ErrValue) {
		t.Errorf("an impossible value: %v", err)
	}
	if _, err := LoadResolved(path + "-none"); !errors.Is(err, ErrMissingFile) {
		t.Errorf("no file: %v", err)
	}
}
