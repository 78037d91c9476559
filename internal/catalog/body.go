package catalog

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Body is bytes that are written once, and has to be closed.
type Body interface {
	Len() int64
	io.WriterTo
	io.Closer
}

// BodyPage is a page whose objects are written as they lie: their bytes, as
// they came, separated by commas.
type BodyPage struct {
	Body    Body
	Objects int
	// First and Last are when the first and the last of them were added; zero
	// for an empty page.
	First, Last time.Time
	More        bool  // there was more when the page was read
	Next        Place // the place to go on after; that of the query if the page is empty
}

// PageBody is Page for those that pass the bytes on. A run of versions that
// are all released is one range of a file. It holds up neither readers nor the
// writer while it is written. An object that is erased meanwhile is written as
// spaces, and so is the comma after it.
func (c *Catalog) PageBody(ctx context.Context, who access.Principal, q PageQuery) (BodyPage, error) {
	page, body := BodyPage{Next: q.After}, c.shelf.Body()
	a := c.ask(who)
	defer a.close()
	var failed error
	var first, last shelf.Number
	more, err := a.scan(ctx, q, func(n shelf.Number) bool {
		if a.view.At(n).Flags&shelf.Granular == 0 {
			failed = body.Add(a.view, n)
		} else {
			var raw []byte
			raw, failed = a.raw(n)
			body.AddBytes(raw)
		}
		if failed != nil {
			return false
		}
		if last = n; first == 0 {
			first = n
		}
		page.Objects++
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return BodyPage{}, fmt.Errorf("catalog page: %w", err)
	}
	page.Body, page.More = body, more
	if page.Objects > 0 {
		_, _, added := a.view.Place(first)
		page.First = fromMicros(added)
		seq, ordinal, added := a.view.Place(last)
		page.Last, page.Next = fromMicros(added), placeOf(seq, ordinal)
	}
	return page, nil
}
