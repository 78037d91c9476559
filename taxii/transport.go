package taxii

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// How a client waits before it tries again: doubled each time, with jitter. A
// server that asks for more patience than longestWait gets none.
const (
	firstWait   = 500 * time.Millisecond
	lastWait    = 30 * time.Second
	longestWait = 10 * time.Minute
)

// call is a request, and what to do with the answer to it.
type call struct {
	method, target string
	body           []byte // nil for none
	// read is called with each answer of status 2xx: after one that broke off
	// it is called again. Errors of in are told from its own by in.failed.
	read func(header http.Header, in *incoming) error
}

// into reads a resource, whole.
func into(resource any) func(http.Header, *incoming) error {
	return func(_ http.Header, in *incoming) error {
		text, err := io.ReadAll(in)
		if err == nil {
			err = json.Unmarshal(text, resource)
		}
		return err
	}
}

// again says that a request may be tried once more, after at least wait.
type again struct {
	error
	wait time.Duration
}

func (a *again) Unwrap() error { return a.error }

// stopped is an error of the caller's own function, which ends everything.
type stopped struct{ error }

func (s *stopped) Unwrap() error { return s.error }

// do makes a request until it succeeds, or trying again makes no sense.
func (c *Client) do(ctx context.Context, k call) error {
	attempts := cmp.Or(max(c.Attempts, 0), 6)
	wait := firstWait
	for {
		err := c.once(ctx, k)
		retry := (*again)(nil)
		if err == nil || !errors.As(err, &retry) || ctx.Err() != nil {
			return err
		}
		if attempts--; attempts == 0 {
			return fmt.Errorf("given up: %w", retry.error)
		}
		if retry.wait > longestWait {
			return fmt.Errorf("the server asks to wait for %s: %w", retry.wait, retry.error)
		}
		if err := pause(ctx, max(retry.wait, wait/2)+rand.N(wait/2)); err != nil {
			return fmt.Errorf("%w, while waiting to try again after: %w", err, retry.error)
		}
		wait = min(2*wait, lastWait)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once makes a request once, but for a server that does not know the media
// type as the specification writes it: that is asked in other words.
func (c *Client) once(ctx context.Context, k call) error {
	for {
		form := c.accept.Load()
		err := c.ask(ctx, k, acceptForms[form])
		refused := (*Error)(nil)
		if !errors.As(err, &refused) || refused.Status != http.StatusNotAcceptable || int(form)+1 == len(acceptForms) {
			return err
		}
		c.accept.CompareAndSwap(form, form+1)
	}
}

func (c *Client) ask(ctx context.Context, k call, accept string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	request, err := c.request(ctx, k, accept)
	if err != nil {
		return err
	}
	patience := time.AfterFunc(answerTime, func() { stop(errStalled) })
	defer patience.Stop()
	response, err := c.client(k.method).Do(request)
	if err != nil {
		if errors.Is(context.Cause(ctx), errStalled) {
			err = errStalled
		}
		if k.repeatable() && !errors.Is(err, errRedirect) {
			err = &again{error: err}
		}
		return err
	}
	defer response.Body.Close()
	in := &incoming{from: response.Body, left: cmp.Or(c.MaxBytes, DefaultMaxBytes), patience: patience}
	if response.StatusCode/100 != 2 {
		return refusal(response, in, k)
	}
	if response.ContentLength != 0 { // the type of nothing does not matter
		if err := understood(response.Header.Get("Content-Type")); err != nil {
			return err
		}
	}
	err = k.read(response.Header, in)
	caller := (*stopped)(nil)
	switch {
	case err == nil || errors.As(err, &caller):
		return err
	case in.tooLong:
		return fmt.Errorf("%w of %d bytes: ask for smaller pages", errTooLong, cmp.Or(c.MaxBytes, DefaultMaxBytes))
	case in.failed != nil || errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the server's answer broke off: %w", cmp.Or(context.Cause(ctx), in.failed, err))
		if k.repeatable() {
			err = &again{error: err}
		}
		return err
	}
	return fmt.Errorf("the server's answer is not valid: %w", err)
}

func (c *Client) request(ctx context.Context, k call, accept string) (*http.Request, error) {
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	request, err := http.NewRequestWithContext(ctx, k.method, k.target, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", cmp.Or(c.UserAgent, "tocsin-taxii"))
	if k.body != nil {
		request.Header.Set("Content-Type", MediaType)
	}
	return request, c.authorize(request)
}

// repeatable says whether a request that failed in the dark may be made again.
func (k call) repeatable() bool { return k.method == http.MethodGet }

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); zero for what
// is neither.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
