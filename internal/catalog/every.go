package catalog

import (
	"context"
	"fmt"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Number is a version's position in added order, from 1. It stays a version's
// as long as the catalog is open.
type Number = shelf.Number

// Version is one that Every gives, whoever may see it.
type Version struct {
	Number Number
	Raw    jsontext.Value
	// Granular says that parts of it have a TLP marking of their own. Common is
	// Raw without them, what all see who see the version: nil if there is
	// nothing to show then, Raw if there are no such parts.
	Granular bool
	Common   jsontext.Value
}

// How much is read in one view of the shelf.
const (
	everyVersions = 1024
	everyBytes    = 4 << 20
)

// Every calls yield for each version of a type that was added after a number,
// until yield returns false, and gives the number to go on after. It asks
// nobody's leave: it is for an index over all versions whose every answer goes
// through Shown or Newest. What was erased is left out.
func (c *Catalog) Every(ctx context.Context, objectType string, after Number, yield func(Version) bool) (last Number, err error) {
	last = after
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return last, err
		}
		var some []Version
		var next Number
		if some, next, more, err = c.some(objectType, last); err != nil {
			return last, fmt.Errorf("catalog: read every %s: %w", objectType, err)
		}
		for _, v := range some {
			if last = v.Number; !yield(v) {
				return last, nil
			}
		}
		last = next
	}
	return last, nil
}

func (c *Catalog) some(objectType string, after Number) (some []Version, last Number, more bool, err error) {
	a := c.ask(access.Principal{})
	defer a.close()
	of := a.chosen(PageQuery{Types: []string{objectType}})
	end, size := a.view.Len(), 0
	for last = after; last < end && len(some) < everyVersions && size < everyBytes && a.looks < looksPerPause; {
		last++
		a.looks++
		r := a.view.At(last)
		if r.Flags&shelf.Erased != 0 {
			continue
		}
		if is, err := of.has(last); err != nil {
			return nil, last, false, err
		} else if !is {
			continue
		}
		raw, err := a.view.Raw(last)
		if err != nil {
			return nil, last, false, err
		}
		size += len(raw)
		v := Version{Number: last, Raw: raw, Common: raw}
		if r.Flags&shelf.Granular != 0 {
			v.Granular, v.Common = true, unmarked(raw)
		}
		some = append(some, v)
	}
	return some, last, last < end, nil
}

// Shown calls yield for each version of a type that the principal is shown as
// its object's newest, in added order.
func (c *Catalog) Shown(ctx context.Context, who access.Principal, objectType string, yield func(Number)) error {
	a := c.ask(who)
	defer a.close()
	_, err := a.scan(ctx, PageQuery{Limit: math.MaxInt, Types: []string{objectType}}, func(n Number) bool {
		yield(n)
		return true
	})
	if err != nil {
		return fmt.Errorf("catalog: which %s is shown: %w", objectType, err)
	}
	return nil
}

// Newest is those of the numbered versions that the principal is shown as their
// objects' newest, at most limit, without what it may not see of them.
func (c *Catalog) Newest(ctx context.Context, who access.Principal, numbers []Number, limit int) ([]Object, error) {
	versions, err := c.newestOf(ctx, who, numbers, limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: newest of %d versions: %w", len(numbers), err)
	}
	objects := make([]Object, 0, len(versions))
	for _, t := range versions {
		o, _, err := t.object()
		if err != nil {
			return nil, fmt.Errorf("catalog: newest of %d versions: %w", len(numbers), err)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func (c *Catalog) newestOf(ctx context.Context, who access.Principal, numbers []Number, limit int) (versions []taken, err error) {
	a := c.ask(who)
	defer a.close()
	for _, n := range numbers {
		if a.looks++; a.looks >= a.c.holding.looks {
			if _, err := a.pause(ctx); err != nil {
				return nil, err
			}
		}
		if len(versions) == limit {
			break
		}
		if n == 0 || n > a.view.Len() || !a.isNewest(n) {
			continue
		}
		a.looks += looksPerReading
		t, err := a.take(n)
		if err != nil {
			return nil, err
		}
		versions = append(versions, t)
	}
	return versions, nil
}
