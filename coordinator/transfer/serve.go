package transfer

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/nats-io/nats.go"
)

// pieceBytes is what one answer carries; it fits NATS's usual limit of 1 MiB.
const pieceBytes = 512 << 10

// ask is a question for a piece of a file.
type ask struct {
	Folder string `json:"folder"`
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
}

// errorHeader carries a refusal's reason.
const errorHeader = "Ringmaster-Error"

// Server gives out pieces of the folders it was told of.
type Server struct {
	mu      sync.Mutex
	folders map[string]Folder
	sub     *nats.Subscription
}

// Serve answers on subject until Close.
func Serve(nc *nats.Conn, subject string) (*Server, error) {
	s := &Server{folders: map[string]Folder{}}
	sub, err := nc.Subscribe(subject, func(m *nats.Msg) {
		piece, err := s.read(m.Data)
		reply := nats.NewMsg(m.Reply)
		reply.Data = piece
		if err != nil {
			reply.Header.Set(errorHeader, err.Error())
		}
		// An answer that cannot be sent is asked for again.
		_ = nc.PublishMsg(reply)
	})
	if err != nil {
		return nil, fmt.Errorf("serve files: %w", err)
	}
	s.sub = sub
	return s, nil
}

// Offer makes a folder available.
func (s *Server) Offer(f Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folders[f.ID] = f
}

// Withdraw makes a folder unavailable.
func (s *Server) Withdraw(f Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.folders, f.ID)
}

// Close stops answering.
func (s *Server) Close() error { return s.sub.Unsubscribe() }

func (s *Server) read(question []byte) ([]byte, error) {
	var q ask
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	s.mu.Lock()
	f, ok := s.folders[q.Folder]
	s.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("no folder %s here", q.Folder)
	}
	for _, file := range f.Files {
		if file.Name == q.Name {
			return readPiece(filepath.Join(f.Path, file.Name), q.Offset)
		}
	}
	return nil, fmt.Errorf("no file %q in folder %s", q.Name, q.Folder)
}

func readPiece(path string, offset int64) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	piece := make([]byte, pieceBytes)
	n, err := in.ReadAt(piece, offset)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return piece[:n], nil
}
