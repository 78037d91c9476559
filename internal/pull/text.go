package pull

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
)

// textCursor is the cursor of a text: which one was taken last.
type textCursor struct {
	ETag     string `json:"etag,omitzero"`
	Modified string `json:"last_modified,omitzero"` // as the server wrote it
	SHA256   string `json:"sha256"`                 // of the text as it came
}

// headBytes are enough to see what kind of text it is.
const headBytes = 512

// pullText fetches a text whole, unless it is still the one that was taken last.
func (s *source) pullText(ctx context.Context) error {
	secret, err := s.cfg.secret()
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	var last textCursor
	if at := s.so().cursor; len(at) > 0 {
		if err := json.Unmarshal(at, &last); err != nil {
			return fmt.Errorf("read the cursor: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.URL, nil)
	if err != nil {
		return err
	}
	if last.ETag != "" {
		r.Header.Set("If-None-Match", last.ETag)
	}
	if last.Modified != "" {
		r.Header.Set("If-Modified-Since", last.Modified)
	}
	answer, err := s.get(r, client, secret)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified {
		if last == (textCursor{}) {
			return fmt.Errorf("the server says that nothing has changed, and nothing was ever taken from it")
		}
		return nil
	}
	next := textCursor{ETag: answer.Header.Get("ETag"), Modified: answer.Header.Get("Last-Modified")}
	return s.text(ctx, answer.Body, last, next)
}

// whole reads an answer to its end before anything is made of it: one that
// breaks off would look like a text that ends there.
func (s *source) whole(body io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(body, s.cfg.maxBytes()+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(raw), err)
	case int64(len(raw)) > s.cfg.maxBytes():
		return nil, fmt.Errorf("the answer is longer than %d bytes: raise max_bytes of this source if that is right", s.cfg.maxBytes())
	case isWebPage(raw):
		return nil, errWebPage
	}
	return raw, nil
}

// text takes a text that came.
func (s *source) text(ctx context.Context, body io.Reader, last, next textCursor) error {
	raw, err := s.whole(body)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	next.SHA256 = hex.EncodeToString(sum[:])
	seen := linesOf(s.cfg.Kind, raw)
	if next.SHA256 == last.SHA256 {
		s.seen = seen
		return nil
	}
	cursor, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	fresh := s.seen.without(raw, seen)
	if fresh == nil { // lines were only taken out
		err = s.record(ctx, Pulled{Cursor: cursor})
	} else {
		err = s.take(ctx, bytes.NewReader(fresh), Pulled{Cursor: cursor})
	}
	if err == nil {
		s.seen = seen
	}
	return err
}

// isWebPage recognises HTML: a login or an error page that came with status 200.
func isWebPage(raw []byte) bool {
	head, _ := bufio.NewReaderSize(bytes.NewReader(raw), headBytes).Peek(headBytes)
	head = bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}
