package taxii

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Cursor is how far a pull has come. The zero Cursor is the beginning. It can
// be kept as JSON.
type Cursor struct {
	// AddedAfter is the date up to which everything has been pulled.
	AddedAfter time.Time `json:"added_after,omitzero"`
	// Next goes on within a run of pages that began at AddedAfter, of which
	// Last is the latest date so far.
	Next string    `json:"next,omitempty"`
	Last time.Time `json:"last,omitzero"`
}

// Pulling is what to pull, and what to do with it.
type Pulling struct {
	// Filter is which objects; where to begin is not its business but the
	// cursor's. The zero Filter is the last version of each.
	Filter Filter
	// Object is given each object, in the order in which they were added.
	Object func(raw jsontext.Value) error
	// Page is called after the last object of each page, with the cursor that
	// goes on from there: keep it. It may be nil.
	Page func(next Cursor) error
}

// Pull is PullWith with a function for each object and nothing else.
func (c *Client) Pull(ctx context.Context, collection string, since Cursor, each func(raw jsontext.Value) error) (Cursor, error) {
	return c.PullWith(ctx, collection, since, Pulling{Object: each})
}

// PullWith gives out every object that was added to a collection, by its URL,
// after the cursor, and returns the cursor to go on with another time: also
// with an error, where it stands after the last page that was taken whole. So
// objects may be seen twice, and none is missed. An error of the functions in p
// ends the pull and is returned as it is.
//
// Objects are given out while the page arrives; no page is held. Requests that
// fail for a while are tried again, as the server's Retry-After says, and what
// of a page had been given out is not given out again. Known misbehaviour is
// survived, or ends the pull with an error, never with a loop: more without
// next goes on by date, as does a next that the server ignores; a next that it
// has forgotten starts the run of pages again; a page longer than MaxBytes is
// asked for in smaller pieces; pages that repeat are an error.
func (c *Client) PullWith(ctx context.Context, collection string, since Cursor, p Pulling) (Cursor, error) {
	r := run{client: c, target: below(collection, "objects"), list: "objects", kind: '{', Pulling: p}
	at, err := r.all(ctx, since)
	own := (*stopped)(nil)
	switch {
	case errors.As(err, &own):
		return at, own.error
	case err != nil:
		return at, fmt.Errorf("pull %s: %w", shown(collection), err)
	}
	return at, nil
}

// run is a run of pages of one resource.
type run struct {
	Pulling
	client *Client
	target string
	list   string        // the property that holds the page
	kind   jsontext.Kind // of its values

	given  given // of the page before, or of this one as far as it came
	limit  int   // what was found to fit into MaxBytes; 0 if nothing was too long
	byDate bool  // next is of no use with this server
	stale  int   // how often a next was forgotten
	guard  guard
}

var errRepeats = errors.New("the server says that there is more and gives the same page again")

// all goes from page to page.
func (r *run) all(ctx context.Context, at Cursor) (Cursor, error) {
	for {
		page, err := r.page(ctx, at)
		switch {
		case errors.Is(err, errTooLong) && r.shrink():
			continue
		case at.Next != "" && forgotten(err) && r.restart(&at):
			continue
		case err != nil:
			return at, err
		}
		if page.more && r.given.same {
			// The server has ignored next.
			if r.byDate || at.Next == "" || !at.Last.After(at.AddedAfter) {
				return at, errRepeats
			}
			r.byDate, at, r.guard = true, Cursor{AddedAfter: at.Last}, guard{}
			continue
		}
		next, err := at.after(page, r.byDate)
		if err != nil {
			return at, err
		}
		if r.Page != nil {
			if err := r.Page(next); err != nil {
				return at, &stopped{err}
			}
		}
		if !page.more {
			return next, nil
		}
		if r.guard.repeats(next, r.given) {
			return at, errRepeats
		}
		at = next
	}
}

// shrink asks for as many objects as fitted. It is false if that is no less
// than what was asked for.
func (r *run) shrink() bool {
	n := r.given.count
	if n == 0 || r.limit > 0 && n >= r.limit {
		return false
	}
	r.limit = n
	return true
}

// forgotten says whether an error may come from a next that the server does not
// know any more.
func forgotten(err error) bool {
	sent := (*Error)(nil)
	if !errors.As(err, &sent) {
		return false
	}
	switch sent.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusRequestedRangeNotSatisfiable, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// restart goes on without next: the first time from where the run began, so
// that nothing is missed; with a server that forgets for a habit, by date.
func (r *run) restart(at *Cursor) bool {
	r.stale++
	r.given, r.guard = given{}, guard{}
	switch {
	case r.stale == 1:
		*at = Cursor{AddedAfter: at.AddedAfter}
		return true
	case r.byDate || !at.Last.After(at.AddedAfter):
		return false
	}
	r.byDate, *at = true, Cursor{AddedAfter: at.Last}
	return true
}

// pageEnd is what a page says beside its objects.
type pageEnd struct {
	more  bool
	next  string
	added time.Time // X-TAXII-Date-Added-Last; zero if there is none
}

// after is the cursor after a page. While there is a next, the date stays that
// of the first page: servers want the same query with it, and if it is lost
// the run starts again without a gap.
func (at Cursor) after(p pageEnd, byDate bool) (Cursor, error) {
	last := p.added
	if last.Before(at.Last) {
		last = at.Last
	}
	switch {
	case p.more && p.next != "" && !byDate:
		return Cursor{AddedAfter: at.AddedAfter, Next: p.next, Last: last}, nil
	case last.After(at.AddedAfter):
		return Cursor{AddedAfter: last}, nil
	case p.more:
		return Cursor{}, errors.New("the server says that there is more, and gives neither next nor a later X-TAXII-Date-Added-Last to go on with")
	}
	return Cursor{AddedAfter: at.AddedAfter}, nil
}
