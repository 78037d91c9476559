package ransom

import (
	"slices"

	"github.com/zeebo/xxh3"
)

// streak is what one actor turned into one extension lately: the last files are in
// Detector.turned.
type streak struct {
	actor     uint64
	extension uint64 // hash
	length    uint8
	text      [maxExtension]byte
	found     *finding
	count     int // files so far
	// run are the files, and what is said of them, without a pause of the window or
	// more. A folder may hold more files than the window, so that folders are not
	// asked of the last files alone.
	run              int
	began, last      int64
	formers, folders few
}

// turning is one file that was turned. Hashes of folders and former extensions
// are cut short: a chance of 1 in 2^32 that two of a few are one.
type turning struct {
	at             int64
	original       uint64 // hash of the path that it had
	folder, former uint32
	weight         uint8 // 2, or 1 where the original may be there still, or 0: it is
}

// streakOf is the place of the actor's streak with the path's extension.
func (d *Detector) streakOf(who person, p *path) int {
	extension := p.extension()
	h := xxh3.Hash(extension)
	i, known := d.streaks.claim(key(who.actor, h), d.tick)
	if !known {
		s := &d.streaks.values[i]
		s.actor, s.extension = who.actor, h
		s.length = uint8(copy(s.text[:], extension))
		clear(d.ring(i))
	}
	return i
}

// ring are the last files of a streak, in no particular order.
func (d *Detector) ring(s int) []turning {
	n := 2 * d.cfg.Files
	return d.turned[s*n : (s+1)*n]
}

// entry is a streak's file by the path that it had, nil where it is not there.
func (d *Detector) entry(s int, original uint64) *turning {
	ring := d.ring(s)
	for i := range ring[:min(len(ring), d.streaks.values[s].count)] {
		if ring[i].original == original {
			return &ring[i]
		}
	}
	return nil
}

// drop takes a file out of a streak and returns the weight that it had.
func (d *Detector) drop(s int, original uint64) uint8 {
	e := d.entry(s, original)
	if e == nil || e.weight == 0 {
		return 0
	}
	weight := e.weight
	e.weight = 0
	d.streaks.values[s].run--
	return weight
}

// turn notes a file in a streak; one that is there already counts once.
func (d *Detector) turn(s int, who person, t turning) {
	d.leave(t.original, trace{at: t.at, streak: d.streaks.keys[s], former: uint64(t.former), folder: t.folder, what: turned})
	if e := d.entry(s, t.original); e != nil {
		if e.weight == 0 {
			d.streaks.values[s].run++
		}
		e.weight, e.at = max(e.weight, t.weight), max(e.at, t.at)
		d.check(s, who, t.at)
		return
	}
	k := &d.streaks.values[s]
	if t.at-k.last > d.window {
		k.run, k.began, k.formers, k.folders = 0, t.at, few{}, few{}
	}
	k.run++
	k.last = max(k.last, t.at)
	k.formers.add(t.former, d.cfg.Formers)
	k.folders.add(t.folder, d.cfg.Folders)
	ring := d.ring(s)
	ring[k.count%len(ring)] = t
	k.count++
	d.practise(ofExtension, k.extension, t.at)
	if f := k.found; f.alive(t.at, d.cfg.Quiet) {
		f.grow(t.at, 1)
		f.folders.add(key(who.host, uint64(t.folder)))
		return
	}
	d.check(s, who, t.at)
}

// check asks whether the streak meets the rule.
func (d *Detector) check(s int, who person, now int64) {
	k := &d.streaks.values[s]
	if k.count < d.cfg.Files || k.formers.n < d.cfg.Formers || k.folders.n < d.cfg.Folders || k.found.alive(now, d.cfg.Quiet) {
		return
	}
	ring := d.ring(s)
	ring = ring[:min(len(ring), k.count)]
	weight, files := 0, 0
	for i := range ring {
		t := &ring[i]
		if t.weight == 0 || now-t.at > d.window || t.at-now > d.window {
			continue
		}
		weight += int(t.weight)
		files++
	}
	if weight < 2*d.cfg.Files {
		return
	}
	// Records come out of order: the last one may be of the earliest time, and of
	// files that were dropped some may be from before the run.
	f := d.raise(who, ofExtension, k.extension, k.text[:k.length], min(k.began, now))
	f.grow(now, max(k.run, files))
	f.hosts.add(who.host)
	for i := range ring {
		if t := &ring[i]; t.weight > 0 && now-t.at <= d.window {
			f.folders.add(key(who.host, uint64(t.folder)))
		}
	}
	k.found = f
}

// maxFew is how many distinct values are told apart.
const maxFew = 16

// few are distinct values, up to as many as are asked for.
type few struct {
	values [maxFew]uint32
	n      int
}

func (s *few) add(v uint32, enough int) {
	if s.n < min(enough, len(s.values)) && !slices.Contains(s.values[:s.n], v) {
		s.values[s.n] = v
		s.n++
	}
}
