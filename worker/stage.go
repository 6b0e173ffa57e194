package worker

import (
	"context"
	"fmt"
	"path/filepath"

	"ringmaster/model"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// stage is the stage under way on this worker: its settings, its model on each device, and
// which steps are in it. A nil stage is that of a worker before its first.
type stage struct {
	protocol.Begin
	dir       string // the folder that the model was loaded from
	replicas  replicas
	model     *model.Model   // the first of replicas
	devices   *deviceReducer // sums gradients over the replicas
	gradients *ringReducer   // sums gradients over the ranks

	applied    *appliedSteps // nil without training
	fetch      *stateFetch   // nil but while another worker's state is fetched
	checkpoint *restored     // whose residual is still to be restored; mostly nil
	slowNoted  bool          // see noteSlowSteps
	tried      int           // texts of the largest batch that was tried; see tryLargest
}

// begin loads a stage's model, and its state from a checkpoint where the order names one.
// Whatever was under way before is dropped.
func (e *executor) begin(ctx context.Context, b protocol.Begin) error {
	if err := checkDtype(b); err != nil {
		return err
	}
	e.link.monitor.loads(b.Name)
	e.stage.cancelFetch()
	e.states.withdraw()
	err := e.stage.close()
	e.stage = nil
	if err != nil {
		return err
	}
	over := logIfSlow(e.log, "the model's folder from the coordinator", "stage", b.Name)
	dir, err := transfer.Obtain(ctx, e.link.nc, protocol.FilesSubject(e.link.run, e.link.identity.ID()), b.Folder, e.options.CacheDir)
	over()
	if err != nil {
		return fmt.Errorf("model of %s: %w", b.Name, err)
	}
	loaded, err := loadModel(ctx, dir, b, e.options)
	if err != nil {
		return fmt.Errorf("model of %s: %w", b.Name, err)
	}
	e.stage = newStage(b, dir, loaded)
	if err := e.stage.checkLongest(); err != nil {
		return err
	}
	if e.devices, err = e.devices.adaptTo(loaded, e.log); err != nil {
		return fmt.Errorf("devices of %s: %w", b.Name, err)
	}
	e.stage.devices = e.devices
	if b.Restore != nil {
		// Not into the cache: a checkpoint is large and read once.
		err := e.stage.restore(ctx, e.link, *b.Restore, filepath.Join(e.scratch, "restored"))
		if err == nil {
			err = e.stage.restoreResidual(e.member.ring)
		}
		if err != nil {
			return fmt.Errorf("checkpoint of %s at step %d: %w", b.Name, b.Restore.Step, err)
		}
	}
	e.log.Info("stage begins", "name", b.Name, "parameters", e.stage.model.Size(), "device", loaded.describe())
	e.link.monitor.begins(b.Train)
	e.session.report(protocol.Report{StageReady: &protocol.StageReady{Generation: b.Generation, Stage: b.Stage}})
	return nil
}

func newStage(b protocol.Begin, dir string, r replicas) *stage {
	s := &stage{Begin: b, dir: dir, replicas: r, model: r[0], gradients: newRingReducer(r[0], b.GradientDtype)}
	if b.Train {
		s.applied = &appliedSteps{state: protocol.Held{Stage: b.Stage, AppliedGeneration: b.Generation}}
	}
	return s
}

func (s *stage) close() error {
	if s == nil {
		return nil
	}
	return s.replicas.close()
}

// check makes sure that an order about this stage's model comes in this stage.
func (s *stage) check(what string, number int) error {
	if s == nil {
		return fmt.Errorf("%w: %s of stage %d before any stage has begun", ErrOrder, what, number)
	}
	if number != s.Stage {
		return fmt.Errorf("%w: %s of stage %d in stage %d", ErrOrder, what, number, s.Stage)
	}
	return nil
}

// checkTrains is check for an order about the state of a training stage.
func (s *stage) checkTrains(what string, number int) error {
	if err := s.check(what, number); err != nil {
		return err
	}
	if s.applied == nil {
		return fmt.Errorf("%w: %s of stage %d, which does not train", ErrOrder, what, number)
	}
	return nil
}

// checkState is checkTrains for an order about the state after so many steps.
func (s *stage) checkState(what string, number, step int) error {
	if err := s.checkTrains(what, number); err != nil {
		return err
	}
	if s.fetch != nil {
		return fmt.Errorf("%w: %s needs the state after %d steps, which is still being fetched", ErrOrder, what, step)
	}
	if held := s.applied.state.Applied; step != held {
		return fmt.Errorf("%w: %s needs the state after %d steps; this worker's has %d", ErrOrder, what, step, held)
	}
	return nil
}

// setState sets every replica's parameters and the optimizer's moments.
func (s *stage) setState(state model.State) error {
	return s.replicas.each(func(_ int, m *model.Model) error { return m.SetState(state) })
}

// dropGradients discards gradients and residual.
func (s *stage) dropGradients() error {
	if s == nil {
		return nil
	}
	s.gradients.forgetResidual()
	return s.replicas.zeroGradient()
}

// lossTarget is what the stage's losses are measured against at λ.
func (s *stage) lossTarget(lambda float64) model.LossTarget {
	soft := model.Softening{Temperature: s.Temperature, Standardize: s.Standardize}
	switch s.Targets {
	case plan.Teachers:
		return model.LossTarget{Lambda: lambda, UseGold: lambda > 0, UseTeacher: true, Soft: soft}
	case plan.Annealed:
		return model.LossTarget{Lambda: lambda, UseGold: true, UseTeacher: true, Soft: soft}
	default:
		return model.LossTarget{Lambda: 1, UseGold: true}
	}
}
