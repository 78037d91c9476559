package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// connectedView is an engine's connection, made just now: the token and the
// transfer key's secret in the files are shown this once.
type connectedView struct {
	Partner access.Partner
	Engine  string
	Token   access.Token // zero: nothing was connected
	Secret  string
	Files   []namedText
	Follows bool   // a resolver, which follows the hub's DNS primary
	Hub     string // its address as people type it
}

// namedText is a file that the engine reads.
type namedText struct{ Name, Text string }

// Made says whether there is a connection to show.
func (v connectedView) Made() bool { return v.Token.ID != "" }

// justLists is the word for whatever fetches lists over HTTP.
const justLists = "lists"

// connectable are the engines that a page connects. Unbound knows no keys: the hub
// gives it its zones only at an address that the program on its own machine tells.
func connectable() []string {
	return slices.DeleteFunc(append(feed.Engines(), justLists), func(e string) bool { return e == "unbound" })
}

// Where a connected engine's machine keeps the token and the program.
const (
	tokenFile = "/etc/tocsin/token"
	program   = "/usr/local/bin/tocsin"
)

// connect issues a token of a partner for one engine and gives the configuration
// that connects it, as tocsin feed connect writes it.
func (p *pages) connect(r reading, partner access.PartnerID, engine, reach string) (connectedView, error) {
	var v connectedView
	of, present := p.Views.Access.Partner(partner)
	to, err := feed.ParseReach(reach)
	switch {
	case !r.who.AtLeast(access.Administrator):
		return v, errAdministrators
	case err != nil:
		return v, err
	case !present:
		return v, fmt.Errorf("%w: partner: let a partner in first, and choose it", access.ErrInvalid)
	case !slices.Contains(connectable(), engine):
		return v, fmt.Errorf("%w: engine: there is no %q: choose one of %s", access.ErrInvalid, engine, strings.Join(connectable(), ", "))
	}
	v = connectedView{Partner: of, Engine: engine, Follows: feed.Follows(engine), Hub: p.SignIn.Origin()}
	role, scopes := access.Contributor, []access.Scope{"api", "stream", "feeds:read"} // an edge acknowledges
	if v.Follows || engine == justLists {
		role, scopes = access.Viewer, []access.Scope{"api:read", "feeds:read"}
	}
	if engine != justLists {
		if v.Files, err = p.configuration(of.ID, engine, to); err != nil {
			return v, fmt.Errorf("%w: %w", access.ErrInvalid, err)
		}
	}
	defer p.Views.Access.Deciding()()
	token, secret, draft, err := p.Views.Access.IssueWith(of.ID, role, access.TokenOptions{Scopes: scopes, Description: cmp.Or(engine, justLists)}, p.Clock())
	if err := p.decide(r, err, draft); err != nil {
		return v, err
	}
	v.Token, v.Secret = token, secret
	return v, nil
}

// configuration is an engine's files.
func (p *pages) configuration(of access.PartnerID, engine string, reach feed.Reach) ([]namedText, error) {
	cfg := feed.ConnectConfig{HubURL: p.SignIn.Origin(), TokenFile: tokenFile, Binary: program, Reach: string(reach)}
	if feed.Follows(engine) && p.Transfer != nil {
		reader, _ := p.Views.Access.Reader(of)
		cfg = p.Transfer(reader, reach)
	}
	texts, _, err := feed.Connect(engine, cfg)
	if err != nil {
		return nil, err
	}
	var files []namedText
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		files = append(files, namedText{name, texts[name]})
	}
	return files, nil
}
