package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
)

// Readers ask while entries are applied. They see entries whole: each brings
// two objects, under an audience of its own which one of them may never see.
func TestReadersWhileWriting(t *testing.T) {
	log := &chain{}
	for i := range 60 {
		to := access.Audience{TLP: access.Green, Community: fmt.Sprintf("community-%d", i)}
		uuid := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		log.contribute(t, alpha, to, malware(uuid, "Alder", may, ""), relationship(uuid, "uses", "malware--"+uuid, "malware--"+uuid))
	}
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	ctx, done := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			seen := 0
			for ctx.Err() == nil {
				page, err := c.Page(context.Background(), member(alpha), catalog.PageQuery{Limit: 1000})
				if err != nil || len(page.Objects)%2 != 0 || len(page.Objects) < seen {
					t.Errorf("a page of %d objects after one of %d, %v", len(page.Objects), seen, err)
					return
				}
				seen = len(page.Objects)
				hidden, err := c.Search(context.Background(), member(bravo), "alder", 10)
				if err != nil || len(hidden) != 0 {
					t.Errorf("bravo finds %s, %v", names(hidden), err)
					return
				}
			}
		})
	}
	for i := range log.entries {
		apply(t, c, log.entries[i:i+1])
	}
	done()
	readers.Wait()
	if got := page(t, c, member(alpha), catalog.PageQuery{Limit: 1000}); len(got.Objects) != 120 {
		t.Errorf("in the end there are %d objects", len(got.Objects))
	}
}

// Pages are read as bytes while what is on them is tightened and erased. Each
// is as long as it was to be, and holds nothing that was gone when it was
// asked for.
func TestBodiesWhileTakingBack(t *testing.T) {
	log := &chain{}
	for i := range 40 {
		uuid := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		log.contribute(t, alpha, green, malware(uuid, fmt.Sprintf("name-%d.", i), may, ""))
	}
	c := folded(t, log)
	var gone atomic.Int64 // how many are gone from the front
	ctx, done := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				from := gone.Load()
				page, err := c.PageBody(context.Background(), member(bravo), catalog.PageQuery{Limit: 1000})
				if err != nil {
					t.Error(err)
					return
				}
				var body strings.Builder
				n, err := page.Body.WriteTo(&body)
				if err = errors.Join(err, page.Body.Close()); err != nil || n != int64(body.Len()) {
					t.Errorf("%d bytes of %d, %v", body.Len(), n, err)
				}
				if from > 0 && strings.Contains(body.String(), fmt.Sprintf("name-%d.", from-1)) {
					t.Errorf("there is still number %d", from-1)
				}
			}
		})
	}
	for i := range 40 {
		id := fmt.Sprintf("contribution--%d", i+1)
		if i%2 == 0 {
			log.erase(t, alpha, id)
		} else {
			log.tighten(t, contribution.Tightening{Owner: string(alpha), Contribution: id, Audience: red.String()})
		}
		apply(t, c, log.entries)
		gone.Store(int64(i + 1))
	}
	done()
	readers.Wait()
}
