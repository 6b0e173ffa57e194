package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CheckConfig is CheckSameRun for a run that goes on, also where config.yaml is missing or is
// not what was written: the record has the hash of what the run was last started with. A
// file that is damaged is set aside; Mended tells.
func (d *Dir) CheckConfig(resolved []byte) error {
	raw, err := os.ReadFile(d.Config())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run directory: %w", err)
	}
	wrote := d.record.state.Config
	if err == nil && (wrote == "" || hashOf(raw) == wrote) {
		err := d.CheckSameRun(resolved)
		if !errors.Is(err, ErrDamaged) {
			return err
		}
	}
	what := "missing"
	if err == nil {
		if d.CheckSameRun(resolved) == nil {
			return nil // it is another file than was written, and says the same
		}
		what = "damaged"
	}
	if wrote != "" && hashOf(resolved) != wrote {
		return fmt.Errorf("%s is %s: %w, according to record.log: resume with exactly the run file and arguments of the last start",
			d.Config(), what, ErrOtherRun)
	}
	aside, err := SetAside(d.Config(), damagedAside)
	if err != nil {
		return err
	}
	stands := ""
	if aside != "" {
		stands = "; the old file is kept as " + base(aside)
	}
	if wrote == "" {
		d.note("config.yaml is %s, and the given run file cannot be compared with it; the given run file is used%s", what, stands)
	} else {
		d.note("config.yaml is %s; it is written again from the given run file, whose hash matches%s", what, stands)
	}
	return nil
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
