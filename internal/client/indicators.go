package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// MostAsked is how many fingerprints a call of NamedBy may have.
const MostAsked = 1000

// mostFingerprints bounds the memory for a hub's set: 160 MiB.
const mostFingerprints = 1 << 25

// Named is a value that an indicator names.
type Named struct {
	ID string `json:"id"` // the indicator's
	observable.Value
}

// IndicatorSet is the fingerprints of all values that the hub's indicators name
// for this caller. have is the tag of the set that is there already, or empty:
// if it is still the same, set is nil. What comes damaged or not whole is an
// error, and none of it is used.
func (c *Client) IndicatorSet(ctx context.Context, have string) (set *hashset.Set, tag string, err error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/indicators/set", nil)
	if err != nil {
		return nil, "", err
	}
	if have != "" {
		request.Header.Set("If-None-Match", have)
	}
	response, err := c.do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified {
		return nil, have, nil
	}
	set, err = hashset.Load(&listening{body: response.Body, patience: c.patience, end: end}, mostFingerprints)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the hub's set of indicators: %w", err)
	}
	return set, response.Header.Get("ETag"), nil
}

// listening ends the call when the hub keeps silent for too long.
type listening struct {
	body     io.Reader
	patience time.Duration
	end      context.CancelCauseFunc
}

// Read implements io.Reader.
func (l *listening) Read(p []byte) (int, error) {
	watch := time.AfterFunc(l.patience, func() { l.end(errSilent) })
	defer watch.Stop()
	return l.body.Read(p)
}

// NamedBy is the indicators that name a value with one of the fingerprints, at
// most MostAsked. A fingerprint may be another value's, too: compare.
func (c *Client) NamedBy(ctx context.Context, fingerprints []uint64) ([]Named, error) {
	var in struct {
		Fingerprints []string `json:"fingerprints"`
	}
	for _, f := range fingerprints {
		text := strconv.FormatUint(f, 16)
		in.Fingerprints = append(in.Fingerprints, "0000000000000000"[len(text):]+text)
	}
	var out struct {
		Indicators []Named `json:"indicators"`
	}
	err := c.Post(ctx, "/indicators/lookup", in, &out)
	return out.Indicators, err
}
