package e2e

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ringmaster/model/weights/tinybert"
)

// writePublished writes made-up texts in the forms of the public corpora that docs/tutorial.md uses: their folders, file
// names, columns and labels, with a few hundred rows each.
func writePublished(t *testing.T, d *desk) {
	t.Helper()
	random := rand.New(rand.NewPCG(16, 7))
	sentence := func(signs ...string) string { return tinybert.Sentence(random, signs, random.IntN(1_000_000)) }
	writeGoEmotions(t, d, random, sentence)
	writeSemEval(t, d, random, sentence)
	writeXED(t, d, random, sentence)
	writeNewsEmp(t, d, random, sentence)
	writeEpitome(t, d, random, sentence)
	writeISEAR(t, d, sentence)
	writeReviews(t, d, sentence)
}

// rowsOf is how many rows a part has: most are for training.
func rowsOf(part string) int {
	if strings.HasPrefix(part, "train") {
		return 280
	}
	return 60
}

// goEmotions are the labels of GoEmotions, numbered from 0.
const goEmotions = "admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval disgust embarrassment " +
	"excitement fear gratitude grief joy love nervousness optimism pride realization relief remorse sadness surprise neutral"

// writeGoEmotions: a text, numbers of labels, a comment's id; no header.
func writeGoEmotions(t *testing.T, d *desk, random *rand.Rand, sentence func(...string) string) {
	names := strings.Fields(goEmotions)
	writeFile(t, d.at("corpora", "goemotions", "labels.txt"), strings.Join(names, "\n")+"\n")
	for _, part := range []string{"train", "dev", "test"} {
		var b strings.Builder
		for i := range rowsOf(part) {
			label := i % len(names)
			labels, signs := fmt.Sprint(label), []string{names[label]}
			if other := random.IntN(len(names)); i%6 == 0 && other != label {
				labels, signs = fmt.Sprintf("%d,%d", label, other), append(signs, names[other])
			}
			fmt.Fprintf(&b, "%s\t%s\t%s%05d\n", sentence(signs...), labels, part, i)
		}
		writeFile(t, d.at("corpora", "goemotions", part+".tsv"), b.String())
	}
}

// writeSemEval: an ID, a tweet and eleven columns of 0 and 1; in the test file NONE stands in their place, and another one has them.
func writeSemEval(t *testing.T, d *desk, random *rand.Rand, sentence func(...string) string) {
	emotions := strings.Fields("anger anticipation disgust fear joy love optimism pessimism sadness surprise trust")
	for _, part := range []string{"train", "dev", "test-gold", "test"} {
		var b strings.Builder
		fmt.Fprintf(&b, "ID\tTweet\t%s\n", strings.Join(emotions, "\t"))
		for i := range rowsOf(part) {
			var cells, signs []string
			for k, e := range emotions {
				switch {
				case part == "test":
					cells = append(cells, "NONE")
				case i%len(emotions) == k || random.IntN(5) == 0:
					cells, signs = append(cells, "1"), append(signs, e)
				default:
					cells = append(cells, "0")
				}
			}
			fmt.Fprintf(&b, "2018-En-%05d\t%s #%s\t%s\n", i, sentence(append(signs, "news")...), part, strings.Join(cells, "\t"))
		}
		writeFile(t, d.at("corpora", "semeval2018_ec", "E-c-En-"+part+".txt"), b.String())
	}
}

// writeXED: a line of a film and numbers of emotions from 1, divided by a comma and a blank; no header.
func writeXED(t *testing.T, d *desk, random *rand.Rand, sentence func(...string) string) {
	emotions := strings.Fields("anger anticipation disgust fear joy sadness surprise trust")
	var b strings.Builder
	for i := range 320 {
		label := i % len(emotions)
		labels, signs := fmt.Sprint(label+1), []string{emotions[label]}
		if other := random.IntN(len(emotions)); i%5 == 0 && other != label {
			labels, signs = fmt.Sprintf("%d, %d", label+1, other+1), append(signs, emotions[other])
		}
		fmt.Fprintf(&b, "%s\t%s\n", sentence(signs...), labels)
	}
	writeFile(t, d.at("corpora", "xed", "en-annotated.tsv"), b.String())
}

