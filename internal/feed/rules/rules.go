// Package rules compiles protections into what detection engines and other
// sharing tools read: YARA, ClamAV, Sigma, Suricata, Zeek, MISP and STIX.
//
// What every compiler here holds to:
//
//   - Values come from partners: none breaks out of its quotes or its line.
//   - What is only observed is an alert; it is not given to an engine that
//     hinders what it finds.
//   - No must-resolve name is matched as something bad, nor what lies beneath it
//     because of a name above.
//   - Rules are few, and name lists: never one rule an indicator.
//   - A type that a file is not for, an address in a list of hashes, is not among
//     what is left.
package rules

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// All are the compilers by the name of the file that each writes. Files that
// belong together name each other by these names.
var All = map[string]feed.Compiler{
	"tocsin.yar": YARA,
	"tocsin.hsb": ClamAV,
	"sigma.yml":  Sigma,

	"suricata.rules":           Suricata,
	"suricata-categories.csv":  SuricataCategories,
	"suricata-reputation.list": SuricataReputation,
	blocked.names():            suricataNames(blocked),
	observed.names():           suricataNames(observed),
	blocked.hashes("md5"):      suricataHashes(blocked, observable.MD5),
	blocked.hashes("sha1"):     suricataHashes(blocked, observable.SHA1),
	blocked.hashes("sha256"):   suricataHashes(blocked, observable.SHA256),
	observed.hashes("md5"):     suricataHashes(observed, observable.MD5),
	observed.hashes("sha1"):    suricataHashes(observed, observable.SHA1),
	observed.hashes("sha256"):  suricataHashes(observed, observable.SHA256),

	"zeek-intel.dat": Zeek,

	"misp/manifest.json":      MISPManifest,
	"misp/hashes.csv":         MISPHashes,
	"misp/" + event + ".json": MISPEvent,

	"protections-stix.json": STIX,
}

// side is one half of a Set: what to block, or what to observe.
type side struct {
	polarity protect.Polarity
	word     string // in names and messages
	of       func(feed.Set) []*protect.Protection
}

var (
	blocked  = side{protect.Block, "blocked", feed.Set.Blocks}
	observed = side{protect.Observe, "watched", feed.Set.Observed}
	sides    = [...]side{blocked, observed}
)

// asked is what a protection asks for, in words.
func asked(p *protect.Protection) string {
	words := "observe: report it and do not hinder it"
	switch {
	case p.Polarity == protect.MustResolve:
		words = "must resolve: it has to answer, do not block it"
	case p.Polarity == protect.Block && p.Type == observable.Domain && p.Exact:
		words = "block this name, and not those beneath it"
	case p.Polarity == protect.Block:
		words = "block"
	}
	if !p.Expires.IsZero() {
		words += ", until " + p.Expires.UTC().Format(time.RFC3339)
	}
	return words
}

// confidence is 1 to 100: what the hub said when it decided, and 100 for what a
// person decided without a word on it.
func confidence(p *protect.Protection) int {
	if p.Confidence == 0 {
		return 100
	}
	return p.Confidence
}
