package ransom

import (
	"slices"

	"github.com/zeebo/xxh3"
)

// notice is a name that an actor left in folders lately.
type notice struct {
	count  int
	found  *finding
	length uint8
	text   [maxNote]byte
}

// leaving is one folder in which the name was left.
type leaving struct {
	at     int64
	folder uint64
}

// folder is what names an actor wrote in a folder, turned files not among them.
type folder struct {
	names [4]uint32
	count uint8
}

// maxOthers is how many further names there may be in the folder of a note:
// WannaCry leaves two of its own.
const maxOthers = 2

// plain notes the name at d.path, and whether it may be a note.
func (d *Detector) plain(who person, at int64) {
	p := &d.path
	name := xxh3.Hash(p.name())
	here := key(who.actor, p.folder(who.host))
	i, _ := d.folders.claim(here, d.tick)
	f := &d.folders.values[i]
	if int(f.count) < len(f.names) && !slices.Contains(f.names[:f.count], uint32(name)) {
		f.names[f.count] = uint32(name)
		f.count++
	}
	if !readable[xxh3.Hash(p.extension())] || usual[name] || d.known[name] || len(p.name()) > maxNote || d.habitual(ofNote, name, at) {
		return
	}
	n, known := d.notes.claim(key(who.actor, name), d.tick)
	k := &d.notes.values[n]
	ring := d.left[n*d.cfg.Notes : (n+1)*d.cfg.Notes]
	if !known {
		k.length = uint8(copy(k.text[:], p.name()))
		clear(ring)
	}
	for j := range ring[:min(len(ring), k.count)] {
		if ring[j].folder == here {
			return
		}
	}
	ring[k.count%len(ring)] = leaving{at: at, folder: here}
	k.count++
	if f := k.found; f.alive(at, d.cfg.Quiet) {
		if len(f.text[ofExtension]) == 0 {
			f.grow(at, 1)
			f.folders.add(here)
		}
		return
	}
	if k.count >= 3 {
		d.practise(ofNote, name, at)
	}
	if k.count >= len(ring) {
		d.checkNote(n, who, at)
	}
}

// checkNote asks whether the name meets the rule. In the folder that was come to
// last more may follow, so that it is not asked.
func (d *Detector) checkNote(n int, who person, now int64) {
	k := &d.notes.values[n]
	ring := d.left[n*d.cfg.Notes : (n+1)*d.cfg.Notes]
	first := now
	for i := range ring {
		l := &ring[i]
		if now-l.at > d.window || l.at-now > d.window {
			return
		}
		first = min(first, l.at)
		if i == (k.count-1)%len(ring) {
			continue
		}
		if at := d.folders.find(l.folder); at < 0 || d.folders.values[at].count > 1+maxOthers {
			return
		}
	}
	text := k.text[:k.length]
	f := d.raise(who, ofNote, xxh3.Hash(text), text, first)
	f.hosts.add(who.host)
	if len(f.text[ofExtension]) == 0 {
		f.grow(now, len(ring))
		for i := range ring {
			f.folders.add(ring[i].folder)
		}
	}
	k.found = f
}
