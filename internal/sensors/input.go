package sensors

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// input lets a loop that reads a stream go on as if it were a file: it calls
// beforeRead before each read that may block, when everything that was read
// before has been processed; and it ends with the context, although an input
// such as a terminal may block for ever. What that read still gives is lost.
type input struct {
	ctx        context.Context
	from       io.Reader
	beforeRead func() error
	buffer     []byte
	got        chan outcome
}

type outcome struct {
	n   int
	err error
}

// Input is r as a source reads it best: before each read that may block
// beforeRead is called, whose error ends the input, and so does the context.
func Input(ctx context.Context, r io.Reader, beforeRead func() error) io.Reader {
	return &input{ctx: ctx, from: r, beforeRead: beforeRead, got: make(chan outcome, 1)}
}

// Read implements io.Reader. A read that is under way when the context ends is
// left behind with the buffer that it reads into.
func (a *input) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	if err := a.beforeRead(); err != nil {
		return 0, err
	}
	if len(a.buffer) < len(p) {
		a.buffer = make([]byte, len(p))
	}
	go func(b []byte) {
		n, err := a.from.Read(b)
		a.got <- outcome{n, err}
	}(a.buffer[:len(p)])
	select {
	case o := <-a.got:
		return copy(p, a.buffer[:o.n]), o.err
	case <-a.ctx.Done():
		return 0, a.ctx.Err()
	}
}

// lookEvery is how often a capture that has been read to its end is looked at.
const lookEvery = 200 * time.Millisecond

// growing is a file that is written to at its end and never rotated.
type growing struct {
	*os.File
	ctx context.Context
}

func openGrowing(ctx context.Context, path string) (*growing, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &growing{f, ctx}, nil
}

// Read waits for more at the end; it ends with io.EOF when the context does.
func (g *growing) Read(p []byte) (int, error) {
	for {
		n, err := g.File.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		select {
		case <-time.After(lookEvery):
		case <-g.ctx.Done():
			return 0, io.EOF
		}
	}
}
