package ransom

import (
	"bytes"
	"strings"

	"github.com/zeebo/xxh3"
)

// Limits on names that come from outside, in bytes.
const (
	maxPath      = 32 << 10 // a longer path is ignored
	maxExtension = 32       // a longer one is none
	maxNote      = 128      // a longer name is no note
)

// path is a path in one form, whatever system wrote it: ASCII letters small, one
// "/" for each run of separators, without the kernel's prefix and without a
// stream's name. Segments of "." and ".." stay, as they do in sensors' records.
type path struct {
	text []byte // valid until the memory it was read into is used again
	base int    // where the name begins
	dot  int    // where the name's extension begins, with its dot; len(text) where it has none
}

// read brings a path into its one form, in the memory given; false for what has
// no name or is too long.
func (p *path) read(memory []byte, text string) ([]byte, bool) {
	windows := len(text) >= 2 && (text[1] == ':' || text[0] == '\\')
	text, server := withoutNamespace(text)
	memory = memory[:0]
	if text == "" || len(text) > maxPath {
		return memory, false
	}
	if server {
		memory = append(memory, '/')
	}
	base, dot := 0, -1
reading:
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c == '/' || c == '\\':
			c = '/'
			if n := len(memory); n > 0 && memory[n-1] == '/' && (n > 1 || !windows) {
				continue // but two at the beginning of Windows': a server's name follows
			}
			base, dot = len(memory)+1, -1
		case c == '.':
			dot = len(memory)
		case c == ':' && windows && len(memory) > max(base, 1):
			break reading // the name of a stream within the file
		}
		memory = append(memory, c)
	}
	name := memory[min(base, len(memory)):]
	if len(name) == 0 || string(name) == "." || string(name) == ".." {
		return memory, false
	}
	if dot <= base || dot == len(memory)-1 || len(memory)-dot-1 > maxExtension {
		dot = len(memory) // ".profile" and "a." have none
	}
	p.text, p.base, p.dot = memory, base, dot
	return memory, true
}

// withoutNamespace takes off what Windows' kernel and API put before a path, and
// says whether a server's name comes first.
func withoutNamespace(text string) (rest string, server bool) {
	if len(text) < 4 || text[0] != '\\' || text[3] != '\\' || text[1:3] != "??" && text[1:3] != `\?` {
		return text, false
	}
	text = text[4:]
	if len(text) > 4 && text[3] == '\\' && strings.EqualFold(text[:3], "UNC") {
		return text[3:], true
	}
	return text, false
}

func (p *path) name() []byte      { return p.text[p.base:] }
func (p *path) extension() []byte { return p.text[min(p.dot+1, len(p.text)):] }
func (p *path) folder(seed uint64) uint64 {
	return xxh3.HashSeed(p.text[:max(p.base-1, 0)], seed)
}

// upTo is the hash of the path's first bytes.
func (p *path) upTo(n int, seed uint64) uint64 { return xxh3.HashSeed(p.text[:n], seed) }

// inner finds the first extension within the name that is of a known kind, and
// that another follows: of "a.docx.id-7.[x@y.example].wncry" it is "docx". It
// returns the extension's hash and where the original's path ends.
func (p *path) inner() (former uint64, end int, ok bool) {
	if p.dot == len(p.text) {
		return 0, 0, false
	}
	at := p.base + 1
	for range 8 { // more dots than that are not looked at
		next := bytes.IndexByte(p.text[at:p.dot], '.')
		if next < 0 {
			return 0, 0, false
		}
		at += next + 1
		end = p.dot
		if stop := bytes.IndexByte(p.text[at:p.dot], '.'); stop >= 0 {
			end = at + stop
		}
		if h := xxh3.Hash(p.text[at:end]); kinds[h] == content {
			return h, end, true
		}
	}
	return 0, 0, false
}

// former is the extension that says what a file was: the first known one, or the
// last; 0 where it has none.
func (p *path) former() uint64 {
	if former, _, ok := p.inner(); ok {
		return former
	}
	if p.dot == len(p.text) {
		return 0
	}
	return xxh3.Hash(p.extension())
}
