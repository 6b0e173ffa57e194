package reproduce

import "time"

// seldom does something again and again, but for at most about a tenth of the time: the statistics of many seeds and
// test rows take seconds, and a cell may take no longer.
type seldom struct {
	do    func() error
	ended time.Time
	took  time.Duration
	owed  bool
}

// due does it if it has not been done for nine times as long as it takes.
func (s *seldom) due() error {
	s.owed = true
	if time.Since(s.ended) < 9*s.took {
		return nil
	}
	return s.settle()
}

// settle does what is owed.
func (s *seldom) settle() error {
	if !s.owed {
		return nil
	}
	began := time.Now()
	err := s.do()
	s.ended = time.Now()
	s.took, s.owed = s.ended.Sub(began), false
	return err
}
