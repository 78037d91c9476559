package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/stix"
)

// unpack takes gzip off, if there is any, and a byte order mark. The limit
// counts unpacked bytes, and the packed ones as well: so a stream of empty
// gzip members ends, too.
func unpack(r io.Reader, limit int64) (*bufio.Reader, error) {
	text := bufio.NewReaderSize(&capped{r: source{r}, left: limit, limit: limit}, 64<<10)
	magic, err := text.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, damaged(err)
		}
		text = bufio.NewReaderSize(&capped{r: &unzipped{z}, left: limit, limit: limit}, 64<<10)
	}
	if mark, _ := text.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		if _, err := text.Discard(3); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// reserving asks for memory before it hands on a further megabyte.
type reserving struct {
	r       io.Reader
	ctx     context.Context
	reserve func(ctx context.Context, bytes int64) error
	free    int64 // bytes that may be handed on
}

const reserveStep = 1 << 20

func (r *reserving) Read(p []byte) (int, error) {
	if r.free <= 0 {
		if err := r.reserve(r.ctx, reserveStep); err != nil {
			return 0, err
		}
		r.free += reserveStep
	}
	n, err := r.r.Read(p)
	r.free -= int64(n)
	return n, err
}

// Unread says that a text ended before its end: its sender went away, or framed
// it badly.
type Unread struct{ Cause error }

func (e *Unread) Error() string {
	return "the text could not be read to its end, send it again: " + e.Cause.Error()
}

// Unwrap is the reader's error.
func (e *Unread) Unwrap() error { return e.Cause }

// source marks the errors of the reader that a submission comes from.
type source struct{ r io.Reader }

func (s source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Unread{err}
	}
	return n, err
}

// capped fails when more than its limit has been read.
type capped struct {
	r           io.Reader
	left, limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(int64(len(p)), c.left+1)])
	if c.left -= int64(n); c.left < 0 {
		return 0, &stix.Error{Offset: c.limit, Rule: stix.RuleSize, Message: fmt.Sprintf("the text is larger than %d bytes; split it, or raise the limit of bytes", c.limit)}
	}
	return n, err
}

// unzipped gives gzip's errors words.
type unzipped struct{ z *gzip.Reader }

func (u *unzipped) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func damaged(err error) error {
	var unread *Unread
	var about *stix.Error
	switch {
	case errors.As(err, &unread), errors.As(err, &about):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &stix.Error{Rule: stix.RuleTruncated, Message: "the gzip stream ends too early; it was cut off on the way, send it again"}
	}
	return &stix.Error{Rule: stix.RuleMalformed, Message: "the gzip stream is damaged (" + err.Error() + "); send it again"}
}
