package coordinator

import (
	"slices"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// dealer sends workers their parts of steps and batches. A step waits where the state before
// it is one that the student may be chosen from and another checkpoint is under way.
type dealer struct {
	gateway     *gateway
	stage       *activeStage
	ring        *ring
	logs        *logSync
	checkpoints *checkpointer
	handover    *modelHandover

	held     []core.DealStep
	heldSave *core.Save // the order for the stage's model, which waits likewise
}

// step sends every rank of the ring its part of a step, or holds it.
func (d *dealer) step(deal core.DealStep) error {
	if len(d.held) > 0 || d.mustWait(deal) {
		d.held = append(d.held, deal)
		return nil
	}
	return d.send(deal)
}

// send sends a step, and before it the order of a checkpoint that is due between two steps.
func (d *dealer) send(deal core.DealStep) error {
	if err := d.checkpoints.before(deal, d.ring); err != nil {
		return err
	}
	orders, err := d.stage.training().deal(deal.Step, len(d.ring.members), deal.ActiveRanks)
	if err != nil {
		return err
	}
	d.stage.dealt[deal.Step] = dealt{deal.Generation, deal.ActiveRanks}
	for rank := range orders {
		o := orders[rank]
		o.Stage, o.Generation, o.Committed = deal.Stage, deal.Generation, d.logs.durable()
		o.Hash = o.Hash || deal.Hash
		if err := d.gateway.order(d.ring.members[rank], protocol.Order{Step: &o}); err != nil {
			return err
		}
	}
	return nil
}

// batch sends a worker a batch of examples to compute logits for.
func (d *dealer) batch(deal core.DealBatch) error {
	b, err := d.stage.stage.(*inferStage).deal(deal.Batch)
	if err != nil {
		return err
	}
	b.Stage, b.Generation = deal.Stage, deal.Generation
	return d.gateway.order(deal.Worker, protocol.Order{InferenceBatch: &b})
}

// mustWait says whether a step is dealt only after the checkpoint under way: there is one
// checkpoint at a time, and none that the student may be chosen from is left out.
func (d *dealer) mustWait(deal core.DealStep) bool {
	c := d.checkpoints
	return c.pending.underWay() && d.stage.training().choosesBest() && c.due(deal.Step) && c.pending.step != deal.Step
}

// resume deals the steps that waited for a checkpoint, up to the next that has to wait.
func (d *dealer) resume() error {
	for len(d.held) > 0 && !d.mustWait(d.held[0]) {
		deal := d.held[0]
		d.held = slices.Delete(d.held, 0, 1)
		if err := d.send(deal); err != nil {
			return err
		}
	}
	if s := d.heldSave; s != nil && !d.checkpoints.pending.underWay() {
		d.heldSave = nil
		return d.save(*s)
	}
	return nil
}

// flush deals them without waiting, since their ring is about to change.
func (d *dealer) flush() error {
	held := d.held
	d.held = nil
	for _, deal := range held {
		if err := d.send(deal); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets what is held: it is void.
func (d *dealer) drop() { d.held, d.heldSave = nil, nil }

// forget takes a worker that is gone out of the order for the model that waits. Another is asked where it
// was to hand the model over.
func (d *dealer) forget(gone core.WorkerID) {
	s := d.heldSave
	switch {
	case s == nil:
	case s.Worker == gone:
		d.heldSave = nil
	default:
		s.Holders = slices.DeleteFunc(slices.Clone(s.Holders), func(w core.WorkerID) bool { return w == gone })
	}
}

// save has the stage's model handed over, once no checkpoint to choose from is under way.
func (d *dealer) save(order core.Save) error {
	if order.Finished && d.stage.training().choosesBest() && d.checkpoints.pending.underWay() {
		d.heldSave = &order
		return nil
	}
	d.heldSave = nil
	return d.handover.start(order, d.ring.generation)
}
