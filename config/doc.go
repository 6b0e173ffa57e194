// Package config describes a run: a typed Run, loaded from a run file, environment
// variables and command-line options, and checked in full before anything starts.
//
//	run, err := config.Load("run.yaml", config.LoadOptions{
//		Set:   []string{"train.lr=3e-5", "tasks.empathy.data.limit=500"},
//		Flags: map[string]string{"cluster.workers": "2"},
//	})
//
// # Layers
//
// A value comes from the last of these that sets it: the defaults (Defaults), the
// file, the environment (train.lr is RINGMASTER_TRAIN_LR; an empty variable sets
// nothing), Set, Flags. Viper does the layering of all sections but tasks, whose
// label maps it would lower-case and cut at dots; they are decoded from the YAML
// tree, and only Set reaches into them, by the task's name. Environment variables
// that are no key are left alone: other programs, and Kubernetes for every service
// it has, set variables of this prefix too.
//
// YAML anchors, aliases and merge keys (<<) work: tasks may share their data's
// declaration. Shares of a split are given together: one left out is 0.
//
// # Problems
//
// Load reports everything that is wrong at once: its error is a *Problems, one line
// for each problem with file, line, key and what to do, such as
//
//	run.yaml:14: unknown key train.lerning_rate: did you mean train.lr?
//
// Kinds are named values (ErrUnknownKey, ErrMissingFile, …) for errors.Is. What
// follows from a reported problem is not reported again. Load reads the run file and
// checks that the files it names exist; all else is pure. What needs opened data or a
// model (columns, classes of a teacher, positions) is checked by packages data and model.
//
// # Resolved configuration
//
// Run.Write writes the whole resolved run as a file that Load reads back to an equal
// value from any folder. LoadResolved reads such a file later: without the environment,
// and whether or not the corpora still exist. Schema describes every key.
//
// # Renaming a key
//
// Rename its field and yaml tag, and add the former name to the table in renamed.go: it
// is still read from files, the environment, Set and Flags, and a notice says what the key is
// called now (LoadOptions.Notice). Within one layer the two names may not have different values; across
// layers the stronger one wins, whichever name it uses. Keep the json tag of a field whose
// JSON is hashed (Train): kept runs are known by it.
//
// # Adding a key
//
// Add the field with its yaml tag to a type in run.go, its default in defaults.go,
// its meaning in meanings.go (a test holds that), its limits in validate.go, and the
// names other tools give it in suggest.go.
package config