// writeNewsEmp: essays with ratings from 1 to 7, five on an article.
func writeNewsEmp(t *testing.T, d *desk, random *rand.Rand, sentence func(...string) string) {
	rows := [][]string{strings.Split("message_id,response_id,article_id,empathy,distress,empathy_bin,distress_bin,essay", ",")}
	for i := range 250 {
		empathy, distress := 1+float64(random.IntN(36))/6, 1+float64(random.IntN(48))/8
		signs := []string{"news"}
		if empathy > 4 {
			signs = append(signs, "sorry")
		}
		if distress > 4 {
			signs = append(signs, "awful")
		}
		rows = append(rows, []string{
			fmt.Sprintf("R_%d_%d", i/5, i%5), fmt.Sprintf("R_%d", i/5), fmt.Sprint(1 + i*7%50), fmt.Sprintf("%.3f", empathy), fmt.Sprintf("%.3f", distress),
			map[bool]string{false: "0", true: "1"}[empathy > 4], map[bool]string{false: "0", true: "1"}[distress > 4], sentence(signs...) + ". " + sentence("hear"),
		})
	}
	writeFile(t, d.at("corpora", "newsemp", "messages.csv"), csvOf(t, rows))
}

// writeEpitome: posts, responses to them, and a level of empathy from 0 to 2.
func writeEpitome(t *testing.T, d *desk, random *rand.Rand, sentence func(...string) string) {
	for _, mechanism := range []string{"emotional-reactions", "interpretations", "explorations"} {
		rows := [][]string{strings.Split("sp_id,rp_id,seeker_post,response_post,level,rationales", ",")}
		post := ""
		for i := range 240 {
			if i%2 == 0 {
				post = sentence("sad")
			}
			level := random.IntN(3)
			rows = append(rows, []string{fmt.Sprintf("s%d", i/2), fmt.Sprintf("r%d", i), post, sentence([]string{"news", "hear", "sorry"}[level]), fmt.Sprint(level), ""})
		}
		writeFile(t, d.at("corpora", "epitome", mechanism+"-reddit.csv"), csvOf(t, rows))
	}
}

// writeISEAR: fields parted by |, seven situations of a student; some texts hold a | too.
func writeISEAR(t *testing.T, d *desk, sentence func(...string) string) {
	emotions := strings.Fields("joy fear anger sadness disgust shame guilt")
	var b strings.Builder
	b.WriteString("ID|CITY|SUBJ|SIT|Field1\n")
	for i := range 280 {
		emotion, more := emotions[i%7], ""
		if i%60 == 10 {
			more = "|no"
		}
		fmt.Fprintf(&b, "%d|%d|%d|When %s á %s%s|%s\n", 11001+i/7, 1+i/140, 1+i%3, sentence(emotion), sentence("hear"), more, emotion)
	}
	writeFile(t, d.at("corpora", "isear", "isear.csv"), b.String())
}

type review struct {
	Sentence string `parquet:"sentence"`
	Label    int64  `parquet:"label"`
}

// writeReviews: a data set of the Hugging Face hub in Parquet files, which say the names of their classes.
func writeReviews(t *testing.T, d *desk, sentence func(...string) string) {
	about := `{"info": {"features": {"sentence": {"dtype": "string", "_type": "Value"}, "label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}}}`
	for _, name := range []string{"train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001", "test-00000-of-00001"} {
		var all []review
		for i := range rowsOf(name) {
			label := int64(i % 2)
			if strings.HasPrefix(name, "test") {
				label = -1 // not published
			}
			all = append(all, review{sentence([][]string{{"awful", "dull"}, {"great", "lovely"}}[i%2]...), label})
		}
		var b bytes.Buffer
		w := parquet.NewGenericWriter[review](&b, parquet.KeyValueMetadata("huggingface", about))
		if _, err := w.Write(all); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		writeFile(t, d.at("corpora", "sst2", "data", name+".parquet"), b.String())
	}
}

func csvOf(t *testing.T, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
