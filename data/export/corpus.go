package export

import (
	"io"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/durable"
)

// Parts writes a corpus's parts into a folder, a file each (TASK.train.csv, …), and
// returns the declaration that reads them back. A part without rows has no file.
func Parts(dir string, f Form, c *data.Corpus) (config.Data, error) {
	d := f.Declare(c.Classes)
	for _, part := range []struct {
		name  string
		rows  data.Part
		files *config.Files
	}{{"train", c.Train, &d.Train}, {"valid", c.Valid, &d.Valid}, {"test", c.Test, &d.Test}} {
		if part.rows.Len() == 0 {
			continue
		}
		name := c.Task + "." + part.name + f.Ending()
		if err := f.writeFile(filepath.Join(dir, name), part.rows, c.Classes); err != nil {
			return config.Data{}, err
		}
		*part.files = config.Files{name}
	}
	return d, nil
}

// Whole writes a corpus that is not divided, its training rows, into one file (TASK.csv).
func Whole(dir string, f Form, c *data.Corpus) (config.Data, error) {
	d := f.Declare(c.Classes)
	name := c.Task + f.Ending()
	d.Path = config.Files{name}
	return d, f.writeFile(filepath.Join(dir, name), c.Train, c.Classes)
}

func (f Form) writeFile(path string, rows Rows, classes []string) error {
	return durable.CreateFile(path, func(w io.Writer) error { return f.Write(w, rows, classes) })
}
