package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
)

// ErrUnfinished says that a search found nothing in the time that it has.
var ErrUnfinished = errors.New("the search was not finished: narrow the question, or ask again later")

// maxHits is how many hits a search looks at: about as many as it can in its
// time.
const maxHits = 1 << 18

// searchLimits are what one search may take, so that a few that are made to be
// slow do not keep the others from theirs.
type searchLimits struct {
	wait time.Duration // until a connection is free
	time time.Duration // from then on
	hits int
	// page is how long one with counts looks for more, once there is something to
	// show, or once more hits than fruitless had nothing that fits.
	page      time.Duration
	fruitless int
}

var defaultSearchLimits = searchLimits{wait: 2 * time.Second, time: time.Second, hits: maxHits, page: 50 * time.Millisecond, fruitless: 2048}

// search answers a search from one snapshot of the file. It fails with
// ErrUnfinished where that takes too long.
func (c *Catalog) search(ctx context.Context, ask func(*sqlite.Conn) error) error {
	waiting, cancel := context.WithTimeout(ctx, c.searching.wait)
	defer cancel()
	conn, err := c.searchers.Take(waiting)
	if err != nil {
		return unfinished(ctx, waiting, err)
	}
	defer c.searchers.Put(conn)
	limited, cancel := context.WithTimeout(ctx, c.searching.time)
	defer cancel()
	conn.SetInterrupt(limited.Done())
	return unfinished(ctx, limited, snapshot(conn, ask))
}

// unfinished is the error of something that a context of its own limited.
func unfinished(asked, limited context.Context, err error) error {
	if err == nil || asked.Err() != nil || limited.Err() == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrUnfinished, err)
}
