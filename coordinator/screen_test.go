package coordinator

import (
	"strings"
	"sync"
)

// shownText is what a run shows.
type shownText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *shownText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shownText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
