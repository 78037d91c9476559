package rules

import (
	"hash/fnv"
	"io"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// The numbers of Suricata's rules lie within what is kept for local use, 1000000
// to 1999999 (Suricata documentation, "Meta Keywords", sid): those of the lists
// are fixed, those of a name are made of the name, so that they stay while
// others come and go.
const (
	firstSID     = 1084400
	firstNameSID = 1100000
	nameSIDs     = 880000
)

// mostSuffixes is for how many domains, the most confident, there are rules that
// match the names beneath as well. A dataset has no suffixes, and a rule each
// for thousands slows the engine down for all.
const mostSuffixes = 16

// suricataBuffers are where names are seen. In HTTP/1 a host is normalised to
// lower case (Suricata documentation, "HTTP Keywords"), elsewhere it is made so.
var suricataBuffers = []struct{ protocol, buffer, lower string }{
	{"dns", "dns.query", " to_lowercase;"},
	{"tls", "tls.sni", " to_lowercase;"},
	{"http", "http.host", ""},
}

// suricataFiles are the kinds of lists of hashes, and fileProtocols those with
// files in them: the documentation has no rule for any protocol's files.
var (
	suricataFiles = []struct {
		name string
		of   observable.Type
	}{{"md5", observable.MD5}, {"sha1", observable.SHA1}, {"sha256", observable.SHA256}}
	fileProtocols = []string{"http", "smtp", "ftp-data", "smb"}
)

func (s side) names() string             { return "suricata-names-" + s.word + ".lst" }
func (s side) hashes(kind string) string { return "suricata-" + kind + "-" + s.word + ".lst" }
func (s side) category() string          { return "tocsin-" + s.word }
func (s side) has(set feed.Set, is func(*protect.Protection) bool) bool {
	for _, p := range s.of(set) {
		if is(p) {
			return true
		}
	}
	return false
}

// Suricata writes the handful of rules that look into the lists which the other
// files of this package are: datasets of names, lists of hashes, the reputation
// of addresses. A list that is empty has no rule. All rules alert; to have
// what is blocked dropped, Suricata's own drop.conf turns those around whose
// message begins with "Tocsin: blocked".
//
// A dataset holds whole names. Of the domains that mean what is beneath them the
// most confident 16 have rules of their own, with "dotprefix" and
// "endswith": a bare content would fire on notevil.example as well. Must-resolve
// names beneath are excepted.
func Suricata(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	sid := firstSID
	rule := func(parts ...string) {
		for _, part := range parts {
			out.WriteString(part)
		}
		out.Line(" sid:", strconv.Itoa(sid), "; rev:1;)")
	}
	for _, one := range sides {
		named := one.has(s, func(p *protect.Protection) bool { return p.Type == observable.Domain })
		for _, b := range suricataBuffers {
			if named {
				rule("alert ", b.protocol, " any any -> any any (msg:\"Tocsin: ", one.word, " name\"; ", b.buffer, ";", b.lower,
					" dataset:isset,tocsin-", one.word, ", type string, load ", one.names(), ";")
			}
			sid++
		}
		sid = roundUp(sid)
		for _, kind := range suricataFiles {
			listed := one.has(s, func(p *protect.Protection) bool { return p.Type == kind.of })
			for _, protocol := range fileProtocols {
				if listed {
					rule("alert ", protocol, " any any -> any any (msg:\"Tocsin: ", one.word, " file\"; file", kind.name, ":", one.hashes(kind.name), ";")
				}
				sid++
			}
		}
		sid = roundUp(sid)
		if one.has(s, func(p *protect.Protection) bool { return p.Type == observable.IPv4 || p.Type == observable.IPv6 }) {
			rule("alert ip any any -> any any (msg:\"Tocsin: ", one.word, " address\"; iprep:any,", one.category(), ",>,0;")
		}
		sid = roundUp(sid + 1)
	}
	writeSuffixes(out, s)
	return out.Done()
}

// roundUp keeps a number for each rule, whichever others there are.
func roundUp(sid int) int { return (sid + 9) / 10 * 10 }

// writeSuffixes writes the rules that match beneath a name.
func writeSuffixes(out *feed.Output, s feed.Set) {
	used := make(map[int]bool)
	for _, one := range sides {
		left := mostSuffixes
		for _, p := range one.of(s) {
			if p.Type != observable.Domain || p.Exact {
				continue
			}
			if left--; left < 0 {
				break
			}
			sid := nameSID(one, p.Text)
			for used[sid] {
				sid = firstNameSID + (sid-firstNameSID+len(suricataBuffers))%nameSIDs
			}
			used[sid] = true
			for i, b := range suricataBuffers {
				out.WriteString("alert " + b.protocol + " any any -> any any (msg:\"Tocsin: " + one.word + " name, or one beneath it\"; " + b.buffer +
					"; dotprefix; content:\"." + p.Text + "\"; nocase; endswith;")
				for _, name := range s.Except(p.Text) {
					out.WriteString(" content:!\"." + name + "\"; nocase; endswith;")
				}
				out.Line(" sid:", strconv.Itoa(sid+i), "; rev:1;)")
			}
		}
	}
}

// nameSID is the first of the numbers of a name's rules, one a buffer.
func nameSID(one side, name string) int {
	h := fnv.New32a()
	io.WriteString(h, one.word+" "+name) //nolint:errcheck // a hash takes everything
	slots := uint32(nameSIDs / len(suricataBuffers))
	return firstNameSID + int(h.Sum32()%slots)*len(suricataBuffers)
}
