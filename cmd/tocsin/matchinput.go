package main

import (
	"bufio"
	"context"
	"io"
)

// liveInput lets a loop that reads a stream and writes what it finds go on as
// if both were files. Before it waits for input it flushes the output, so
// that whoever follows along sees every finding at once; and it stops waiting
// when the context ends, which a read from a pipe or a terminal would not.
type liveInput struct {
	ctx    context.Context
	in     io.Reader
	out    *bufio.Writer
	buffer []byte
	done   chan readResult
}

type readResult struct {
	n   int
	err error
}

func newLiveInput(ctx context.Context, in io.Reader, out *bufio.Writer) *liveInput {
	return &liveInput{ctx: ctx, in: in, out: out, done: make(chan readResult, 1)}
}

// Read fails with the context's error once the context has ended; a read that
// is under way is then left behind with the buffer that it reads into.
func (l *liveInput) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	if l.out.Flush() != nil {
		return 0, io.EOF // the writer keeps the error and reports it at the end
	}
	if len(l.buffer) < len(p) {
		l.buffer = make([]byte, len(p))
	}
	go func(b []byte) {
		n, err := l.in.Read(b)
		l.done <- readResult{n, err}
	}(l.buffer[:len(p)])
	select {
	case r := <-l.done:
		return copy(p, l.buffer[:r.n]), r.err
	case <-l.ctx.Done():
		return 0, l.ctx.Err()
	}
}
