package ransom

import (
	"cmp"
	"slices"
	"time"
)

// subject is what a finding is of, and a habit.
type subject uint8

const (
	ofExtension subject = iota
	ofNote
	subjects
)

// finding is an extension, a note, or the two that one actor left.
type finding struct {
	text           [subjects][]byte
	keys           [subjects]uint64
	files          int
	hosts, folders sketch
	first, last    int64
	ended          bool
	reported       int // files in the last report
	reportedHosts  int
	reportedAt     int64
	news           bool // a text was added since
}

// alive says that there is a finding that goes on at the time.
func (f *finding) alive(at int64, quiet time.Duration) bool {
	return f != nil && !f.ended && at-f.last <= int64(quiet)
}

func (f *finding) grow(at int64, files int) {
	f.files += files
	f.last = max(f.last, at)
}

// raise is the finding of a text: the one that there is, or the one that rests on
// the same actor and has no such text yet, or a new one.
func (d *Detector) raise(who person, of subject, hash uint64, text []byte, first int64) *finding {
	k := key(hash, uint64(of))
	f := d.found[k]
	if f != nil && !f.alive(first, d.cfg.Quiet) {
		d.end(f)
		f = nil
	}
	i, _ := d.doers.claim(who.actor, d.tick)
	by := &d.doers.values[i]
	if f == nil {
		if f = by.found; !f.alive(first, d.cfg.Quiet) || len(f.text[of]) > 0 {
			f = d.begin(first)
		}
		if of == ofExtension {
			f.files = 0 // files with the extension from here on, not notes
		}
		f.text[of], f.keys[of], f.news = slices.Clone(text), k, true
		d.found[k] = f
	}
	f.first = min(f.first, first)
	by.found = f
	return f
}

// begin makes room for a finding, at the cost of that which has not grown for
// longest.
func (d *Detector) begin(first int64) *finding {
	if len(d.found) >= d.cfg.MaxFindings {
		var oldest *finding
		for _, f := range d.found {
			if oldest == nil || cmp.Or(cmp.Compare(f.last, oldest.last), cmp.Compare(f.keys[0], oldest.keys[0]), cmp.Compare(f.keys[1], oldest.keys[1])) < 0 {
				oldest = f
			}
		}
		d.end(oldest)
	}
	return &finding{first: first}
}

func (d *Detector) end(f *finding) {
	f.ended = true
	for of, text := range f.text {
		if len(text) > 0 {
			delete(d.found, f.keys[of])
		}
	}
}

// Take returns what is to be reported since the last call, sorted; nil where
// there is nothing. What is new is due at once. What was reported before is due
// again when its files or hosts have doubled, or when it has grown and Every has passed
// since in telemetry time.
func (d *Detector) Take() []Finding {
	var due []Finding
	for k, f := range d.found {
		if len(f.text[ofExtension]) > 0 && k != f.keys[ofExtension] || !f.due(int64(d.cfg.Every)) {
			continue // one that has both texts is there twice
		}
		due = append(due, f.asFinding())
		f.reported, f.reportedHosts, f.reportedAt, f.news = f.files, f.hosts.count(), f.last, false
	}
	slices.SortFunc(due, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Extension, b.Extension), cmp.Compare(a.Note, b.Note))
	})
	return due
}

func (f *finding) due(every int64) bool {
	return f.news || f.files > f.reported &&
		(f.files >= 2*f.reported || f.last-f.reportedAt >= every || f.hosts.count() >= 2*f.reportedHosts)
}

func (f *finding) asFinding() Finding {
	out := Finding{
		Note: shown(f.text[ofNote], maxNote), Hosts: f.hosts.count(), Files: f.files, Folders: f.folders.count(),
		First: time.Unix(0, f.first).UTC(), Last: time.Unix(0, f.last).UTC(),
	}
	if len(f.text[ofExtension]) > 0 {
		out.Extension = shown(append([]byte("."), f.text[ofExtension]...), maxShown)
	}
	return out
}
