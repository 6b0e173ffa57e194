package simulate

// Sweep is a table of all-reduces: each of Elements over each of Bandwidths on each of
// Workers. A worker has a network link to itself, or Group workers share a node and its
// link; inside it they are linked by Inside.
type Sweep struct {
	Workers    []int
	Elements   []int
	Bandwidths []float64 // of the network, bytes a second
	Delay      float64   // of the network, seconds one way
	Group      int
	Inside     Link
	Vector     Vector // its Elements do not count
	Cost       Cost
	Stripes    int  // of each ring; 0 is one
	Every      bool // simulate every rank of a ring, one by one
}

// Row is what a sweep says about one network and one number of workers.
type Row struct {
	Elements  int
	Bandwidth float64
	Workers   int
	Bound     float64 // seconds that no ring with a link a worker is faster than
	Seconds   Topologies
}

// Topologies are seconds an all-reduce takes, by how workers are linked. The last two are
// 0 where the workers do not fill two nodes or more.
type Topologies struct {
	Ring         float64 // every worker has its own network link
	RingByNode   float64 // a ring through all workers of a node, then on to the next node
	Hierarchical float64
}

// Rows simulates the table: by elements, then bandwidth, then workers.
func (s Sweep) Rows() ([]Row, error) {
	var rows []Row
	for _, elements := range s.Elements {
		for _, bandwidth := range s.Bandwidths {
			for _, workers := range s.Workers {
				row, err := s.row(elements, bandwidth, workers)
				if err != nil {
					return nil, err
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

func (s Sweep) row(elements int, bandwidth float64, workers int) (Row, error) {
	v := s.Vector
	v.Elements = elements
	network := Link{BytesPerSecond: bandwidth, Delay: s.Delay}
	flat := Ring{World: workers, Vector: v, Hops: []Link{network}, Cost: s.Cost, Stripes: s.Stripes}
	row := Row{Elements: elements, Bandwidth: bandwidth, Workers: workers, Bound: flat.BandwidthBound()}
	result, err := s.run(flat)
	if err != nil {
		return Row{}, err
	}
	row.Seconds.Ring = result.Seconds
	if s.Group < 2 || workers%s.Group != 0 || workers == s.Group {
		return row, nil
	}
	byNode := flat
	byNode.Hops = nil
	for range s.Group - 1 {
		byNode.Hops = append(byNode.Hops, s.Inside)
	}
	byNode.Hops = append(byNode.Hops, network)
	if result, err = s.run(byNode); err != nil {
		return Row{}, err
	}
	row.Seconds.RingByNode = result.Seconds
	result, err = Hierarchy{World: workers, Group: s.Group, Vector: v, Inside: s.Inside, Across: network, Cost: s.Cost, Stripes: s.Stripes}.Run()
	row.Seconds.Hierarchical = result.Seconds
	return row, err
}

func (s Sweep) run(r Ring) (Result, error) {
	if s.Every {
		return r.Run()
	}
	return r.RunFolded()
}
