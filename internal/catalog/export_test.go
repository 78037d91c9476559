package catalog

import (
	"context"
	"testing"
	"time"
)

// LimitSearches has searches look at so many hits, for so long.
func (c *Catalog) LimitSearches(hits int, limit time.Duration) {
	c.searching = searchLimits{wait: limit, time: limit, hits: hits}
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
