package web

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/pull"
)

// feedRoom is what the hub gives to engines and takes from elsewhere, and the tokens
// by which programs come in.
var feedRoom = room{map[string]sheet{
	"feeds": {feedsView{}, false}, "connect": {connectView{}, true}, "tokens": {tokensView{}, true}, "token-revoke": {revokeView{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /feeds", p.reader(p.feeds))
	mux.HandleFunc("GET /connect", p.reader(p.connecting))
	mux.HandleFunc("GET /tokens", p.reader(func(r reading) (content, error) { return p.tokens(r, nil) }))
	mux.HandleFunc("POST /tokens", p.issueToken)
	p.both(mux, "/tokens/revoke", p.askRevoke, p.revokeToken)
}}

// feedsView is what the hub offers the reader and takes from elsewhere.
type feedsView struct {
	Origin      string // of the hub, as the reader came to it
	Member      bool   // the reader acts for a partner, or the hub: feeds take a token
	Manages     bool   // and may issue tokens
	Groups      []feedGroup
	Roots       []string // of TAXII
	DNS         *dnsView // nil: the hub serves no zones here
	Engines     []string
	Connections []connectionView
	Further     int // connections that are not shown
	Edges       []edgeView
	EdgesMore   int
	Pulls       bool // the reader is told of sources
	Sources     []pull.Status
	SourcesMore int
}

// feedGroup is feeds of one kind.
type feedGroup struct {
	Title string
	Feeds []feedItem
}

// feedItem is one list by its name under /feeds/, and what it is for.
type feedItem struct{ Name, What string }

// dnsView is where resolvers follow the hub; never the secret of a transfer key.
type dnsView struct {
	Address       netip.AddrPort
	TLS           netip.AddrPort
	HotZone, Zone string
	Key           string
}

// connectionView is an engine that the hub tells of changes.
type connectionView struct {
	feed.Connection
	Name string
}

// edgeView is an engine that an edge feeds, by its receipts.
type edgeView struct {
	Name, Outlet string
	Heard        time.Time
	Quiet        bool // for longer than a day
}

// offered are the lists of the page, by the keys of their groups: those that people
// connect by hand. An edge fetches the others by itself.
var offered = []struct {
	title string
	feeds [][2]string // name, and the key of what it is for
}{
	{"feeds.group.plain", [][2]string{{"block.txt", "feeds.what.block"}, {"domains.txt", "feeds.what.domains"}, {"addresses.txt", "feeds.what.addresses"}, {"urls.txt", "feeds.what.urls"}, {"hashes.txt", "feeds.what.hashes"}, {"hosts", "feeds.what.hosts"}, {"protections.csv", "feeds.what.csv"}}},
	{"feeds.group.proxies", [][2]string{{"squid-domains.acl", "feeds.what.squid"}, {"nginx-hosts.map", "feeds.what.nginx"}, {"postfix-access", "feeds.what.postfix"}}},
	{"feeds.group.rules", [][2]string{{"tocsin.yar", "feeds.what.yara"}, {"tocsin.hsb", "feeds.what.clamav"}, {"sigma.yml", "feeds.what.sigma"}, {"suricata.rules", "feeds.what.suricata"}, {"zeek-intel.dat", "feeds.what.zeek"}}},
	{"feeds.group.whole", [][2]string{{"protections.json", "feeds.what.json"}, {"protections-stix.json", "feeds.what.stix"}, {"misp/", "feeds.what.misp"}}},
}

// Bounds of the page.
const (
	maxConnected = 100
	maxEdges     = 100
	maxSources   = 100
	quietAfter   = 24 * time.Hour
)

func (p *pages) feeds(r reading) (content, error) {
	v := feedsView{
		Origin: p.origin(r), Member: r.who.Partner != "" || r.who.AtLeast(access.Administrator), Manages: r.may() || r.who.AtLeast(access.Administrator),
		Pulls: r.who.AtLeast(access.Coordinator), Roots: slices.Clone(r.who.Communities),
	}
	for _, of := range offered {
		g := feedGroup{Title: english.say(of.title, nil)}
		for _, one := range of.feeds {
			g.Feeds = append(g.Feeds, feedItem{one[0], english.say(one[1], nil)})
		}
		v.Groups = append(v.Groups, g)
	}
	if v.Member {
		v.Engines = feed.Engines()
		if p.Transfer != nil {
			t := p.Transfer(r.who, feed.Internal)
			v.DNS = &dnsView{t.Hub, t.TLS, t.HotZone, t.Zone, t.Key}
		} else {
			v.Engines = slices.DeleteFunc(v.Engines, feed.Follows)
		}
	}
	p.engines(r, &v)
	if v.Pulls && p.Sources != nil {
		all := p.Sources()
		v.Sources, v.SourcesMore = all[:min(len(all), maxSources)], max(0, len(all)-maxSources)
	}
	return content{"feeds", english.say("feeds.title", nil), "/feeds", v}, nil
}

// engines adds those that are connected: of the reader's own partner, for a
// coordinator all; the newest, and of edges those first that are silent longest.
func (p *pages) engines(r reading, v *feedsView) {
	list := slices.DeleteFunc(p.Views.Connections.List(), func(c feed.Connection) bool {
		return !r.who.AtLeast(access.Coordinator) && (r.who.Partner == "" || c.Partner != r.who.Partner)
	})
	slices.Reverse(list)
	v.Further = max(0, len(list)-maxConnected)
	for _, c := range list[:min(len(list), maxConnected)] {
		v.Connections = append(v.Connections, connectionView{c, p.nameOf(string(c.Partner))})
	}
	edges := p.Views.Protect.OutletsFor(r.who)
	for _, e := range edges {
		v.Edges = append(v.Edges, edgeView{p.nameOf(string(e.Partner)), e.Name, e.Heard, p.Clock().Sub(e.Heard) > quietAfter})
	}
	slices.SortStableFunc(v.Edges, func(a, b edgeView) int {
		return cmp.Or(a.Heard.Compare(b.Heard), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Outlet, b.Outlet))
	})
	v.EdgesMore = max(0, len(v.Edges)-maxEdges)
	v.Edges = v.Edges[:min(len(v.Edges), maxEdges)]
}

// origin is the hub's address as the reader came to it.
func (p *pages) origin(r reading) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	if o := p.SignIn.Origin(); o != "" {
		return o
	}
	return "http://" + r.Host
}
