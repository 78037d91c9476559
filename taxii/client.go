package taxii

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// DefaultMaxBytes is the largest answer, in bytes, that a Client reads if it
// names no other limit.
const DefaultMaxBytes = 64 << 20

// Client talks to one TAXII 2.1 server. Its methods may be called from many
// goroutines at once. Do not copy it.
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

	UserAgent string // "tocsin-taxii" if empty
	MaxBytes  int64  // an answer longer than this is refused; DefaultMaxBytes if zero
	PageSize  int    // the limit that Pull asks for; the server's own if zero
	Attempts  int    // how often a request is tried; 6 if zero

	// PlainHTTP allows addresses that begin with http:// and are not this very
	// machine. TAXII is spoken over HTTPS (section 8.5.1).
	PlainHTTP bool

	accept atomic.Int32 // which of acceptForms the server takes
}

// Discover asks who the server is. The URLs of its API roots are made absolute.
func (c *Client) Discover(ctx context.Context) (Discovery, error) {
	var d Discovery
	err := c.get(ctx, c.URL, &d)
	if err == nil {
		err = d.absolute(c.URL)
	}
	if err != nil {
		return Discovery{}, fmt.Errorf("discover %s: %w", shown(c.URL), err)
	}
	return d, nil
}

func (d *Discovery) absolute(from string) error {
	base, err := url.Parse(from)
	if err != nil {
		return err
	}
	for i, root := range d.APIRoots {
		if d.APIRoots[i], err = resolve(base, root); err != nil {
			return fmt.Errorf("api_roots/%d: %w", i, err)
		}
	}
	if d.Default != "" {
		if d.Default, err = resolve(base, d.Default); err != nil {
			return fmt.Errorf("default: %w", err)
		}
	}
	return nil
}

func resolve(base *url.URL, ref string) (string, error) {
	u, err := base.Parse(ref)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%s is no HTTP URL", quote(ref))
	}
	return u.String(), nil
}

// Root asks about an API root by its URL. One that does not speak TAXII 2.1 is
// an error.
func (c *Client) Root(ctx context.Context, root string) (r APIRoot, err error) {
	if err := c.get(ctx, root, &r); err != nil {
		return APIRoot{}, fmt.Errorf("API root %s: %w", shown(root), err)
	}
	if len(r.Versions) > 0 && !slices.ContainsFunc(r.Versions, isVersion21) {
		return APIRoot{}, fmt.Errorf("API root %s: the server speaks %s, and this client TAXII 2.1", shown(root), quote(strings.Join(r.Versions, ", ")))
	}
	return r, nil
}

// Collections is the collections of an API root, by its URL.
func (c *Client) Collections(ctx context.Context, root string) ([]Collection, error) {
	var list struct {
		Collections []Collection `json:"collections"`
	}
	if err := c.get(ctx, below(root, "collections"), &list); err != nil {
		return nil, fmt.Errorf("collections of %s: %w", shown(root), err)
	}
	return list.Collections, nil
}

// Collection asks about one collection, by its URL.
func (c *Client) Collection(ctx context.Context, collection string) (found Collection, err error) {
	if err := c.get(ctx, below(collection), &found); err != nil {
		return Collection{}, fmt.Errorf("collection %s: %w", shown(collection), err)
	}
	return found, nil
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

// shown is a URL as errors name it: without a password or a query.
func shown(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return quote(target)
	}
	u.RawQuery = ""
	return u.Redacted()
}

// get asks for a resource that is held whole.
func (c *Client) get(ctx context.Context, target string, resource any) error {
	return c.do(ctx, call{method: http.MethodGet, target: target, read: into(resource)})
}
