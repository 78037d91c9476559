package tail

import (
	"context"
	"io"
)

// Until is an input, such as standard input, that ends with the context although
// reading from it may block for ever. What such a read still gives is lost.
func Until(ctx context.Context, in io.Reader) io.Reader {
	return &until{ctx: ctx, in: in, ask: make(chan []byte), answers: make(chan answer, 1)}
}

type answer struct {
	text []byte
	err  error
}

type until struct {
	ctx     context.Context
	in      io.Reader
	ask     chan []byte
	answers chan answer
	began   bool
	room    []byte
	rest    answer
}

// maxAsked is how much is read at once.
const maxAsked = 256 << 10

// Read is for one goroutine at a time.
func (u *until) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case u.ctx.Err() != nil:
		return 0, io.EOF
	case !u.began:
		u.began, u.room = true, make([]byte, maxAsked)
		go u.run()
	}
	if len(u.rest.text) == 0 && u.rest.err == nil {
		select {
		case u.ask <- u.room[:min(len(p), maxAsked)]:
		case <-u.ctx.Done():
			return 0, io.EOF
		}
		select {
		case u.rest = <-u.answers:
		case <-u.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, u.rest.text)
	if u.rest.text = u.rest.text[n:]; len(u.rest.text) > 0 {
		return n, nil
	}
	err := u.rest.err
	u.rest.text = nil
	return n, err
}

// run reads when it is asked. If the context ends within a read it ends with
// that, or never; nobody looks into its buffer any more.
func (u *until) run() {
	for {
		select {
		case room := <-u.ask:
			n, err := u.in.Read(room)
			u.answers <- answer{room[:n], err}
			if err != nil {
				return
			}
		case <-u.ctx.Done():
			return
		}
	}
}
