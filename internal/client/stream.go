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

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Stream is an open change stream.
type Stream struct {
	body   io.ReadCloser
	lines  *bufio.Reader
	verify *stream.Verifier
}

// Follow opens the change stream after a mark, for the named kinds of entry or
// all. It ends with the context.
func (c *Client) Follow(ctx context.Context, after stream.Mark, kinds ...ledger.Kind) (*Stream, error) {
	query := url.Values{}
	if after.Cursor != "" {
		query.Set("after", after.Cursor)
	}
	if len(kinds) > 0 {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		query.Set("kinds", strings.Join(names, ","))
	}
	response, err := c.send(ctx, http.MethodGet, "/stream?"+query.Encode(), "", nil)
	if err != nil {
		return nil, err
	}
	return &Stream{body: response.Body, lines: bufio.NewReaderSize(response.Body, 64<<10), verify: stream.Resume(after)}, nil
}

// Next reads the next line, checked against the reader's own chain. waiting
// says that more has already arrived.
func (s *Stream) Next() (line stream.Line, waiting bool, err error) {
	for {
		text, err := s.lines.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the hub ended the stream: %w", io.ErrUnexpectedEOF)
			}
			return line, false, err
		}
		if len(text) == 1 {
			continue // keeps the connection alive
		}
		if line, err = stream.ParseLine(text); err != nil {
			return line, false, err
		}
		if err := s.verify.Check(line); err != nil {
			return line, false, err
		}
		return line, s.lines.Buffered() > 0, nil
	}
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }
