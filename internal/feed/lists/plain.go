package lists

import (
	"io"
	"slices"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// listed are the types that engines which read a list can block: others, such as
// a mutex or a file's name, are for endpoints and hunts.
var listed = []observable.Type{
	observable.Domain, observable.IPv4, observable.IPv6, observable.URL,
	observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512,
}

// Plain compiles an external dynamic list: one blocked value a line, most
// confident first, without comments. With types it writes only values of these:
// firewalls take a list of addresses, of domains or of URLs; without, of all
// that a list can hold.
//
// Whether the names beneath a listed one are meant, a line cannot say, and
// readers differ. So no domain above a must-resolve name is listed; an Exact one
// is, and a reader that matches subdomains hits more than it should:
// for such a reader there is Suffixes.
func Plain(types ...observable.Type) feed.Compiler {
	if len(types) == 0 {
		types = listed
	}
	return func(w io.Writer, s feed.Set) ([]feed.Left, error) {
		out := feed.NewOutput(w)
		for _, p := range s.Blocks() {
			if !slices.Contains(types, p.Type) {
				continue
			}
			if reason := s.Above(p); reason != "" {
				out.Leave(p, reason)
				continue
			}
			out.Line(p.Text)
		}
		return out.Done()
	}
}

// Suffixes writes a list of domains for readers that match the names beneath
// each: only those that are meant so, and none above a must-resolve name.
func Suffixes(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for _, p := range s.Blocks() {
		if p.Type != observable.Domain {
			continue
		}
		if p.Exact {
			out.Leave(p, "the names beneath it are not meant: it is in domains.txt")
		} else if reason := s.Above(p); reason != "" {
			out.Leave(p, reason)
		} else {
			out.Line(p.Text)
		}
	}
	return out.Done()
}

// Hosts writes a hosts file (hosts(5)): blocked domains at the unspecified
// address of both families, since a resolver library asks for each and goes
// on to DNS for one that the file lacks, and must-resolve names at their
// answers. A hosts file knows no subdomains: it blocks less than is meant, and a
// domain above a must-resolve name harms nothing below.
func Hosts(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for _, p := range s.MustResolve() {
		if p.Type == observable.Domain && p.Answer != "" {
			out.Line(p.Answer, " ", p.Text)
		}
	}
	for _, p := range s.Blocks() {
		if p.Type == observable.Domain {
			out.Line("0.0.0.0 ", p.Text)
			out.Line(":: ", p.Text)
		}
	}
	return out.Done()
}
