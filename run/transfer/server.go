package transfer

import (
	"path/filepath"

	"github.com/nats-io/nats.go"

	"ringmaster/inputfile"
)

// Server gives out pieces of the folders it was told of.
type Server struct{ offers *offers }

// Serve answers on subject until Close.
func Serve(nc *nats.Conn, subject string) (*Server, error) {
	o, err := serve(nc, subject)
	return &Server{o}, err
}

// Offer makes a folder available: its files are parts, in their order.
func (s *Server) Offer(f Folder) {
	is := &offer{}
	for _, file := range f.Files {
		is.parts = append(is.parts, fileAt(filepath.Join(f.Path, file.Name)))
	}
	s.offers.add(f.ID, is)
}

// Withdraw makes a folder unavailable.
func (s *Server) Withdraw(f Folder) { s.offers.withdraw(f.ID) }

// Close stops answering.
func (s *Server) Close() error { return s.offers.close() }

// fileAt is a file that is open only while it is read.
type fileAt string

// ReadAt implements io.ReaderAt.
func (path fileAt) ReadAt(p []byte, offset int64) (int, error) {
	in, err := inputfile.Open(string(path))
	if err != nil {
		return 0, err
	}
	defer in.Close() // opened for reading only
	return in.ReadAt(p, offset)
}
