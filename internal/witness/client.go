package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Client asks a witness for cosignatures; its methods may be called at the same
// time.
type Client struct {
	URL  string       // the submission prefix, http or https
	Key  string       // the witness's verifier key
	HTTP *http.Client // with whatever limits where it may connect to, and how long
}

// SizeError says that the proof does not begin at the size that the witness has
// cosigned last: it takes one from Size, to a tree that is not smaller.
type SizeError struct{ Size int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the witness stands at size %d: prove consistency from there", e.Size)
}

// RefusedError is a refusal that asking again does not mend.
type RefusedError struct {
	Status int    // of HTTP
	Reason string // the witness's words, cut to one line
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the witness refuses: status %d: %s", e.Status, e.Reason)
}

// Cosign has the witness cosign a signed checkpoint, with the proof that it is
// consistent with the tree of the old size (0: none, and no proof). It returns
// the signature line of Key, verified, with its line feed. Errors to be told
// apart are SizeError and RefusedError.
func (c *Client) Cosign(ctx context.Context, old int64, proof tlog.TreeProof, checkpoint []byte) (line []byte, err error) {
	line, err = c.cosign(ctx, request{old, proof, checkpoint})
	if err != nil {
		return nil, fmt.Errorf("ask witness %s: %w", c.URL, err)
	}
	return line, nil
}

func (c *Client) cosign(ctx context.Context, r request) ([]byte, error) {
	verifier, err := translog.NewWitnessVerifier(c.Key)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(c.URL)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, errors.New("use a URL such as https://witness.example")
	}
	if c.HTTP == nil {
		return nil, errors.New("there is no HTTP client to ask with")
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, at.JoinPath("add-checkpoint").String(), bytes.NewReader(r.bytes()))
	if err != nil {
		return nil, err
	}
	ask.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := c.HTTP.Do(ask)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxMessage+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxMessage:
		return nil, fmt.Errorf("the answer has more than %d bytes", maxMessage)
	case answer.StatusCode == http.StatusOK:
		return cosignature(r.checkpoint, body, verifier)
	case answer.StatusCode == http.StatusConflict && isSize(answer.Header):
		size, err := parseSize(strings.TrimSuffix(string(body), "\n"))
		if err != nil {
			return nil, fmt.Errorf("read the witness's size: %w", err)
		}
		if size != r.old {
			return nil, &SizeError{size}
		}
		return nil, &RefusedError{answer.StatusCode, "it has cosigned another tree of this size"}
	}
	reason, _, _ := strings.Cut(string(body), "\n")
	return nil, &RefusedError{answer.StatusCode, fmt.Sprintf("%.200q", reason)}
}

// isSize says whether an answer 409 tells a size.
func isSize(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == sizeType
}

// cosignature is the line of the verifier's key among those of an answer; lines
// of other keys are ignored (C2SP tlog-witness).
func cosignature(checkpoint, lines []byte, v note.Verifier) ([]byte, error) {
	n, err := note.Open(append(bytes.Clone(checkpoint), lines...), note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("the answer is no cosignature: %w", err)
	}
	return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
