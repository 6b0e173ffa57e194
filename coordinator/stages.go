package coordinator

import (
	"path/filepath"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// stage is a phase of a run: training a model, or asking one for logits.
type stage interface {
	// name stands in logs and on the screen: teacher/empathy, logits/empathy, student, evaluate.
	name() string
	// kind says what the stage's units are.
	kind() core.Kind
	// taskNames are the tasks whose losses the stage reports, the target first.
	taskNames() []string
	// prepare readies the stage and returns what workers are to load and how many units
	// there are; none when nothing is left to do.
	prepare() (begin protocol.Begin, units int, err error)
	// finish makes what the stage left usable for later ones.
	finish() error
	// recall does that for a stage that another process has finished.
	recall() error
}

// pipeline is the stages of a job's method, and what they leave for each other and for the
// run's result.
type pipeline struct {
	*setup
	// offer makes a folder available to workers.
	offer  func(dir string) (transfer.Folder, error)
	stages []stage
	// lengths are those that the last training had before.
	lengths  *lengths
	planFile *planFile

	teachers     map[*job.Task][]*teacher
	scores       metrics.Report
	perplexities metrics.Perplexities
}

func newPipeline(s *setup, offer func(string) (transfer.Folder, error)) *pipeline {
	return &pipeline{setup: s, offer: offer, lengths: &lengths{setup: s}, planFile: &planFile{setup: s}, teachers: map[*job.Task][]*teacher{}}
}

// build lists the stages.
func (p *pipeline) build() error {
	if p.job.Masked != nil {
		p.stages = []stage{p.perplexityBefore(), p.pretrain(), p.perplexityAfter()}
		return nil
	}
	if p.job.Run.Method.NeedsTeachers() {
		for _, task := range p.job.Tasks {
			for n, source := range task.Teachers {
				t := &teacher{task: task, number: n, source: source}
				p.teachers[task] = append(p.teachers[task], t)
				if source.Given != nil {
					t.dir = source.Given.Dir
				} else if source.Answers == nil {
					train, err := p.trainTeacher(t)
					if err != nil {
						return err
					}
					p.stages = append(p.stages, train)
				}
				p.stages = append(p.stages, p.teacherLogits(t))
			}
		}
	}
	student := p.trainStudent()
	p.stages = append(p.stages, student)
	if student.choosesBest() {
		p.stages = append(p.stages, p.chooseStudent(student))
	} else if why := student.nothingToChoose(); why != "" {
		p.notify("the student of the last step will be delivered although train.keep is best: %s", why)
	}
	p.stages = append(p.stages, p.evaluate())
	return nil
}

// trainTeacher is the stage that trains a task's teacher. Teachers are kept beside the
// runs, by all that they depend on, so that another run with the same data, weights
// and settings takes the one that is there.
func (p *pipeline) trainTeacher(t *teacher) (*trainStage, error) {
	training := plan.TrainTeacher(plan.AsBegun(p.job.Run, p.lengths.before), t.task.Task, t.number)
	set := training.Settings
	key, err := p.job.TeacherKey(t.task, set)
	if err != nil {
		return nil, err
	}
	t.dir = filepath.Join(p.opts.TeacherDir, t.task.Name+"-"+key)
	return &trainStage{
		title: training.Stage, job: p.job, tasks: []*job.Task{t.task}, settings: set, offer: p.offer, place: t.dir,
		ready: func() (bool, error) { return t.ready(p.setup), nil },
	}, nil
}

func (p *pipeline) trainStudent() *trainStage {
	training := plan.TrainStudent(p.job.Run).After(p.lengths.before)
	s := &trainStage{
		title: training.Stage, job: p.job, tasks: p.job.Tasks, target: p.job.Target, offer: p.offer,
		settings: training.Settings, place: p.dir.Model(),
	}
	s.early = p.earlyStopOf(s)
	if p.job.Run.Method.NeedsTeachers() {
		s.teacher = func(t *job.Task, row job.Row) ([]float32, error) {
			return combined(p.teachers[t], row, p.job.Run.Distill)
		}
	}
	return s
}

// pretrain is the stage that trains the base as a masked language model.
func (p *pipeline) pretrain() *trainStage {
	training := plan.Pretrain(p.job.Run).After(p.lengths.before)
	vocabulary := p.job.Masked.Vocabulary
	return &trainStage{
		title: training.Stage, job: p.job, tasks: p.job.Tasks, target: p.job.Target, offer: p.offer,
		settings: training.Settings, masked: &vocabulary, place: p.dir.Model(),
	}
}

// headsOf are the tasks' heads, in order.
func headsOf(tasks []*job.Task) []protocol.Task {
	heads := make([]protocol.Task, len(tasks))
	for i, t := range tasks {
		heads[i] = protocol.Task{Name: t.Name, Classes: t.HeadOutputs(), Kind: t.Kind, Head: i}
	}
	return heads
}

// headsFrom are the tasks' heads for training, with those that go on from the base that training
// begins with.
func headsFrom(tasks []*job.Task) []protocol.Task {
	heads := headsOf(tasks)
	for i, t := range tasks {
		heads[i].Settings = t.Settings
		if t.Kept != nil {
			heads[i].Kept, heads[i].Head, heads[i].Order = true, t.Kept.Head, t.Kept.Order
		}
	}
	return heads
}
