package catalog

import (
	"context"
	"testing"
	"time"
)

// LimitSearches has searches look at so many hits, for so long.
func (c *Catalog) LimitSearches(hits int, limit time.Duration) {
	c.searching.wait, c.searching.time, c.searching.hits = limit, limit, hits
}

// HurrySearches has those with counts give up once so many hits fit nothing.
func (c *Catalog) HurrySearches(fruitless int) {
	c.searching.page, c.searching.fruitless = 0, fruitless
}

// HoldSearches has all searches wait until the test ends.
func (c *Catalog) HoldSearches(t *testing.T) {
	t.Helper()
	for range searchConns {
		conn, err := c.searchers.Take(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.searchers.Put(conn) })
	}
}

// PauseScans has a scan take a new view for each version.
func (c *Catalog) PauseScans() { c.holding = holdLimits{looks: 1} }
