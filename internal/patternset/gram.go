package patternset

import (
	"encoding/binary"
	"slices"
)

// Substrings are found by grams: runs of 6 bytes of the folded text, or of 4 or
// 3 for a required text that is shorter. What requires less is not covered: an
// index of two bytes would make every other event a candidate.
const (
	maxGram = 6
	minGram = 3
)

// gramSizes are the sizes in use, the largest first.
var gramSizes = [...]int{6, 4, 3}

// gramSize is the largest that a text of n bytes has.
func gramSize(n int) int {
	for _, size := range gramSizes {
		if n >= size {
			return size
		}
	}
	return 0
}

// gramKey is the key of the first size bytes of eight that were read in little
// endian.
func (p *pathInfo) gramKey(size int, eight uint64) uint64 {
	x := eight<<(64-8*uint(size)) ^ p.salt
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 32
	return x * 0xbf58476d1ce4e5b9
}

func (p *pathInfo) gramKeyOf(text string) uint64 {
	var eight [8]byte
	copy(eight[:], text)
	return p.gramKey(len(text), binary.LittleEndian.Uint64(eight[:]))
}

// seeGrams looks for the patterns that wait for a part of the text.
func (sc *scratch) seeGrams(p *pathInfo, text string) {
	sc.folded = append(appendFolded(sc.folded[:0], text), make([]byte, slack)...)
	folded := sc.folded
	n := len(folded) - slack
	grams := sc.set.grams
	sc.hits = sc.hits[:0]
	sizes := p.grams.Load()
	for _, size := range gramSizes {
		if sizes&(1<<size) == 0 {
			continue
		}
		for i := 0; i+size <= n; i++ {
			if key := p.gramKey(size, binary.LittleEndian.Uint64(folded[i:])); grams.may(key) {
				sc.hits = append(sc.hits, key)
			}
		}
	}
	if len(sc.hits) > 1 {
		slices.Sort(sc.hits)
		sc.hits = slices.Compact(sc.hits)
	}
	for _, key := range sc.hits {
		from := len(sc.candidates)
		sc.candidates = grams.appendPatterns(sc.candidates, key)
		kept := sc.candidates[:from]
		for _, number := range sc.candidates[from:] {
			if sc.set.records.required(number, folded[:n]) {
				kept = append(kept, number)
			}
		}
		sc.candidates = kept
	}
}

// rarest is the gram of a folded text that fewest events are expected to have:
// one that few patterns wait for, and whose characters are rare.
func (s *Set) rarest(p *pathInfo, text string) (term, float64) {
	size := gramSize(len(text))
	best, least := "", 0.0
	for i := 0; i+size <= len(text); i++ {
		g := text[i : i+size]
		commonness := 1.0
		for j := range size {
			commonness *= float64(weight[g[j]])
		}
		for j := 0; j+3 < size; j++ {
			if common[g[j:j+4]] {
				commonness *= 1000
			}
		}
		if best != "" && commonness >= least {
			continue // whichever patterns wait for it
		}
		commonness *= 1 + float64(s.grams.waiting(p.gramKeyOf(g), 64))
		if best == "" || commonness < least {
			best, least = g, commonness
		}
	}
	cost := float64(costFewBytes)
	if size == maxGram {
		cost = costSixBytes
	}
	waiting := s.grams.waiting(p.gramKeyOf(best), s.options.Crowd)
	return term{path: p, kind: ofGram, text: best, required: text}, cost * (1 + float64(waiting)/4)
}

// weight is how common a byte is in what is looked for in events: letters as in
// English, digits, and what paths and URLs are made of.
var weight = func() (w [256]uint8) {
	for i := range w {
		w[i] = 1
	}
	for i, c := range []byte("qzxjkvbpygfwmucldrhsnioate") {
		w[c] = uint8(2 + i/2)
	}
	for c := '0'; c <= '9'; c++ {
		w[c] = 4
	}
	for _, c := range []byte("./\\-_:= ") {
		w[c] = 10
	}
	return w
}()

// common are runs of four bytes that too many events have.
var common = func() map[string]bool {
	runs := map[string]bool{}
	for _, text := range []string{
		"http://www.", "https://www.", ".com/", ".net/", ".org/", ".html", ".php?", "index.", "/api/", "/images/", "/static/",
		`c:\windows\system32\`, `c:\windows\syswow64\`, `c:\users\`, `\appdata\local\temp\`, `\appdata\roaming\`, `c:\program files (x86)\`,
		`c:\programdata\`, "powershell.exe", "cmd.exe /c ", "rundll32.exe", "svchost.exe", "regsvr32.exe", ".exe ", ".dll,", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/bin/bash -c ", "/home/",
		`hkey_local_machine\software\microsoft\windows\currentversion\run`, `hkey_current_user\`, "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/",
	} {
		for i := 0; i+4 <= len(text); i++ {
			runs[text[i:i+4]] = true
		}
	}
	return runs
}()
