package directory

// Restored notes that the run was brought here from an older copy of it: what workers may hold of
// later steps is no part of the run any more. The stage under way goes on from a checkpoint.
func (d *Dir) Restored(from string) error {
	record, _, err := d.ReadRecord()
	if err != nil || record.Stage == nil {
		return err
	}
	logged, err := d.StepsLogged()
	if err != nil {
		return err
	}
	return d.Record(Entry{RolledBack: &RolledBack{Stage: record.Stage.Name, To: logged[record.Stage.Name], Why: "restored from " + from}})
}
