package shelf

import (
	"errors"
	"io"
	"os"
	"sync"
)

// Body is versions' bytes, separated by commas, to be written as they lie: a
// run of them is one range of the file, which the kernel can send without it
// passing through the process. It has to be closed. What is erased while it is
// being written is written as spaces.
type Body struct {
	handles *handles
	pieces  []piece
	length  int64
	file    *os.File
}

// piece is a range of the file, or bytes of its own.
type piece struct {
	offset, length int64
	own            []byte
}

// Body begins an empty one.
func (s *Shelf) Body() *Body { return &Body{handles: &s.handles} }

// Add adds a version.
func (b *Body) Add(v View, number Number) error {
	r, err := v.stored(number)
	if err != nil {
		return err
	}
	n := len(b.pieces)
	if n > 0 && b.pieces[n-1].own == nil && b.pieces[n-1].offset+b.pieces[n-1].length+1 == r.offset {
		b.pieces[n-1].length += 1 + int64(r.length)
		b.length += 1 + int64(r.length)
		return nil
	}
	b.add(piece{offset: r.offset, length: int64(r.length)})
	return nil
}

// AddBytes adds bytes that lie nowhere.
func (b *Body) AddBytes(own []byte) { b.add(piece{own: own, length: int64(len(own))}) }

func (b *Body) add(p piece) {
	if len(b.pieces) > 0 {
		b.length++
	}
	b.pieces = append(b.pieces, p)
	b.length += p.length
}

// Len is how many bytes WriteTo writes.
func (b *Body) Len() int64 { return b.length }

// direct is from how many bytes on a range is left to the kernel.
const direct = 32 << 10

var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// WriteTo writes the bytes. Large ranges are given to w's ReadFrom, if it has
// one, as a file with a limit, for which a TCP connection uses sendfile.
func (b *Body) WriteTo(w io.Writer) (written int64, err error) {
	if b.file == nil {
		if b.file, err = b.handles.take(); err != nil {
			return 0, err
		}
	}
	buffer := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(buffer)
	out := gather{w: w, buffer: buffer[:0]}
	for i, p := range b.pieces {
		if i > 0 {
			out.write([]byte{','})
		}
		if p.own != nil {
			out.write(p.own)
			continue
		}
		if from, ok := w.(io.ReaderFrom); ok && p.length >= direct {
			out.send(from, b.file, p)
			continue
		}
		out.copy(b.file, p)
	}
	out.flush()
	return out.written, out.err
}

// Close lets go of the file.
func (b *Body) Close() error {
	file := b.file
	b.file, b.pieces, b.length = nil, nil, 0
	if file == nil {
		return nil
	}
	return b.handles.put(file)
}

// handles are open files of the bytes for bodies, each of which needs a file
// position of its own.
type handles struct {
	path   string
	mu     sync.Mutex
	idle   []*os.File
	closed bool
}

const maxIdle = 16

func (h *handles) take() (*os.File, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.idle); n > 0 {
		f := h.idle[n-1]
		h.idle = h.idle[:n-1]
		return f, nil
	}
	return os.Open(h.path)
}

func (h *handles) put(f *os.File) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.idle) == maxIdle {
		return f.Close()
	}
	h.idle = append(h.idle, f)
	return nil
}

func (h *handles) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	errs := make([]error, 0, len(h.idle))
	for _, f := range h.idle {
		errs = append(errs, f.Close())
	}
	h.idle = nil
	return errors.Join(errs...)
}
