package taxii

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// DefaultMaxBytes is the largest answer, in bytes, that a Client reads if it
// names no other limit.
const DefaultMaxBytes = 64 << 20

// Client talks to one TAXII 2.1 server. Its methods may be called from many
// goroutines at once.
//
// The credential goes to the origin of URL and nowhere else: a server that
// names API roots elsewhere is asked there without it, and a redirect to
// another origin is not followed.
type Client struct {
	URL string // the discovery resource, "https://hub.example/taxii2/"

	// Token is sent as Bearer; with User it is the password of Basic.
	Token string
	User  string

	// HTTP makes the connections: give it client certificates, a proxy, a
	// policy where to dial. http.DefaultClient if nil.
	HTTP *http.Client

	MaxBytes int64 // an answer longer than this is refused; DefaultMaxBytes if zero
	PageSize int   // the limit that Pull asks for; the server's own if zero
	Attempts int   // how often a request is tried; 6 if zero
}

// Discover asks who the server is. The URLs of its API roots are made absolute.
func (c *Client) Discover(ctx context.Context) (Discovery, error) {
	var d Discovery
	if err := c.get(ctx, c.URL, &d); err != nil {
		return Discovery{}, fmt.Errorf("discover %s: %w", c.URL, err)
	}
	base, err := url.Parse(c.URL)
	if err != nil {
		return Discovery{}, fmt.Errorf("discover %s: %w", c.URL, err)
	}
	for i, root := range d.APIRoots {
		if d.APIRoots[i], err = resolve(base, root); err != nil {
			return Discovery{}, fmt.Errorf("discover %s: api_roots/%d: %w", c.URL, i, err)
		}
	}
	if d.Default != "" {
		if d.Default, err = resolve(base, d.Default); err != nil {
			return Discovery{}, fmt.Errorf("discover %s: default: %w", c.URL, err)
		}
	}
	return d, nil
}

func resolve(base *url.URL, ref string) (string, error) {
	u, err := base.Parse(ref)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is no HTTP URL", ref)
	}
	return u.String(), nil
}

// Root asks about an API root by its URL.
func (c *Client) Root(ctx context.Context, root string) (r APIRoot, err error) {
	if err := c.get(ctx, root, &r); err != nil {
		return APIRoot{}, fmt.Errorf("API root %s: %w", root, err)
	}
	return r, nil
}

// Collections is the collections of an API root, by its URL.
func (c *Client) Collections(ctx context.Context, root string) ([]Collection, error) {
	var list struct {
		Collections []Collection `json:"collections"`
	}
	if err := c.get(ctx, below(root, "collections"), &list); err != nil {
		return nil, fmt.Errorf("collections of %s: %w", root, err)
	}
	return list.Collections, nil
}

// CollectionURL is the URL of a collection below an API root's.
func CollectionURL(root, id string) string { return below(root, "collections", id) }

// below adds to a URL's path, with the trailing slash that is mandated.
func below(base string, parts ...string) string {
	base = strings.TrimSuffix(base, "/")
	for _, part := range parts {
		base += "/" + url.PathEscape(part)
	}
	return base + "/"
}

// Push adds objects to a collection, by its URL. The status says what the
// server took; while it is Pending, ask Status again. A push is tried again
// only where the server said that it had not begun.
func (c *Client) Push(ctx context.Context, collection string, objects []jsontext.Value) (s Status, err error) {
	var body bytes.Buffer
	if err := json.MarshalWrite(&body, Envelope{Objects: objects}, jsontext.PreserveRawStrings(true)); err != nil {
		return Status{}, fmt.Errorf("push to %s: %w", collection, err)
	}
	answer, err := c.do(ctx, http.MethodPost, below(collection, "objects"), body.Bytes())
	if err == nil {
		err = answer.decode(&s)
	}
	if err != nil {
		return Status{}, fmt.Errorf("push to %s: %w", collection, err)
	}
	return s, nil
}

// Status is what became of a push, by the URL of the API root.
func (c *Client) Status(ctx context.Context, root, id string) (s Status, err error) {
	if err := c.get(ctx, below(root, "status", id), &s); err != nil {
		return Status{}, fmt.Errorf("status %s: %w", id, err)
	}
	return s, nil
}

func (c *Client) get(ctx context.Context, url string, resource any) error {
	answer, err := c.do(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	return answer.decode(resource)
}
