package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
)

const (
	sendTimeout = 15 * time.Second // of one HTTP attempt (Standard Webhooks, Deliverability)
	maxAnswer   = 64 << 10         // bytes of an answer that are read
	mostPatient = time.Hour        // of what a receiver may ask for by Retry-After
)

// poster sends requests where the policy lets it.
type poster struct {
	client *http.Client
	clock  func() time.Time
}

func newPoster(p dial.Policy, clock func() time.Time) *poster {
	// A redirect would be a way around what the partner registered, and proxies of
	// the environment around the policy: neither is followed.
	client := dial.HTTPClient(p, dial.Options{Timeout: sendTimeout, ConnectTimeout: sendTimeout, HeaderTimeout: sendTimeout})
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &poster{client: client, clock: clock}
}

func (s *poster) send(ctx context.Context, method, target string, header http.Header, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return unsendable(nil, "its target is no URL") // err repeats the target
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Tocsin")
	response, err := s.client.Do(request)
	if err != nil {
		return connection(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer) // so that the connection can be used again
	return status(response, s.clock())
}

// status reads the receiver's answer. What it says beside the status is not repeated:
// it may be a page of a machine that the partner could not ask itself.
func status(response *http.Response, now time.Time) error {
	code := response.StatusCode
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		f := failed(nil, "the receiver answered 410: it is gone for good")
		f.Final, f.Gone = true, true
		return f
	case code >= 300 && code < 400:
		return failed(nil, "the receiver answered %d: redirects are not followed; register the final URL", code)
	}
	f := failed(nil, "the receiver answered %d", code)
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		f.After = retryAfter(response.Header.Get("Retry-After"), now)
	}
	return f
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3): at most mostPatient,
// 0 if it says nothing that can be read.
func retryAfter(text string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), mostPatient)
}

// connection says what went wrong before there was an answer, without the target and
// the addresses that it leads to.
func connection(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, dial.ErrRefused):
		return failed(err, unreachable)
	case errors.As(err, &certificate):
		return failed(err, "the receiver's certificate does not hold: %s", clean(certificate.Err.Error(), maxReason))
	case errors.Is(err, context.DeadlineExceeded) || wrapped != nil && wrapped.Timeout():
		return failed(err, "no answer within %s", sendTimeout)
	}
	return failed(err, unreachable)
}

// unreachable is one answer for what does not resolve, does not answer, and is refused:
// it would tell who asks which names there are in the hub's network.
const unreachable = "no connection, or it broke before the answer, or the hub's dial policy refuses the address, which its operator can allow under [dial]"
