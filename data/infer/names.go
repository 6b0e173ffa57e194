package infer

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ringmaster/data/textfile"
)

// The parts of a corpus.
const (
	trainPart = "train"
	validPart = "valid"
	testPart  = "test"
)

// partWords are the words by which a file, or a value of a column, names a part: of a column those that data.part takes.
var partWords = map[string]string{
	"train": trainPart, "training": trainPart,
	"valid": validPart, "validation": validPart, "val": validPart, "dev": validPart,
	"test": testPart,
}

var (
	words = regexp.MustCompile(`[\pL]+|\d+`)
	shard = regexp.MustCompile(`(?i)([-_.]?\d+-of-\d+|[-_.]?(part|shard)?[-_.]?\d+)$`)
)

// partOf is the part that a name tells, empty for none, and the name without the word that tells it.
func partOf(name string) (part, rest string) {
	for _, at := range slices.Backward(words.FindAllStringIndex(name, -1)) {
		if p, told := partWords[strings.ToLower(name[at[0]:at[1]])]; told {
			return p, strings.Trim(name[:at[0]]+name[at[1]:], "-_. ")
		}
	}
	return "", name
}

// stem is the base name of a file without endings.
func stem(path string) string {
	base := textfile.WithoutEnding(filepath.Base(path))
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// withoutShard is a stem without the number of a shard: train of train-00000-of-00005.
func withoutShard(stem string) string {
	if rest := shard.ReplaceAllString(stem, ""); rest != "" {
		return rest
	}
	return stem
}

var notInTaskName = regexp.MustCompile(`[^a-z0-9]+`)

// taskName makes a name for a task: lower-case letters, digits and -.
func taskName(from string) string {
	name := strings.Trim(notInTaskName.ReplaceAllString(strings.ToLower(from), "-"), "-")
	return name[:min(len(name), 40)]
}

// textNames and labelNames are what columns of texts and labels are usually called, the most telling first.
var (
	textNames  = []string{"text", "sentence", "content", "essay", "tweet", "comment", "review", "message", "body", "utterance", "document", "post", "question", "premise", "sentence1", "article", "abstract", "description", "title"}
	labelNames = []string{"label", "labels", "class", "target", "category", "sentiment", "emotion", "emotions", "intent", "topic", "polarity", "stance", "gold", "annotation", "rating", "stars", "score", "tag", "tags", "y"}
	groupNames = []string{"article", "document", "doc", "dialog", "dialogue", "conversation", "conv", "thread", "story", "page", "book", "user", "author", "speaker", "writer", "subject", "participant", "patient", "session", "source", "url", "group", "response", "question", "id"}
)

// called is how well a column's name is one of a list: 0 for not at all, more for an earlier name, and less where the name
// only has it among its words (empathy_label, article_id).
func called(column string, names []string) int {
	lower := strings.ToLower(column)
	if at := slices.Index(names, lower); at >= 0 {
		return 2*len(names) - at
	}
	best := 0
	for _, word := range words.FindAllString(splitCase(column), -1) {
		if at := slices.Index(names, strings.ToLower(word)); at >= 0 {
			best = max(best, len(names)-at)
		}
	}
	return best
}

var camel = regexp.MustCompile(`(\p{Ll})(\p{Lu})`)

// splitCase parts words that are joined by their case: userId.
func splitCase(name string) string { return camel.ReplaceAllString(name, "$1 $2") }
