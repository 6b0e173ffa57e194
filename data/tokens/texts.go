package tokens

import "strings"

// Texts are texts that can be gone through more than once, each time in the same order. Where there are many they need
// not be in memory.
type Texts interface {
	Len() int
	Each(do func(i int, text string) error) error
}

// TextList is texts in memory.
type TextList []string

// Len is how many there are.
func (l TextList) Len() int { return len(l) }

// Each goes through them.
func (l TextList) Each(do func(i int, text string) error) error {
	for i, text := range l {
		if err := do(i, text); err != nil {
			return err
		}
	}
	return nil
}

// singles are texts with those of a pair one after the other.
type singles struct {
	texts Texts
	count int
}

// SinglesOf are texts with those of a pair ([PairSign]) one after the other.
func SinglesOf(texts Texts) (Texts, error) {
	s := &singles{texts: texts}
	err := s.Each(func(int, string) error {
		s.count++
		return nil
	})
	return s, err
}

func (s *singles) Len() int { return s.count }

func (s *singles) Each(do func(i int, text string) error) error {
	i := 0
	return s.texts.Each(func(_ int, text string) error {
		first, second, pair := strings.Cut(text, PairSign)
		if err := do(i, first); err != nil {
			return err
		}
		i++
		if !pair {
			return nil
		}
		i++
		return do(i-1, second)
	})
}
