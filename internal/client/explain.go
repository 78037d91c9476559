package client

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Explained is a client that reads from the hub as c does, but writes what it
// would send to it: method, path and body, exactly as they would leave, and
// takes it for accepted: the answer is what was sent.
func (c *Client) Explained(to io.Writer) *Client {
	explained := *c
	explained.http = &http.Client{Transport: &explainer{to: to, reads: c.http.Transport}}
	return &explained
}

type explainer struct {
	reads http.RoundTripper
	mu    sync.Mutex
	to    io.Writer
}

// RoundTrip implements http.RoundTripper.
func (e *explainer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return e.reads.RoundTrip(r)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // it has been read
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := fmt.Fprintf(e.to, "%s %s\n%s\n", r.Method, r.URL.RequestURI(), body); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "201 Created", StatusCode: http.StatusCreated, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}
