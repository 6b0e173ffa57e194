package infer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"ringmaster/config"
	"ringmaster/data/parquetfile"
	"ringmaster/errkind"
)

// readParquet reads the columns of a Parquet file that can hold texts or labels; of a large file the rows of groups
// from all over it, of at most limit bytes.
func readParquet(s source, limit int) (*table, error) {
	file, err := parquetfile.Open(s.at, s.name)
	if err != nil {
		return nil, err
	}
	defer file.Close() // opened for reading only
	t := &table{source: s, format: config.Parquet, share: 1}
	if about, ok := file.Lookup("huggingface"); ok {
		t.classes = classesOfHub([]byte(about))
	}
	for _, name := range file.Columns() {
		rows, err := file.Rows(name)
		if errors.Is(err, parquetfile.ErrColumn) {
			continue // a picture, a nested column: no text or label
		}
		if err != nil {
			return nil, err
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
		t.columns = append(t.columns, name)
	}
	if len(t.columns) == 0 {
		return nil, errkind.Errorf(ErrUnsuitable, "%s has no column of texts, numbers or truth values: it has %q", s.name, file.Columns())
	}
	rows, err := file.Rows(t.columns...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // opened for reading only
	all, bytes := file.NumRows(), 0
	every := max(int(file.Size())/max(limit, 1), 1)
	for n := 0; ; n++ {
		if every > 1 && n%1024 == 0 && n > 0 { // of 1024 rows in every times as many
			if err := rows.Skip(1024 * (every - 1)); err != nil {
				return nil, err
			}
		}
		cells, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		row := make([]cell, len(cells))
		for i, c := range cells {
			row[i] = parquetCell(c)
			bytes += len(row[i].text)
		}
		t.rows = append(t.rows, row)
		if bytes > 2*limit {
			break
		}
	}
	if int64(len(t.rows)) < all {
		t.share = float64(len(t.rows)) / float64(all)
		t.sampled = fmt.Sprintf("%d of its %d rows were read, from all over it", len(t.rows), all)
	}
	if len(t.rows) == 0 {
		return nil, errkind.Errorf(ErrUnsuitable, "%s has no rows", s.name)
	}
	return t, nil
}

func parquetCell(c parquetfile.Cell) cell {
	if c.List {
		list := cell{isList: true}
		for _, v := range c.Values {
			list.list = append(list.list, v.Text)
		}
		return list
	}
	if len(c.Values) == 0 {
		return cell{}
	}
	return cell{text: c.Values[0].Text, isText: c.Values[0].Kind == parquetfile.Text}
}

// classesOfHub reads the names of classes out of what the datasets library writes about a table: into its Parquet
// files, and into dataset_info.json.
func classesOfHub(about []byte) map[string][]string {
	var written struct {
		Info     *struct{ Features map[string]feature }
		Features map[string]feature
	}
	if json.Unmarshal(about, &written) != nil {
		return nil
	}
	features := written.Features
	if written.Info != nil {
		features = written.Info.Features
	}
	classes := map[string][]string{}
	for name, f := range features {
		if names := f.names(); len(names) > 0 {
			classes[name] = names
		}
	}
	return classes
}

// feature is a column as the datasets library describes it: a ClassLabel, or a list of one.
type feature struct {
	Names   []string        `json:"names"`
	Type    string          `json:"_type"`
	Feature json.RawMessage `json:"feature"`
}

func (f *feature) UnmarshalJSON(raw []byte) error {
	type plain feature
	if err := json.Unmarshal(raw, (*plain)(f)); err == nil {
		return nil
	}
	var list []plain // [{"names": …}] is a list of one, in older files
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		*f = feature(list[0])
	}
	return nil // what is written in another way has no names
}

func (f *feature) names() []string {
	var inner feature
	if len(f.Names) == 0 && len(f.Feature) > 0 && json.Unmarshal(f.Feature, &inner) == nil {
		return slices.Clone(inner.Names)
	}
	return f.Names
}
