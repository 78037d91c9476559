// Package client speaks the hub's HTTP API for the command line and the edge.
package client

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Client calls one hub with one token.
type Client struct {
	base     string
	token    string
	http     *http.Client
	patience time.Duration // with a stream that says nothing
}

const (
	dialPatience   = 10 * time.Second
	answerPatience = 2 * time.Minute // until the head of an answer
	callPatience   = 3 * time.Minute // with a whole call of a few megabytes
	maxAnswer      = 256 << 20       // bytes
	// streamPatience is three beats of the hub's: a stream that keeps silent
	// for longer has lost its other end without being told.
	streamPatience = 45 * time.Second
)

// New makes a client for the hub at a URL such as "http://127.0.0.1:8440".
func New(hub, token string) (*Client, error) {
	if token == "" {
		return nil, fmt.Errorf("hub %s: a token is needed", hub)
	}
	return open(hub, token)
}

// Anonymous makes a client for what a hub tells everybody.
func Anonymous(hub string) (*Client, error) { return open(hub, "") }

// Through makes a client that connects as another one does, such as by the hub's
// dial policy. It follows no redirect, and puts no limit on how long a stream lasts.
func Through(connection *http.Client, hub, token string) (*Client, error) {
	if token == "" {
		return nil, fmt.Errorf("hub %s: a token is needed", hub)
	}
	c, err := open(hub, token)
	if err == nil {
		c.http = &http.Client{Transport: connection.Transport, CheckRedirect: stay}
	}
	return c, err
}

func open(hub, token string) (*Client, error) {
	u, err := url.Parse(hub)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("hub %q: use a URL such as https://hub.example:8440", hub)
	}
	dialer := &net.Dialer{Timeout: dialPatience}
	return &Client{
		base: strings.TrimSuffix(u.String(), "/"), token: token, patience: streamPatience,
		http: &http.Client{Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: dialPatience, ResponseHeaderTimeout: answerPatience,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
		}, CheckRedirect: stay},
	}, nil
}

// Close closes connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// stay follows nobody elsewhere: what is sent to the hub is for the hub alone,
// and the page that a proxy sends people to is no answer to a program.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ReadToken reads a token file: the token and nothing else but white space.
func ReadToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsAny(token, " \t\n") {
		return "", fmt.Errorf("read token: %s: the file must hold one token and nothing else", path)
	}
	return token, nil
}

// Problem is an answer that says no (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`

	ofHub bool          // it came as application/problem+json
	wait  time.Duration // as the hub asked for
}

func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		place := e.Location + ": "
		if e.Location == "" || strings.HasPrefix(e.Message, e.Location) {
			place = "" // the message says where
		}
		text += "\n  " + place + e.Message
	}
	return fmt.Sprintf("the hub answered %d: %s", p.Status, text)
}

// Final says whether the same call would be refused again. It would not where
// the caller has to wait, or needs another token, nor where it was not the hub
// that answered: a proxy's page says nothing of what was sent.
func (p *Problem) Final() bool {
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return p.ofHub && p.Status >= 400 && p.Status < 500
}

// Get reads the JSON at an API path such as "/protections" into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	ctx, stop := context.WithTimeout(ctx, callPatience)
	defer stop()
	return c.call(ctx, http.MethodGet, path, "", nil, out)
}

// Fetch reads the file at an API path, which is not JSON.
func (c *Client) Fetch(ctx context.Context, path string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, callPatience)
	defer stop()
	response, err := c.send(ctx, http.MethodGet, path, "", nil) //nolint:bodyclose // drain closes it
	if err != nil {
		return nil, err
	}
	defer drain(response.Body)
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(text) > maxAnswer {
		return nil, fmt.Errorf("GET %s: read the hub's answer, of at most %d bytes: %w", path, maxAnswer, cmp.Or(err, io.ErrShortBuffer))
	}
	return text, nil
}

// Post sends a JSON body and reads the JSON answer into out; out may be nil. Like
// Patch, Put and Delete it is carried out once, and repeated where the connection
// ends before the answer.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.write(ctx, http.MethodPost, path, in, out)
}

// Patch is Post for a change of what an API path names.
func (c *Client) Patch(ctx context.Context, path string, in, out any) error {
	return c.write(ctx, http.MethodPatch, path, in, out)
}

func (c *Client) write(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return c.change(ctx, method, path, "application/json", body, out)
}

// Put makes what an API path names be there.
func (c *Client) Put(ctx context.Context, path string) error {
	return c.change(ctx, http.MethodPut, path, "", nil, nil)
}

// Replace is Post for what takes the place of what an API path names.
func (c *Client) Replace(ctx context.Context, path string, in, out any) error {
	return c.write(ctx, http.MethodPut, path, in, out)
}

// Delete has what an API path names be gone.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.change(ctx, http.MethodDelete, path, "", nil, nil)
}

// Upload sends a body as it is.
func (c *Client) Upload(ctx context.Context, path, mediaType string, body io.Reader, out any) error {
	return c.call(ctx, http.MethodPost, path, mediaType, body, out)
}

func (c *Client) call(ctx context.Context, method, path, mediaType string, body io.Reader, out any) error {
	response, err := c.send(ctx, method, path, mediaType, body) //nolint:bodyclose // taken closes it
	if err != nil {
		return err
	}
	return taken(response, out)
}

// taken reads an answer into out.
func taken(response *http.Response, out any) error {
	defer drain(response.Body)
	if out == nil || response.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.UnmarshalRead(io.LimitReader(response.Body, maxAnswer), out); err != nil {
		return fmt.Errorf("%s %s: read the hub's answer: %w", response.Request.Method, strings.TrimPrefix(response.Request.URL.Path, apiPrefix), err)
	}
	return nil
}

const apiPrefix = "/api/v1"

// send makes the call and turns an answer that says no into a Problem.
func (c *Client) send(ctx context.Context, method, path, mediaType string, body io.Reader) (*http.Response, error) {
	request, err := c.request(ctx, method, path, mediaType, body)
	if err != nil {
		return nil, err
	}
	return c.do(request)
}

func (c *Client) request(ctx context.Context, method, path, mediaType string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+apiPrefix+path, body)
	if err == nil && mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	return request, err
}

func (c *Client) do(request *http.Request) (*http.Response, error) {
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 || response.StatusCode == http.StatusNotModified {
		return response, nil
	}
	defer drain(response.Body)
	if response.StatusCode < 400 {
		return nil, &Problem{Status: response.StatusCode, Title: fmt.Sprintf("it sends elsewhere, to %q: use the hub's own URL", response.Header.Get("Location"))}
	}
	p := &Problem{Status: response.StatusCode, Title: http.StatusText(response.StatusCode)}
	_ = json.UnmarshalRead(io.LimitReader(response.Body, 1<<20), p) // without a body the status has to do
	p.Status = response.StatusCode
	p.wait = waitOf(response.Header)
	p.ofHub = strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json")
	return nil, p
}

// drain lets the connection be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
