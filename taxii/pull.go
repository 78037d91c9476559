package taxii

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
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

// Objects is a page of a pull.
type Objects struct {
	Objects []jsontext.Value
	More    bool
	Next    Cursor // after this page
}

// maxEmpty is how many empty pages that promise more are taken in a row.
const maxEmpty = 100

// Pull calls each with every object that was added to a collection, by its
// URL, after the cursor, and returns the cursor to go on with another time:
// also with an error, where it stands after the last page that was taken
// whole. So each may see objects twice, and misses none.
//
// Each page is read whole before its objects are given out. Requests that fail
// for a while are tried again, as the server's Retry-After says. Known
// misbehaviour is survived or ends the pull with an error, never with a loop:
// more without next goes on by date; a next that is no longer valid starts
// again at the last date; a page that leads to itself is an error.
func (c *Client) Pull(ctx context.Context, collection string, since Cursor, each func(raw jsontext.Value) error) (Cursor, error) {
	at, empty := since, 0
	loop := loopFinder{kept: at}
	for {
		page, err := c.Objects(ctx, collection, at)
		if at.Next != "" && staleNext(err) {
			at = Cursor{AddedAfter: at.AddedAfter}
			page, err = c.Objects(ctx, collection, at)
		}
		if err != nil {
			return at, err
		}
		for _, raw := range page.Objects {
			if err := each(raw); err != nil {
				return at, err
			}
		}
		before := at
		if at = page.Next; !page.More {
			return at, nil
		}
		if empty++; len(page.Objects) > 0 {
			empty = 0
		}
		if empty > maxEmpty || loop.found(at) {
			return before, fmt.Errorf("pull %s: the server says that there is more and gives the same page again", collection)
		}
	}
}

// staleNext says whether an error may come from a next that the server does not
// know any more.
func staleNext(err error) bool {
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

// loopFinder finds that a sequence of cursors goes round, in constant memory:
// it compares with one that it keeps, and keeps a later one every time twice
// as many have gone by (Brent 1980).
type loopFinder struct {
	kept        Cursor
	seen, until int
}

func (l *loopFinder) found(c Cursor) bool {
	if c == l.kept {
		return true
	}
	if l.seen++; l.seen > l.until {
		l.kept, l.seen, l.until = c, 0, 2*l.until+1
	}
	return false
}

// Objects is one page of a pull, for callers that keep the cursor after each.
func (c *Client) Objects(ctx context.Context, collection string, at Cursor) (Objects, error) {
	query := Filter{AddedAfter: at.AddedAfter}.Query()
	if at.Next != "" {
		query.Set("next", at.Next)
	}
	if c.PageSize > 0 {
		query.Set("limit", strconv.Itoa(c.PageSize))
	}
	target := below(collection, "objects")
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	got, err := c.do(ctx, http.MethodGet, target, nil)
	var envelope Envelope
	if err == nil {
		err = got.decode(&envelope)
	}
	page := Objects{Objects: envelope.Objects, More: envelope.More, Next: at}
	if err == nil {
		page.Next, err = at.after(envelope, got.header.Get("X-TAXII-Date-Added-Last"))
	}
	if err != nil {
		return Objects{}, fmt.Errorf("objects of %s: %w", collection, err)
	}
	return page, nil
}

// after is the cursor after a page. While there is a next, the date stays that
// of the first page: servers want the same query with it, and if it is lost
// the run starts again without a gap.
func (at Cursor) after(e Envelope, lastAdded string) (Cursor, error) {
	last, err := optionalTimestamp(lastAdded)
	if err != nil {
		return Cursor{}, fmt.Errorf("X-TAXII-Date-Added-Last: %w", err)
	}
	if last.Before(at.Last) {
		last = at.Last
	}
	switch {
	case e.More && e.Next != "":
		return Cursor{AddedAfter: at.AddedAfter, Next: e.Next, Last: last}, nil
	case last.After(at.AddedAfter):
		return Cursor{AddedAfter: last}, nil
	case e.More:
		return Cursor{}, errors.New("the server says that there is more, and gives neither next nor a later X-TAXII-Date-Added-Last to go on with")
	}
	return Cursor{AddedAfter: at.AddedAfter}, nil
}
