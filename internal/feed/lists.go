package feed

import (
	"bufio"
	"io"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// listed are the types that engines which read a list can block: others, such as
// a mutex or a file's name, are for endpoints and hunts.
var listed = []observable.Type{
	observable.Domain, observable.IPv4, observable.IPv6, observable.URL,
	observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512,
}

// Plain writes an external dynamic list: one blocked value a line, the latest
// decision first, without comments. With types it writes only values of
// these: firewalls take a list of addresses, of domains or of URLs; without, of
// all that a list can hold. Readers may
// match subdomains of a listed domain, so that domains above a must-resolve
// name are not listed (Set.Whole).
func Plain(w io.Writer, s Set, types ...observable.Type) error {
	if len(types) == 0 {
		types = listed
	}
	out := bufio.NewWriter(w)
	blocks, _ := s.Whole()
	for _, p := range blocks {
		if slices.Contains(types, p.Type) {
			out.WriteString(p.Text + "\n")
		}
	}
	return out.Flush()
}

// Hosts writes a hosts file (hosts(5)): blocked domains at the unspecified
// address of both families, since a resolver library asks for each and goes
// on to DNS for one that the file lacks, and must-resolve names at their
// answers. A hosts file knows no subdomains, so that a domain above a
// must-resolve name harms nothing below.
func Hosts(w io.Writer, s Set) error {
	out := bufio.NewWriter(w)
	for _, p := range s.MustResolve() {
		if p.Type == observable.Domain && p.Answer != "" {
			out.WriteString(p.Answer + " " + p.Text + "\n")
		}
	}
	for _, p := range s.Blocks() {
		if p.Type == observable.Domain {
			out.WriteString("0.0.0.0 " + p.Text + "\n:: " + p.Text + "\n")
		}
	}
	return out.Flush()
}
