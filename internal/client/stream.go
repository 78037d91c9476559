package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// maxLine bounds one line of the stream: an entry's body and what is around it.
const maxLine = ledger.MaxBody + 64<<10

var errSilent = errors.New("the hub has gone silent")

// Stream is an open change stream. It belongs to one goroutine.
type Stream struct {
	ctx      context.Context
	end      context.CancelCauseFunc
	body     io.ReadCloser
	lines    *bufio.Reader
	line     []byte
	verify   *stream.Verifier
	patience time.Duration
	backlog  bool // ends by itself
	hub      string
}

// Hub is the id of the hub that tells the stream; empty for one that does not say.
func (s *Stream) Hub() string { return s.hub }

// FollowMarked is Follow, or Backlog, for who hands on what it is told: of
// contributions the lines say who may be told.
func (c *Client) FollowMarked(ctx context.Context, after stream.Mark, backlog bool, kinds ...ledger.Kind) (*Stream, error) {
	return c.stream(ctx, after, backlog, kinds, "audiences")
}

// Follow opens the change stream after a mark, for the named kinds of entry or
// all. It ends with the context, or when the hub is not heard for too long.
func (c *Client) Follow(ctx context.Context, after stream.Mark, kinds ...ledger.Kind) (*Stream, error) {
	return c.stream(ctx, after, false, kinds, "")
}

// Backlog is Follow of what there is by now: Next then gives io.EOF, and it
// does so only if nothing of it is missing.
func (c *Client) Backlog(ctx context.Context, after stream.Mark, kinds ...ledger.Kind) (*Stream, error) {
	return c.stream(ctx, after, true, kinds, "")
}

func (c *Client) stream(ctx context.Context, after stream.Mark, backlog bool, kinds []ledger.Kind, option string) (*Stream, error) {
	query := url.Values{}
	if option != "" {
		query.Set(option, "true")
	}
	if after.Cursor != "" {
		query.Set("after", after.Cursor)
	}
	if backlog {
		query.Set("follow", "false")
	}
	if len(kinds) > 0 {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		query.Set("kinds", strings.Join(names, ","))
	}
	ctx, end := context.WithCancelCause(ctx)
	response, err := c.send(ctx, http.MethodGet, "/stream?"+query.Encode(), "", nil) //nolint:bodyclose // Stream.Close closes it
	if err != nil {
		end(nil)
		return nil, err
	}
	s := &Stream{
		ctx: ctx, end: end, body: response.Body, lines: bufio.NewReaderSize(response.Body, 64<<10),
		verify: stream.Resume(after), patience: c.patience, backlog: backlog, hub: response.Header.Get(stream.HubHeader),
	}
	if backlog && response.ProtoMajor == 1 && response.ContentLength < 0 && len(response.TransferEncoding) == 0 {
		return nil, errors.Join(errors.New("read the stream: something between here and the hub cuts off how its answers end (HTTP/1.0?)"), s.Close())
	}
	return s, nil
}

// Next reads the next line, checked against the reader's own chain.
func (s *Stream) Next() (stream.Line, error) {
	for {
		text, err := s.read()
		switch {
		case err == nil && len(text) == 1:
			continue // keeps the connection alive
		case errors.Is(err, io.EOF) && len(text) == 0 && s.backlog:
			return stream.Line{}, io.EOF
		case errors.Is(err, io.EOF):
			return stream.Line{}, fmt.Errorf("the hub ended the stream: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return stream.Line{}, err
		}
		line, err := stream.ParseLine(text)
		if err == nil {
			err = s.verify.Check(line)
		}
		return line, err
	}
}

// read gives the next line, valid until the next call, with its end; a line
// that was broken off comes with io.EOF.
func (s *Stream) read() (line []byte, err error) {
	watch := time.AfterFunc(s.patience, func() { s.end(errSilent) })
	defer watch.Stop()
	s.line = s.line[:0]
	for {
		part, err := s.lines.ReadSlice('\n')
		s.line = append(s.line, part...)
		switch {
		case len(s.line) > maxLine:
			return nil, fmt.Errorf("%w: it is longer than %d bytes", stream.ErrLine, maxLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && s.ctx.Err() != nil:
			return nil, context.Cause(s.ctx)
		}
		return s.line, err
	}
}

// Close ends the stream.
func (s *Stream) Close() error {
	s.end(nil)
	return s.body.Close()
}
