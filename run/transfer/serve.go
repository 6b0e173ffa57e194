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

// pieceBytes is what one answer carries at most; it fits NATS's usual limit of 1 MiB.
const pieceBytes = 512 << 10

// headerRoom is left in an answer for what goes around a piece.
const headerRoom = 1 << 10

// pieceOver is what one answer carries over a connection: less where its server lets less
// through.
func pieceOver(nc *nats.Conn) int {
	return int(min(pieceBytes, max(nc.MaxPayload()-headerRoom, headerRoom)))
}

// longestReason is how much of a refusal's reason travels.
const longestReason = 512

// refuse says in an answer why there is none.
func refuse(reply *nats.Msg, why error) {
	text := why.Error()
	reply.Header.Set(errorHeader, text[:min(len(text), longestReason)])
}

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
		piece, err := s.read(m.Data, pieceOver(nc))
		reply := nats.NewMsg(m.Reply)
		reply.Data = piece
		if err != nil {
			refuse(reply, err)
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

func (s *Server) read(question []byte, most int) ([]byte, error) {
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
			return readPiece(filepath.Join(f.Path, file.Name), q.Offset, most)
		}
	}
	return nil, fmt.Errorf("no file %q in folder %s", q.Name, q.Folder)
}

func readPiece(path string, offset int64, most int) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	piece := make([]byte, most)
	n, err := in.ReadAt(piece, offset)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return piece[:n], nil
}
