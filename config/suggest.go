package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"ringmaster/shown"
)

// synonyms are the names that other tools have for keys, by the name used here.
var synonyms = map[string][]string{
	"base":              {"pretrained", "model_name", "model_name_or_path", "name_or_path", "checkpoint", "encoder"},
	"arch":              {"architecture", "model_type", "network"},
	"vectors":           {"embeddings", "word_vectors", "glove", "word2vec"},
	"dim":               {"dimension", "embedding_dim", "embedding_size", "vector_size"},
	"dropout":           {"dropout_prob", "hidden_dropout_prob", "dropout_rate"},
	"method":            {"mode", "algorithm", "objective"},
	"source":            {"source_task", "source_domain", "train_on"},
	"tasks":             {"task", "datasets"},
	"target":            {"primary", "main"},
	"teacher":           {"teachers"},
	"pretrain":          {"pretraining", "unlabelled", "unlabeled"},
	"data":              {"dataset", "corpus"},
	"path":              {"file", "files", "paths", "data_file", "data_files"},
	"valid":             {"validation", "val", "dev", "eval"},
	"train":             {"training", "trainer"},
	"format":            {"type", "filetype"},
	"delimiter":         {"sep", "separator"},
	"columns":           {"names", "fields", "column_names"},
	"text":              {"text_column", "sentence", "input"},
	"label":             {"label_column", "class", "target_column"},
	"labels":            {"label_map", "classes", "mapping", "label2id"},
	"split":             {"splits"},
	"limit":             {"max_rows", "max_examples", "max_samples", "max_train_samples"},
	"clean":             {"cleaning", "preprocess"},
	"dedup":             {"deduplicate", "dedupe", "duplicates"},
	"urls":              {"links"},
	"users":             {"mentions"},
	"max_bad":           {"max_bad_rows", "bad_rows"},
	"epochs":            {"num_epochs", "n_epochs", "num_train_epochs", "max_epochs"},
	"steps":             {"num_steps", "max_steps", "total_steps"},
	"batch":             {"batch_size", "bs", "global_batch", "train_batch_size", "per_device_train_batch_size"},
	"micro_batch":       {"micro_batch_size", "microbatch"},
	"lr":                {"learning_rate", "rate", "step_size"},
	"head_lr":           {"head_learning_rate", "classifier_lr"},
	"warmup":            {"warmup_ratio", "warmup_proportion", "warmup_steps"},
	"weight_decay":      {"wd", "decay", "l2"},
	"clip_norm":         {"clip", "grad_clip", "max_grad_norm", "gradient_clipping", "gradient_clip_norm"},
	"max_length":        {"max_len", "max_seq_length", "max_seq_len", "seq_len", "sequence_length"},
	"seed":              {"random_seed", "rng_seed", "random_state"},
	"sampling_exponent": {"mixing", "mixing_exponent", "sampling", "mix"},
	"workers":           {"num_workers", "n_workers", "nproc", "nproc_per_node", "world_size", "nodes", "replicas"},
	"nats":              {"nats_url", "url", "server"},
	"token":             {"auth_token", "password", "secret"},
	"topology":          {"transport", "layout"},
	"broker":            {"broker_url", "ring_url", "ring_nats"},
	"pin":               {"affinity", "pinned", "bind"},
	"gradient_dtype":    {"wire_type", "dtype", "precision", "grad_dtype", "gradient_precision", "wire"},
	"device":            {"devices", "gpu", "accelerator"},
	"label_separator":   {"label_sep", "label_delimiter"},
	"label_names":       {"label_file", "names_file"},
	"label_columns":     {"label_cols", "label_fields"},
}

// inTask finds the task that a key's path leads into.
var inTask = regexp.MustCompile(`^tasks(\.[^.\[]+|\[\d+\])`)

// unknown reports a key that its section does not have, with the key that was probably meant.
func (d *diagnostics) unknown(from origin, section reflect.Type, path, name string) {
	key := join(path, name)
	text := "unknown key " + key + ": "
	if meant := suggestKey(path, name); meant != "" {
		text += "did you mean " + meant + "?"
		d.broken[meant] = true
	} else {
		var names []string
		for _, f := range fieldsOf(section) {
			names = append(names, f.name)
		}
		where := path
		if path == "" {
			where = "a run file"
		}
		text += fmt.Sprintf("%s has %s", where, strings.Join(names, ", "))
	}
	d.add(from, ErrUnknownKey, key, text)
}

// suggestKey is the path of the known key nearest to name, which stands in the
// section path: first among the section's own keys, then, by name or synonym,
// anywhere. It is empty where none is near.
func suggestKey(path, name string) string {
	task := inTask.FindString(path)
	section := anyTask + strings.TrimPrefix(path, task)
	if task == "" {
		section = path
	}
	best, bestScore := "", 1000
	for _, key := range allKeys() {
		parent := parentOf(key)
		d := keyDistance(name, key[len(parent):])
		score := 10 * d
		switch {
		case parent == section && d > allowance(name):
			continue
		case parent != section && d > allowance(name)/2:
			continue
		case parent != section:
			// A key of another section is meant only where none of this one is as
			// near; sections are nearer the fewer steps away.
			score += 5 + strings.Count(key, ".")
		}
		if score < bestScore {
			best, bestScore = key, score
		}
	}
	if task != "" && strings.HasPrefix(best, anyTask) {
		best = task + strings.TrimPrefix(best, anyTask)
	}
	return best
}

// keyDistance is how many letters away name is from a key or one of its synonyms.
func keyDistance(name, key string) int {
	key = strings.TrimPrefix(key, ".")
	d := distance(name, key)
	for _, s := range synonyms[key] {
		d = min(d, distance(name, s))
	}
	return d
}

// suggest is the option nearest to what was written, or empty.
func suggest(written string, options []string) string {
	best := ""
	for _, o := range options {
		if d := distance(written, o); d <= allowance(written) && (best == "" || d < distance(written, best)) {
			best = o
		}
	}
	return best
}

// distance counts letters to change, without regard to case and to - for _. The
// same letters in another order are one mistake.
func distance(a, b string) int {
	a, b = strings.ReplaceAll(strings.ToLower(a), "-", "_"), strings.ReplaceAll(strings.ToLower(b), "-", "_")
	d := levenshtein.ComputeDistance(a, b)
	if d > 1 && slices.Equal(sortedLetters(a), sortedLetters(b)) {
		return 1
	}
	return d
}

func sortedLetters(s string) []rune {
	letters := []rune(s)
	slices.Sort(letters)
	return letters
}

// allowance is how many wrong letters a name may have and still be recognised.
// A name of one letter has to be exact.
func allowance(name string) int {
	if len(name) == 1 {
		return 0
	}
	return max(1, min(4, (len(name)+1)/3))
}

// oneOf lists the values allowed, and the one that was probably meant.
func oneOf(written string, options ...string) string {
	text := fmt.Sprintf("%s is not one of %s", shown.Quote(written), strings.Join(options, ", "))
	if meant := suggest(written, options); meant != "" && !slices.Contains(options, written) {
		text += fmt.Sprintf(": did you mean %s?", meant)
	}
	return text
}
