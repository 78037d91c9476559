package ransom

import (
	"bytes"

	"github.com/zeebo/xxh3"
)

// trace is what was done to a file, kept under its path's hash, or under that of
// its path without extension.
type trace struct {
	at     int64
	streak uint64 // whose file it is, where it was turned or may have been
	former uint64
	folder uint32
	what   fate
}

// fate is what became of the file under the path of a trace.
type fate uint8

const (
	back    fate = iota // it is there
	turned              // it has a new extension, or a file with one was made beside it
	gone                // it was removed
	goneOf              // a file of this path and some extension was removed
	pending             // a file of this path and a new extension was made
)

// renamed: the file at d.from is now at d.path.
func (d *Detector) renamed(who person, at int64) {
	p, f := &d.path, &d.from
	d.returned(who)
	last := kinds[xxh3.Hash(f.extension())]
	former, end, product := f.inner()
	product = product && last != content // what is renamed was itself made from a file
	if !product {
		former, end = f.former(), len(f.text)
	}
	onlyPassing := (last == temporary || last == kept) && !product
	if bytes.Equal(p.extension(), f.extension()) || completes(f.name(), p.name()) || onlyPassing {
		d.plain(who, at)
		return
	}
	if what, isNew := d.novelty(p, at); !isNew && !(appends(f.name(), p.name()) && (what == content || what == packed) && last == content) {
		d.plain(who, at)
		return
	}
	t := turning{at: at, original: f.upTo(end, who.host), folder: uint32(p.folder(who.host)), former: uint32(former), weight: 2}
	if product {
		t.weight = d.weightOf(t.original, at)
		if s := d.streaks.find(key(who.actor, xxh3.Hash(f.extension()))); s >= 0 {
			t.weight = max(t.weight, d.drop(s, t.original)) // it has gone on to the next extension
		}
	}
	d.turn(d.streakOf(who, p), who, t)
}

// completes says that a name only has something taken off: a download's
// ".crdownload", what rsync puts around it.
func completes(from, name []byte) bool {
	i := bytes.Index(from, name)
	if i < 0 {
		return false
	}
	end := i + len(name)
	return (i == 0 || !isWord(from[i-1])) && (end == len(from) || !isWord(from[end]))
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 }

// appends says that a name is another with an extension put behind it.
func appends(from, name []byte) bool {
	return len(name) > len(from)+1 && name[len(from)] == '.' && bytes.HasPrefix(name, from)
}

// weightOf is 2 for a file that went a moment ago, 1 for one that may be there.
func (d *Detector) weightOf(original uint64, at int64) uint8 {
	if t := d.traceOf(original); t != nil && t.what == gone && at-t.at <= d.window {
		return 2
	}
	return 1
}

// written: the file at d.path was made, or written over.
func (d *Detector) written(who person, at int64) {
	p := &d.path
	d.returned(who)
	if _, isNew := d.novelty(p, at); !isNew {
		d.plain(who, at)
		return
	}
	here := turning{at: at, folder: uint32(p.folder(who.host))}
	if former, end, ok := p.inner(); ok {
		here.original, here.former = p.upTo(end, who.host), uint32(former)
		here.weight = d.weightOf(here.original, at)
		d.turn(d.streakOf(who, p), who, here)
		return
	}
	// Nothing in the name says what it was: a file that went may.
	here.original, here.weight = p.upTo(p.dot, who.host), 2
	if t := d.traceOf(here.original); t != nil && (t.what == gone || t.what == goneOf) && at-t.at <= d.window {
		here.former = uint32(t.former)
		d.turn(d.streakOf(who, p), who, here)
		return
	}
	s := d.streakOf(who, p)
	d.leave(here.original, trace{at: at, streak: d.streaks.keys[s], folder: here.folder, what: pending})
	d.plain(who, at)
}

// removed: the file at d.path is gone.
func (d *Detector) removed(who person, at int64) {
	p := &d.path
	former := p.former()
	whole, stem := p.upTo(len(p.text), who.host), p.upTo(p.dot, who.host)
	if t := d.traceOf(whole); t != nil && t.what == turned {
		if s := d.streaks.find(t.streak); s >= 0 {
			if e := d.entry(s, whole); e != nil && e.weight == 1 {
				e.weight = 2
				d.check(s, who, at)
			}
		}
	} else if t != nil && t.what == pending {
		d.went(t, who, whole, former, at)
		return
	} else {
		d.leave(whole, trace{at: at, former: former, what: gone})
	}
	if stem == whole {
		return
	}
	if t := d.traceOf(stem); t != nil && t.what == pending {
		d.went(t, who, stem, former, at)
	} else if t == nil || t.what != turned {
		d.leave(stem, trace{at: at, former: former, what: goneOf})
	}
}

// went: what may have been the original of a file with a new extension is gone.
func (d *Detector) went(t *trace, who person, original, former uint64, at int64) {
	s := d.streaks.find(t.streak)
	if s < 0 || at-t.at > d.window {
		t.what = back
		return
	}
	d.turn(s, person{host: who.host, actor: d.streaks.values[s].actor}, turning{at: at, original: original, folder: t.folder, former: uint32(former), weight: 2})
}

// returned takes a file back into account as it was: there is one at its path.
func (d *Detector) returned(who person) {
	whole := d.path.upTo(len(d.path.text), who.host)
	t := d.traceOf(whole)
	if t == nil {
		return
	}
	if s := d.streaks.find(t.streak); t.what == turned && s >= 0 {
		d.drop(s, whole)
	}
	if t.what != pending {
		t.what = back
	}
}

// novelty says what the path's extension is known for, and whether it is new to
// the network.
func (d *Detector) novelty(p *path, at int64) (kind, bool) {
	extension := p.extension()
	if len(extension) == 0 {
		return unknown, false
	}
	h := xxh3.Hash(extension)
	if k := kinds[h]; k != unknown {
		return k, false
	}
	if isNumbering(extension) || d.known[h] {
		return kept, false
	}
	return unknown, !d.habitual(ofExtension, h, at)
}

func (d *Detector) traceOf(path uint64) *trace {
	if i := d.traces.find(path); i >= 0 {
		return &d.traces.values[i]
	}
	return nil
}

func (d *Detector) leave(path uint64, t trace) {
	i, _ := d.traces.claim(path, d.tick)
	d.traces.values[i] = t
}
