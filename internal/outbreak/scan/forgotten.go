package scan

// Forgotten counts what was pushed out of memory, in both directions. A count
// that grows fast means that the bounds are too small for the network, or that
// somebody invents addresses.
type Forgotten struct {
	Contacts uint64 // first contacts: another one with the target counts again
	Sources  uint64 // walks, which begin anew
	Sketches uint64 // of busy sources, which count again from nothing
}

// Forgotten counts what was pushed out so far.
func (d *Detector) Forgotten() Forgotten {
	var f Forgotten
	for i := range d.sides {
		s := &d.sides[i]
		f.Contacts += s.contacts.evicted
		f.Sources += s.sources.evicted
		f.Sketches += s.crowd.evicted
	}
	return f
}
