package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Word is that a partner shared a version of an object.
type Word struct {
	Owner    access.PartnerID
	Audience access.Audience
	Modified time.Time // the version; zero for an observable
	Added    time.Time // when it came into the catalog
	Revoked  bool
	Current  bool // it is the version that the principal is shown
}

// Said is who shared which version of an id, as far as it is released, the last added
// first, at most so many; more says that there are others. It reads no bytes.
func (c *Catalog) Said(_ context.Context, who access.Principal, id string, most int) (words []Word, more bool, err error) {
	a := c.ask(who)
	defer a.close()
	current, err := a.newest(id)
	if err == nil && current == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, false, fmt.Errorf("versions of %s: %w", id, err)
	}
	for n := a.view.NewestOf(current); n != 0; n = a.view.At(n).Prev {
		if !a.sees(n) {
			continue
		}
		if len(words) == most {
			return words, true, nil
		}
		r := a.view.At(n)
		_, _, added := a.view.Place(n)
		modified, err := a.view.Modified(n)
		if err != nil {
			return nil, false, fmt.Errorf("versions of %s: %w", id, err)
		}
		k := a.known(r.Audience)
		words = append(words, Word{
			Owner: k.owner, Audience: k.parsed, Modified: fromMicros(modified), Added: fromMicros(added),
			Revoked: r.Flags&shelf.Revoked != 0, Current: n == current,
		})
	}
	return words, false, nil
}
