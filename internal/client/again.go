package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// A call that changes something carries a key of its own, under which the hub
// carries it out once (draft-ietf-httpapi-idempotency-key-header): so it can be
// repeated where the connection ended before the answer.
const keyHeader = "Idempotency-Key"

// newKey is a key as the header holds it: a string of RFC 8941.
func newKey() string { return `"` + uuid.NewString() + `"` }

// pauses are those between the repetitions of a call whose answer was lost: a hub
// that is being restarted is back by then.
var pauses = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 5 * time.Second}

// again makes a call with a key until it is answered. Where no connection was made
// at first nothing was sent, and nothing is to be found out.
func (c *Client) again(ctx context.Context, make func() (*http.Request, error)) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		request, err := make()
		if err != nil {
			return nil, err
		}
		response, err := c.do(request)
		if err == nil || attempt == len(pauses) || ctx.Err() != nil {
			return response, err
		}
		pause := pauses[attempt]
		var problem *Problem
		switch {
		case errors.As(err, &problem) && problem.underWay():
			pause = max(pause, problem.wait)
		case errors.As(err, &problem), attempt == 0 && unsent(err):
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// unsent says that no connection was made.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// underWay says that the hub is at work on this very call.
func (p *Problem) underWay() bool {
	return p.Status == http.StatusConflict && strings.HasSuffix(p.Type, "#key-under-way")
}

// waitOf is for how long the hub asks to wait.
func waitOf(header http.Header) time.Duration {
	seconds, err := strconv.ParseUint(header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// change makes a call that is carried out once.
func (c *Client) change(ctx context.Context, method, path, mediaType string, body []byte, out any) error {
	ctx, stop := context.WithTimeout(ctx, callPatience)
	defer stop()
	key := newKey()
	response, err := c.again(ctx, func() (*http.Request, error) { //nolint:bodyclose // taken closes it
		request, err := c.request(ctx, method, path, mediaType, bytes.NewReader(body))
		if err == nil {
			request.Header.Set(keyHeader, key)
		}
		return request, err
	})
	if err != nil {
		return err
	}
	return taken(response, out)
}

// Report is Post for what counts once however often it is sent, and is sent so
// often that the hub should not have to remember each time.
func (c *Client) Report(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	ctx, stop := context.WithTimeout(ctx, callPatience)
	defer stop()
	return c.call(ctx, http.MethodPost, path, "application/json", bytes.NewReader(body), out)
}
