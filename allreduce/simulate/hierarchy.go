package simulate

import "fmt"

// Hierarchy is an all-reduce of World ranks that stand Group to a node. It has three
// parts, one after the other:
//
//  1. reduce-scatter in each node: a ring of Group ranks leaves each with the node's sum
//     of its own Group-th of the vector;
//  2. all-reduce across the nodes: the ranks that hold the same part in their nodes are
//     a ring of World/Group. All Group rings run at once and share the node's link;
//  3. all-gather in each node, the first part's ring once more.
type Hierarchy struct {
	World, Group int
	Vector
	Inside Link // between two ranks of a node
	Across Link // of a whole node
	Cost   Cost
	// Stripes is how many stripes each ring has; 0 is one.
	Stripes int
}

// Run simulates the three parts. In the second each ring has 1/Group of the node's
// bandwidth: all have as much to send at the same time.
func (h Hierarchy) Run() (Result, error) {
	if h.Group < 1 || h.World < 1 || h.World%h.Group != 0 {
		return Result{}, fmt.Errorf("%w: %d ranks do not fill nodes of %d", ErrParameters, h.World, h.Group)
	}
	inside := Ring{World: h.Group, Vector: h.Vector, Hops: []Link{h.Inside}, Cost: h.Cost, Stripes: h.Stripes}
	// Reduce-scatter and all-gather send as many chunks of the same size, and to add a
	// chunk costs what it costs to copy it: one simulation stands for both.
	half, err := inside.folded(h.Group - 1)
	if err != nil {
		return Result{}, err
	}
	across := Ring{World: h.World / h.Group, Vector: h.Vector, Hops: []Link{h.Across}, Cost: h.Cost, Stripes: h.Stripes}
	across.Elements = (h.Elements + h.Group - 1) / h.Group
	across.Hops[0].BytesPerSecond /= float64(h.Group)
	ring, err := across.RunFolded()
	if err != nil {
		return Result{}, err
	}
	return Result{
		Seconds:  2*half.Seconds + ring.Seconds,
		Messages: 2*half.Messages + ring.Messages,
		Sent:     2*half.Sent + ring.Sent,
	}, nil
}
