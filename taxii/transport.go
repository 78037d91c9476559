package taxii

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

// attemptTime is how long one attempt may take, to the last byte of the answer.
const attemptTime = 5 * time.Minute

// answer is a response of status 2xx, read to its end.
type answer struct {
	header http.Header
	body   []byte
}

func (a answer) decode(resource any) error {
	if err := json.Unmarshal(a.body, resource); err != nil {
		return fmt.Errorf("the server's answer is not valid: %w", err)
	}
	return nil
}

// again says that a request may be tried once more, after at least wait.
type again struct {
	error
	wait time.Duration
}

func (a *again) Unwrap() error { return a.error }

// do makes a request until it succeeds, or trying again makes no sense.
func (c *Client) do(ctx context.Context, method, target string, body []byte) (answer, error) {
	attempts := cmp.Or(max(c.Attempts, 0), 6)
	wait := firstWait
	for {
		got, err := c.once(ctx, method, target, body)
		retry := (*again)(nil)
		if err == nil || !errors.As(err, &retry) || ctx.Err() != nil {
			return got, err
		}
		if attempts--; attempts == 0 {
			return answer{}, fmt.Errorf("given up: %w", retry.error)
		}
		if retry.wait > longestWait {
			return answer{}, fmt.Errorf("the server asks to wait for %s: %w", retry.wait, retry.error)
		}
		pause := max(retry.wait, wait/2+rand.N(wait/2))
		wait = min(2*wait, lastWait)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return answer{}, fmt.Errorf("%w, while waiting to try again after: %w", ctx.Err(), retry.error)
		}
	}
}

func (c *Client) once(ctx context.Context, method, target string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept", MediaType)
	if body != nil {
		request.Header.Set("Content-Type", MediaType)
	}
	if err := c.authorize(request); err != nil {
		return answer{}, err
	}
	response, err := c.client().Do(request)
	if err != nil {
		if method == http.MethodGet && !errors.Is(err, errRedirect) {
			err = &again{error: err}
		}
		return answer{}, err
	}
	defer response.Body.Close()
	limit := cmp.Or(c.MaxBytes, DefaultMaxBytes)
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case int64(len(text)) > limit:
		return answer{}, fmt.Errorf("the server's answer has more than %d bytes: ask for smaller pages", limit)
	case err != nil && method == http.MethodGet:
		return answer{}, &again{error: fmt.Errorf("the server's answer broke off: %w", err)}
	case err != nil:
		return answer{}, fmt.Errorf("the server's answer broke off: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return answer{}, refusal(response, text, method)
	}
	if err := understood(response.Header.Get("Content-Type")); err != nil {
		return answer{}, err
	}
	return answer{header: response.Header, body: text}, nil
}

// authorize adds the credential, to a request to the origin of c.URL.
func (c *Client) authorize(request *http.Request) error {
	own, err := url.Parse(c.URL)
	if err != nil || c.Token == "" || !sameOrigin(own, request.URL) {
		return err
	}
	if c.User != "" {
		request.SetBasicAuth(c.User, c.Token)
	} else {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

var errRedirect = errors.New("the server redirects")

// client is c.HTTP, which follows a redirect only within the origin.
func (c *Client) client() *http.Client {
	client := *cmp.Or(c.HTTP, http.DefaultClient)
	client.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if len(via) >= 5 || !sameOrigin(to.URL, via[0].URL) {
			return fmt.Errorf("%w to %s://%s: use that address if you trust it", errRedirect, to.URL.Scheme, to.URL.Host)
		}
		return nil
	}
	return &client
}

// understood refuses an answer that is no TAXII, such as a login page.
func understood(contentType string) error {
	if contentType == "" {
		return nil
	}
	name, _, err := mime.ParseMediaType(contentType)
	if err == nil && (name == "application/taxii+json" || name == "application/json" || strings.HasSuffix(name, "taxii+json")) {
		return nil
	}
	return fmt.Errorf("the server answers with %q instead of %s: is the address that of a TAXII 2.1 server, and the credential valid?", contentType, MediaType)
}

// refusal is the error of an answer that is not 2xx.
func refusal(response *http.Response, text []byte, method string) error {
	e := &Error{Status: response.StatusCode, RetryAfter: retryAfter(response.Header.Get("Retry-After"))}
	var sent wireError
	if json.Unmarshal(text, &sent) == nil { // else it is no TAXII error, and the status says it all
		e.Title, e.Description, e.ID = sent.Title, sent.Description, sent.ErrorID
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return &again{error: e, wait: e.RetryAfter}
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError:
		if method == http.MethodGet {
			return &again{error: e, wait: e.RetryAfter}
		}
	}
	return e
}

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
