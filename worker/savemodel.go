package worker

import (
	"fmt"
	"path/filepath"

	"ringmaster/model/weights"
	"ringmaster/run/export"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// save writes the stage's model as a Hugging Face folder and serves it. A full disk is
// reported and does not end the worker, which may hold the only copy of the state.
func (e *executor) save(order *protocol.Save) error {
	if err := e.stage.check("a save", order.Stage); err != nil {
		return err
	}
	dir := filepath.Join(e.scratch, "saved")
	err := e.stage.write(dir)
	var folder transfer.Folder
	if err == nil {
		folder, err = transfer.Describe(dir)
	}
	if err != nil {
		e.log.Warn("the model cannot be saved", "stage", e.stage.Name, "error", err)
		reason := fmt.Sprintf("%v (the worker writes to its temporary folder: make room there, or start it with another TMPDIR)", err)
		e.session.report(protocol.Report{Saved: &protocol.Saved{Stage: order.Stage, Error: reason}})
		return nil
	}
	e.files.Offer(folder)
	e.session.report(protocol.Report{Saved: &protocol.Saved{Stage: order.Stage, Folder: folder}})
	return nil
}

// write writes the stage's model with its heads, its tokenizer and the cleaning of its texts.
func (s *stage) write(dir string) (err error) {
	spec := weights.WriteSpec{Config: s.model.Config(), Tokenizer: s.dir, Overwrite: true}
	if spec.Tensors, err = s.model.Tensors(); err != nil {
		return err
	}
	if s.MaskedLM {
		if spec.MaskedHead, err = s.model.MaskedHead(); err != nil {
			return err
		}
		return export.Write(dir, spec, s.Recipe)
	}
	if spec.Heads, err = s.model.Heads(); err != nil {
		return err
	}
	for i := range spec.Heads {
		spec.Heads[i].Classes = s.Tasks[i].Classes
		spec.Heads[i].Target = i == s.Target
	}
	return export.Write(dir, spec, s.Recipe)
}
