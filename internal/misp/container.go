package misp

import (
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/compose"
)

// maxRefs is how many objects one report or grouping names at most: objects
// have a limit of bytes.
const maxRefs = 5000

// ref is an object that a container names.
type ref struct {
	id    string
	place int // in its list, from 0; -1 if it is in none
	scope scope
}

// container gathers the elements of an event or of an object.
type container struct {
	*event
	id                string
	scope             scope
	created, modified time.Time
	own               []ref            // for who sees the container
	narrower          map[string][]ref // for fewer, by release
	order             []string
}

func (c *container) add(r ref) {
	key := r.scope.release(c.opt).String()
	if key == c.scope.release(c.opt).String() {
		c.own = append(c.own, r)
		return
	}
	if c.narrower == nil {
		c.narrower = map[string][]ref{}
	}
	if c.narrower[key] == nil {
		c.order = append(c.order, key)
	}
	c.narrower[key] = append(c.narrower[key], r)
}

// write finishes the container's own object and writes those that continue it.
func (c *container) write(o *compose.Object, x *extension, p place, notes ...string) error {
	first := c.own[:min(len(c.own), maxRefs)]
	x.attach(o)
	o.Set("object_refs", c.names(first))
	if err := c.emit(o, p, notes...); err != nil {
		return err
	}
	for part, at := 1, len(first); at < len(c.own); part++ {
		next := c.own[at:min(at+maxRefs, len(c.own))]
		at += len(next)
		if err := c.more(next, part, "", false, p.pointer); err != nil {
			return err
		}
	}
	for _, key := range c.order {
		refs := c.narrower[key]
		for part, at := 1, 0; at < len(refs); part++ {
			next := refs[at:min(at+maxRefs, len(refs))]
			at += len(next)
			if err := c.more(next, part, key, true, p.pointer); err != nil {
				return err
			}
		}
	}
	return nil
}

// names are what object_refs holds: it has to name something.
func (c *container) names(refs []ref) []string {
	ids := make([]string, 0, len(refs))
	for _, r := range refs {
		ids = append(ids, r.id)
	}
	switch {
	case len(ids) > 0:
		return ids
	case c.author != "":
		return []string{c.author}
	}
	return []string{author}
}

// more writes a grouping that continues the container. That of elements for
// fewer readers tells their places, which the others never see.
func (c *container) more(refs []ref, part int, key string, placed bool, pointer string) error {
	created, modified := c.created, c.modified
	o := compose.New("grouping", compose.ID("grouping", "misp", c.id, key, strconv.Itoa(part)), created, modified)
	o.Set("created_by_ref", c.author)
	o.Set("object_marking_refs", refs[0].scope.marking(c.opt))
	o.Set("context", "unspecified")
	x := extension{Kind: kindMore, Of: c.id, Part: part}
	if placed {
		for _, r := range refs {
			x.Places = append(x.Places, r.place)
		}
	}
	x.attach(o)
	o.Set("object_refs", c.names(refs))
	return c.emit(o, c.at(pointer, refs[0].scope))
}
