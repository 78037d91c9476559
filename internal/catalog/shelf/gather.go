package shelf

import (
	"io"
	"os"
)

// gather writes small pieces together. After an error it does nothing more.
type gather struct {
	w       io.Writer
	buffer  []byte
	written int64
	err     error
}

func (g *gather) write(b []byte) {
	for len(b) > 0 && g.err == nil {
		n := copy(g.buffer[len(g.buffer):cap(g.buffer)], b)
		g.buffer = g.buffer[:len(g.buffer)+n]
		b = b[n:]
		g.full()
	}
}

// copy reads a range through the buffer.
func (g *gather) copy(f *os.File, p piece) {
	for p.length > 0 && g.err == nil {
		room := g.buffer[len(g.buffer):cap(g.buffer)]
		n, err := f.ReadAt(room[:min(int64(len(room)), p.length)], p.offset)
		g.buffer = g.buffer[:len(g.buffer)+n]
		p.offset += int64(n)
		p.length -= int64(n)
		if err != nil && p.length > 0 {
			g.err = err
		}
		g.full()
	}
}

// send gives a range to the writer as a file.
func (g *gather) send(from io.ReaderFrom, f *os.File, p piece) {
	if g.flush(); g.err != nil {
		return
	}
	if _, g.err = f.Seek(p.offset, io.SeekStart); g.err != nil {
		return
	}
	soon(f, p)
	n, err := from.ReadFrom(&io.LimitedReader{R: f, N: p.length})
	g.written += n
	if g.err = err; err == nil && n < p.length {
		g.err = io.ErrUnexpectedEOF
	}
}

func (g *gather) full() {
	if len(g.buffer) == cap(g.buffer) {
		g.flush()
	}
}

func (g *gather) flush() {
	if g.err != nil || len(g.buffer) == 0 {
		return
	}
	n, err := g.w.Write(g.buffer)
	g.written += int64(n)
	g.buffer, g.err = g.buffer[:0], err
}
