package catalog

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
)

// PageQuery asks for a page of versions in added order. The zero value of a
// field asks for everything.
type PageQuery struct {
	After      Place     // only what was added after this place
	AddedAfter time.Time // only what was added after this time, strictly
	Limit      int       // at most so many, at least 1
	Bytes      int       // stop where Raw comes to more in sum, but not before the first; 0 for no such limit
	IDs        []string  // only these objects
	Types      []string  // only objects of these types
	Versions   VersionQuery
	// WithoutRaw leaves out the bytes: for manifests, which then cost a
	// fraction.
	WithoutRaw bool
}

// VersionQuery is which versions of each object are wanted; a version is in
// the answer if any of the fields asks for it. The zero value is Last alone
// (TAXII 2.1, section 3.4: match[version]).
type VersionQuery struct {
	First bool
	Last  bool
	All   bool
	At    []time.Time // by Object.Modified, or Object.Added where that is zero
}

// Page is a run of versions in added order.
type Page struct {
	Objects []Object
	More    bool  // there was more when the page was read
	Next    Place // the place to go on after; that of the query if the page is empty
}

// Page is the released versions after a place, in added order. What is not
// released leaves no trace in it. Of the same version from two partners there
// is the one that came first among the released.
func (c *Catalog) Page(ctx context.Context, who access.Principal, q PageQuery) (page Page, err error) {
	if q.Limit < 1 {
		return Page{}, fmt.Errorf("catalog page: the limit is %d, it has to be at least 1", q.Limit)
	}
	page.Next = q.After
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		p := pager{c: c, conn: conn, released: c.releasedTo(who), query: q, versions: map[string][]Object{}}
		if page.Objects, page.More, err = p.rows(); err != nil || len(page.Objects) == 0 {
			return err
		}
		if !q.WithoutRaw {
			read, err := bodies(conn, page.Objects, q.Bytes)
			if err != nil {
				return err
			}
			page.More = page.More || read < len(page.Objects)
			page.Objects = page.Objects[:read]
		}
		page.Next = page.Objects[len(page.Objects)-1].Place
		return nil
	})
	if err != nil {
		return Page{}, fmt.Errorf("catalog page: %w", err)
	}
	return page, nil
}
