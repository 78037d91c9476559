package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
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
	Collection Collection
	// WithoutRaw leaves out the bytes: for manifests.
	WithoutRaw bool
}

// Collection is a choice of the catalog's objects. An object belongs to it if
// it meets every field that is not zero.
type Collection struct {
	Community string       // that it was shared with
	TLPs      []access.TLP // its level is one of these
	Owner     access.PartnerID
	Types     []string // its type is one of these
	Labels    []string // it has one of these
}

// VersionQuery is which versions of each object are wanted; a version is in
// the answer if any of the fields asks for it. The zero value is Last alone
// (TAXII 2.1, section 3.4: match[version]). First and Last are the creator's
// (see Object); All and At are also what others call versions of it.
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
// is one (see Versions).
func (c *Catalog) Page(ctx context.Context, who access.Principal, q PageQuery) (Page, error) {
	versions, more, err := c.taken(ctx, who, q)
	page := Page{More: more, Next: q.After}
	for _, t := range versions {
		if err != nil {
			break
		}
		var o Object
		if o, _, err = t.object(); q.WithoutRaw {
			o.Raw = nil
		}
		page.Objects, page.Next = append(page.Objects, o), o.Place
	}
	if err != nil {
		return Page{}, fmt.Errorf("catalog page: %w", err)
	}
	return page, nil
}

func (c *Catalog) taken(ctx context.Context, who access.Principal, q PageQuery) (versions []taken, more bool, err error) {
	a := c.ask(who)
	defer a.close()
	var failed error
	more, err = a.scan(ctx, q, func(n shelf.Number) bool {
		var t taken
		t, failed = a.take(n)
		versions = append(versions, t)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return versions, more, err
}
