package shelf

import (
	"bytes"
	"fmt"
	"slices"
)

// Change is versions that are about to get another audience, or to be erased,
// and what follows for those that share their ids and times.
type Change struct {
	s       *Shelf
	altered map[Number]Record
	erased  []Number
	// Fell no longer stand for their id, owner and time, Rose now do. Erased
	// versions that stood are among those that fell.
	Fell, Rose []Number
}

// Change works out what moved audiences and erased versions would change.
// Nothing is changed before Publish. There must be no Stage meanwhile.
func (s *Shelf) Change(moved map[Number]uint32, erased []Number) *Change {
	c := &Change{s: s, altered: map[Number]Record{}}
	settled := map[uint32]bool{}
	for n, audience := range moved {
		r := c.at(n)
		r.Audience = audience
		c.altered[n] = r
	}
	for _, n := range erased {
		r := c.at(n)
		if r.Flags&Erased != 0 { // its bytes were blanked before its record was
			continue
		}
		r.Flags |= Erased
		c.altered[n] = r
		c.erased = append(c.erased, n)
	}
	for n := range c.altered {
		if r := s.at(n); r.chain != 0 && !settled[r.id] {
			settled[r.id] = true
			c.settle(s.newestOf(n))
		}
	}
	for n, r := range c.altered {
		was, is := s.at(n).stands(), r.stands()
		switch {
		case was && !is:
			c.Fell = append(c.Fell, n)
		case is && !was:
			c.Rose = append(c.Rose, n)
		}
	}
	slices.Sort(c.Fell)
	slices.Sort(c.Rose)
	return c
}

func (r Record) stands() bool { return r.Flags&(Behind|Erased) == 0 }

func (c *Change) at(n Number) Record {
	if r, ok := c.altered[n]; ok {
		return r
	}
	return c.s.at(n)
}

// settle puts the versions of an id in their places anew, in the order in
// which they were added.
func (c *Change) settle(newest Number) {
	var order []Number
	for n := newest; n != 0; n = c.s.at(n).Prev {
		order = append(order, n)
	}
	standing := times{}
	for _, n := range slices.Backward(order) {
		r := c.at(n)
		r.Flags &^= Behind
		var before Number
		if r.Prev != 0 && r.Flags&Erased == 0 {
			p := place{at: c.at, r: &r, owner: c.s.owner}
			p.rises()
			p.among(standing[r.Modified])
			if before = p.before; before != 0 && r.Flags&Behind == 0 {
				b := c.at(before)
				b.Flags |= Behind
				c.altered[before] = b
			}
		}
		c.altered[n] = r
		standing[r.Modified] = with(standing[r.Modified], n, &r, before)
	}
}

// Left says whether a version of the same id remains that is not erased.
func (c *Change) Left(n Number) bool { return left(c.at, c.s.newestOf(n)) }

func left(at func(Number) Record, newest Number) bool {
	for n := newest; n != 0; {
		r := at(n)
		if r.Flags&Erased == 0 {
			return true
		}
		n = r.Prev
	}
	return false
}

// Publish makes the change. What is erased is gone for every View from now on;
// Blank has to follow.
func (c *Change) Publish() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for n, r := range c.altered {
		*c.s.versions.at(uint32(n)) = r.pack()
		delete(c.s.long, r.id) // made anew when it is needed
	}
}

// Blank overwrites what was erased in the files, with spaces and zeros, and
// returns when that is on disk. Bytes that another version has, too, stay.
func (c *Change) Blank() error {
	if err := c.blank(); err != nil {
		return fmt.Errorf("erase %d versions: %w", len(c.erased), err)
	}
	return nil
}

func (c *Change) blank() error {
	for _, n := range c.erased {
		r, err := c.s.stored(n)
		if err != nil {
			return err
		}
		if r.length == 0 {
			continue
		}
		kept, err := c.kept(n, r.offset)
		if err != nil {
			return err
		}
		if kept {
			continue
		}
		// The comma goes as well, so that a run that held it stays a list.
		if _, err := c.s.bytes.WriteAt(bytes.Repeat([]byte{' '}, int(r.length)+1), r.offset); err != nil {
			return err
		}
	}
	if err := c.s.bytes.Sync(); err != nil {
		return err
	}
	for _, n := range c.erased {
		seq, _, added := View{s: c.s}.Place(n)
		blank := stored{Version: Version{Flags: Erased}, seq: seq, added: added}.append(nil)
		if _, err := c.s.records.WriteAt(blank, int64(n-1)*recordSize); err != nil {
			return err
		}
	}
	return c.s.records.Sync()
}

// kept says whether another version of a version's id, which is not erased, lies in the
// same place.
func (c *Change) kept(n Number, offset int64) (bool, error) {
	for other := c.s.newestOf(n); other != 0; other = c.s.at(other).Prev {
		if c.s.at(other).Flags&Erased != 0 {
			continue
		}
		r, err := c.s.stored(other)
		if err != nil || r.offset == offset {
			return err == nil, err
		}
	}
	return false, nil
}
