package taxii

import "hash/maphash"

// maxHashes is how many objects of a page are remembered: of a longer page the
// rest is given out again if it breaks off.
const maxHashes = 1 << 16

var seed = maphash.MakeSeed()

// given is which values of a page have been given out, by their hashes. They
// are only known to this process.
type given struct {
	hashes []uint64
	count  int
	digest uint64 // of all of them, in their order
	whole  bool   // the page came to its end
	same   bool   // so far, or as a whole, it is the page before
}

// add takes one more value in. It is true if the value has been given out
// before: it stands where it stood then, with the same ones ahead of it.
func (g *given) add(raw []byte, before given) bool {
	const prime = 1<<40 + 0x1b3 // FNV
	h := maphash.Bytes(seed, raw)
	g.same = g.same && g.count < len(before.hashes) && before.hashes[g.count] == h
	if g.count < maxHashes {
		g.hashes = append(g.hashes, h)
	}
	g.count++
	g.digest = g.digest*prime + h
	return g.same
}

// maxEmpty is how many empty pages that promise more are taken in a row.
const maxEmpty = 100

// guard finds that a run of pages does not come to an end.
type guard struct {
	empty   int
	cursors finder[Cursor]
	pages   finder[uint64]
}

// repeats takes the cursor after a page, and the page.
func (g *guard) repeats(next Cursor, page given) bool {
	if page.count == 0 {
		g.empty++
		return g.empty > maxEmpty || g.cursors.found(next)
	}
	g.empty = 0
	return g.cursors.found(next) || g.pages.found(page.digest)
}

// finder finds that a sequence goes round, in constant memory: it compares with
// one value that it keeps, and keeps a later one every time twice as many have
// gone by (Brent 1980).
type finder[T comparable] struct {
	kept        T
	any         bool
	seen, until int
}

func (f *finder[T]) found(value T) bool {
	if f.any && value == f.kept {
		return true
	}
	if f.seen++; f.seen > f.until {
		f.kept, f.any, f.seen, f.until = value, true, 0, 2*f.until+1
	}
	return false
}
