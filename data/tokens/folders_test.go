package tokens

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	foldersFile = flag.String("folders", "testdata/folders.jsonl", "folders and their expected ids, as testdata/make_folders.py writes them")
	update      = flag.Bool("update", false, "write testdata/folders_refused.txt anew")
)

// foldersReference is testdata/folders.jsonl.
type foldersReference struct {
	Transformers string
	Texts        []string
	Vocabulary   []string
	folders      []referenceFolder
}

// referenceFolder has neither IDs nor Hash where transformers cannot read the folder.
type referenceFolder struct {
	Name  string
	Files map[string]json.RawMessage
	IDs   [][]int32
	Hash  string // of IDs
}

func readFolders(t *testing.T) (reference foldersReference) {
	t.Helper()
	file, err := os.Open(*foldersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	if err := json.Unmarshal(lines.Bytes(), &reference); err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(strings.Join(reference.Vocabulary, "\n") + "\n")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for id, piece := range reference.Vocabulary {
		ids[piece] = id
	}
	vocabulary, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.NewReplacer(`"$PLAIN"`, string(plain), `"$VOCABULARY"`, string(vocabulary))
	for lines.Scan() {
		var folder referenceFolder
		if err := json.Unmarshal([]byte(whole.Replace(lines.Text())), &folder); err != nil {
			t.Fatal(err)
		}
		reference.folders = append(reference.folders, folder)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return reference
}

// files are the folder's files as they stand on disk.
func (f referenceFolder) files(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, raw := range f.Files {
		text := string(raw)
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(raw, &text); err != nil {
				t.Fatal(err)
			}
		}
		files[name] = text
	}
	return files
}

func hashOf(lists [][]int32) string {
	h := sha256.New()
	for _, ids := range lists {
		if err := binary.Write(h, binary.LittleEndian, append([]int32{int32(len(ids))}, ids...)); err != nil {
			panic(err) // a hash never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// TestFolders compares folders of all kinds with what transformers reads from them: the same ids, or one of the refusals
// of testdata/folders_refused.txt.
func TestFolders(t *testing.T) {
	reference := readFolders(t)
	var refused strings.Builder
	for _, folder := range reference.folders {
		t.Run(folder.Name, func(t *testing.T) {
			dir := modelDir(t, folder.files(t))
			tok, err := Open(dir)
			if err != nil {
				if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrMissingToken) && !errors.Is(err, ErrBadConfig) {
					t.Errorf("refused by another error: %v", err)
				}
				fmt.Fprintf(&refused, "%s\t%s\n", folder.Name, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
				return
			}
			if folder.IDs == nil && folder.Hash == "" {
				t.Errorf("transformers %s cannot read it, this package does", reference.Transformers)
				return
			}
			got, err := EncodeAll(t.Context(), tok, reference.Texts, 0)
			if err != nil {
				t.Fatal(err)
			}
			if folder.IDs == nil && hashOf(got) != folder.Hash {
				t.Errorf("other ids than transformers' (make_folders.py shows which): %v", folder.files(t))
			}
			if folder.IDs != nil {
				for i, text := range reference.Texts {
					if diff := cmp.Diff(folder.IDs[i], got[i]); diff != "" {
						t.Errorf("%q: want transformers' (-), got (+)\n%s", text, diff)
					}
				}
			}
		})
	}
	const golden = "testdata/folders_refused.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(refused.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(refused.String(), "\n")); diff != "" && *foldersFile == flag.Lookup("folders").DefValue {
		t.Errorf("other folders are refused than testdata/folders_refused.txt says (-), or in other words (+):\n%s", diff)
	}
}
