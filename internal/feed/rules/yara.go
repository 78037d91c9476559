package rules

import (
	"io"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// yaraHashes are the functions of YARA's hash module.
var yaraHashes = []struct {
	of       observable.Type
	function string
}{{observable.SHA256, "sha256"}, {observable.SHA1, "sha1"}, {observable.MD5, "md5"}}

// YARA writes rules that find files by their hash, with YARA's hash module (YARA
// documentation, "Hash module"): at most 256 for each algorithm and polarity,
// one for all hashes that begin with the same byte. A file is hashed once, and
// compared with the hashes of one rule only, since "startswith" fails first in
// the others. YARA 4.1 or later; for long lists ClamAV is the better engine.
//
// The names are those of the rules' first byte, so that a rule keeps its name
// while hashes come and go. They are tagged with the polarity.
func YARA(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	out.WriteString("import \"hash\"\n")
	for _, one := range sides {
		ps := one.of(s)
		for _, p := range ps {
			if p.Type == observable.SHA512 {
				out.Leave(p, "YARA's hash module has no SHA-512")
			}
		}
		for _, h := range yaraHashes {
			writeYARA(out, one, h.function, byFirst(ps, h.of))
		}
	}
	return out.Done()
}

// byFirst gives the protections of the type by the first byte of their hash,
// each list in the order of ps.
func byFirst(ps []*protect.Protection, of observable.Type) (lists [256][]*protect.Protection) {
	var count [256]int
	for _, p := range ps {
		if p.Type == of {
			count[first(p.Text)]++
		}
	}
	for i, n := range count {
		lists[i] = make([]*protect.Protection, 0, n)
	}
	for _, p := range ps {
		if p.Type == of {
			b := first(p.Text)
			lists[b] = append(lists[b], p)
		}
	}
	return lists
}

func first(hash string) byte { return digit(hash[0])<<4 | digit(hash[1]) }

// digit is the number of a digit of a hash as observable.New writes it.
func digit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}

func writeYARA(out *feed.Output, one side, function string, lists [256][]*protect.Protection) {
	for _, ps := range lists {
		if len(ps) == 0 {
			continue
		}
		start := ps[0].Text[:2]
		out.Line("\nrule tocsin_", one.word, "_", function, "_", start, " : ", one.word)
		out.Line("{")
		out.Line("\tmeta:\n\t\tdescription = \"a file whose ", function, " is listed, beginning with ", start, "\"")
		out.Line("\tcondition:\n\t\thash.", function, "(0, filesize) startswith \"", start, "\" and (")
		for i, p := range ps {
			out.WriteString("\t\t\thash.")
			out.WriteString(function)
			out.WriteString("(0, filesize) == \"")
			out.WriteString(p.Text)
			if i < len(ps)-1 {
				out.WriteString("\" or\n")
			}
		}
		out.Line("\"\n\t\t)\n}")
	}
}
