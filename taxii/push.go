package taxii

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxPush is the longest request that Push makes, in bytes, whatever a server
// takes: one that fails has less to send again.
const maxPush = 8 << 20

// How often a client asks what became of a push, and for how long.
const (
	firstPoll  = 500 * time.Millisecond
	lastPoll   = 30 * time.Second
	pollingFor = time.Hour
)

// Push adds objects to a collection, by its URL, in as many requests as the
// API root's max_content_length makes necessary, and waits until the server is
// done with each. The status says what became of the objects, all requests
// taken together; ID is the last one's. An object that is longer than the
// server takes is among the Failures, and is not sent.
//
// With an error the status holds what is known of the objects so far. A request
// is made again only where the server said that it had not begun.
func (c *Client) Push(ctx context.Context, collection string, objects []jsontext.Value) (Status, error) {
	p := push{client: c, collection: collection, status: Status{State: Complete}}
	if err := p.all(ctx, objects); err != nil {
		return p.status, fmt.Errorf("push to %s: %w", shown(collection), err)
	}
	return p.status, nil
}

type push struct {
	client     *Client
	collection string // URL
	root       string // URL
	limit      int64  // bytes of a request
	status     Status
}

func (p *push) all(ctx context.Context, objects []jsontext.Value) error {
	for i, raw := range objects {
		if raw.Kind() != '{' || !raw.IsValid() {
			return fmt.Errorf("object %d is no JSON object: nothing was sent", i)
		}
	}
	i := strings.LastIndex(strings.TrimSuffix(p.collection, "/"), "/collections/")
	if i < 0 {
		return errors.New("this is no URL of a collection: make it with CollectionURL")
	}
	p.root = p.collection[:i+1]
	if err := p.ask(ctx); err != nil {
		return err
	}
	for len(objects) > 0 {
		n, size := p.fitting(objects)
		if n == 0 {
			p.tooLong(objects[0], size)
			objects = objects[1:]
			continue
		}
		if err := p.send(ctx, objects[:n]); err != nil {
			return err
		}
		objects = objects[n:]
	}
	return nil
}

// ask finds out how much the server takes. One that does not say is sent what
// servers commonly take.
func (p *push) ask(ctx context.Context) error {
	root, err := p.client.Root(ctx, p.root)
	refused := (*Error)(nil)
	if err != nil && (!errors.As(err, &refused) || refused.Status == http.StatusUnauthorized) {
		return err
	}
	p.limit = DefaultMaxContentLength
	if err == nil && root.MaxContentLength > 0 {
		p.limit = root.MaxContentLength
	}
	// What is shorter must not be refused (section 4.2.1); as long may be.
	p.limit = min(p.limit-1, maxPush)
	return nil
}

const around = int64(len(`{"objects":[]}`))

// fitting is how many objects fit into a request, and how long that is, or how
// long it would be with one.
func (p *push) fitting(objects []jsontext.Value) (n int, size int64) {
	size = around
	for i, raw := range objects {
		more := int64(len(raw) + min(i, 1))
		if size+more > p.limit {
			if i == 0 {
				size += more
			}
			return i, size
		}
		size += more
	}
	return len(objects), size
}

func (p *push) tooLong(raw jsontext.Value, size int64) {
	var o struct {
		ID       string `json:"id"`
		Created  string `json:"created"`
		Modified string `json:"modified"`
	}
	_ = json.Unmarshal(raw, &o) // the failure is reported with what there is
	version := timestampOrNone(o.Modified)
	if version.IsZero() {
		version = timestampOrNone(o.Created)
	}
	p.add(Status{State: Complete, Counts: Counts{Failures: 1}, Failures: []StatusDetail{{ID: o.ID, Version: version,
		Message: fmt.Sprintf("not sent: alone it makes a request of %d bytes, and the server takes %d", size, p.limit)}}})
}

// send makes one request, and two of half the size if it was too long after all.
func (p *push) send(ctx context.Context, objects []jsontext.Value) error {
	body := []byte(`{"objects":[`)
	for i, raw := range objects {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, raw...)
	}
	body = append(body, "]}"...)
	var s Status
	err := p.client.do(ctx, call{method: http.MethodPost, target: below(p.collection, "objects"), body: body, read: into(&s)})
	refused := (*Error)(nil)
	if errors.As(err, &refused) && refused.Status == http.StatusRequestEntityTooLarge {
		p.limit = min(p.limit, int64(len(body))-1)
		if len(objects) == 1 {
			p.tooLong(objects[0], int64(len(body)))
			return nil
		}
		half := len(objects) / 2
		if err := p.send(ctx, objects[:half]); err != nil {
			return err
		}
		return p.send(ctx, objects[half:])
	}
	if err != nil {
		return err
	}
	s, err = p.finished(ctx, s)
	p.add(s)
	return err
}

// finished asks until the server is done with a request.
func (p *push) finished(ctx context.Context, s Status) (Status, error) {
	wait := firstPoll
	for until := time.Now().Add(pollingFor); s.State == Pending && s.ID != ""; {
		if time.Now().After(until) {
			return s, fmt.Errorf("after %s the server has not finished: ask for status %s later", pollingFor, s.ID)
		}
		if err := pause(ctx, wait/2+rand.N(wait/2)); err != nil {
			return s, fmt.Errorf("status %s is pending: %w", s.ID, err)
		}
		wait = min(2*wait, lastPoll)
		later, err := p.client.Status(ctx, p.root, s.ID)
		if err != nil {
			return s, err
		}
		s = later
	}
	return s, nil
}

// add takes the status of one more request in.
func (p *push) add(s Status) {
	all := &p.status
	if s.ID != "" {
		all.ID = s.ID
	}
	if s.State == Pending {
		all.State = Pending
	}
	if all.Requested.IsZero() {
		all.Requested = s.Requested
	}
	all.Successes = append(all.Successes, s.Successes...)
	all.Failures = append(all.Failures, s.Failures...)
	all.Pendings = append(all.Pendings, s.Pendings...)
	all.Counts.Successes += s.Counts.Successes
	all.Counts.Failures += s.Counts.Failures
	all.Counts.Pendings += s.Counts.Pendings
}

// Status is what became of a push, by the URL of the API root.
func (c *Client) Status(ctx context.Context, root, id string) (s Status, err error) {
	if err := c.get(ctx, below(root, "status", id), &s); err != nil {
		return Status{}, fmt.Errorf("status %s: %w", id, err)
	}
	return s, nil
}

// Delete takes versions of an object out of a collection, by the collection's
// URL: of the zero Versions, all of them. It fails with ErrNotFound if the
// server knows no such object.
func (c *Client) Delete(ctx context.Context, collection, id string, which Versions) error {
	target := below(collection, "objects", id)
	if query := (Filter{Versions: which}).Query(); len(query) > 0 {
		target += "?" + query.Encode()
	}
	nothing := func(http.Header, *incoming) error { return nil }
	if err := c.do(ctx, call{method: http.MethodDelete, target: target, read: nothing}); err != nil {
		return fmt.Errorf("delete %s: %w", id, err)
	}
	return nil
}
