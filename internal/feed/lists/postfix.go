package lists

import (
	"io"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// PostfixAccess writes the source of a Postfix access table (access(5)) for
// hash: or lmdb:, of senders or clients: domains with all beneath them, and
// mail addresses. Each domain is written with and without a leading dot, so that
// it does not matter whether parent_domain_matches_subdomains names
// smtpd_access_maps, as it does by default. Because of that default an Exact
// domain cannot be written. The longest match wins: must-resolve names beneath a
// domain are excepted with DUNNO.
func PostfixAccess(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	var free []string
	for _, p := range s.Blocks() {
		switch {
		case p.Type == observable.Email && postfixKey(p):
			out.Line(p.Text, " REJECT")
		case p.Type == observable.Email:
			out.Leave(p, "it has characters that a Postfix table may read as more than a key")
		case p.Type == observable.Domain && p.Exact:
			out.Leave(p, "a Postfix table matches the names beneath it, which are not meant")
		case p.Type == observable.Domain:
			free = append(free, s.Except(p.Text)...)
			out.Line(p.Text, " REJECT")
			out.Line(".", p.Text, " REJECT")
		}
	}
	slices.Sort(free)
	for _, name := range slices.Compact(free) {
		out.Line(name, " DUNNO")
		out.Line(".", name, " DUNNO")
	}
	return out.Done()
}

// postfixKey says whether a mail address is nothing but a key in the source of
// a table: white space and quotes end or begin one (postmap(1)), a "#" at the
// beginning makes the line a comment, and Postfix itself rewrites others.
func postfixKey(p *protect.Protection) bool {
	return p.Text[0] != '-' && strings.Trim(p.Text, "abcdefghijklmnopqrstuvwxyz0123456789@._%+=-") == ""
}

// PostfixClients writes a Postfix cidr table (cidr_table(5)) of clients. The first
// match wins, and all say the same.
func PostfixClients(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for _, p := range s.Blocks() {
		if isAddress(p.Type) {
			out.Line(p.Text, " REJECT")
		}
	}
	return out.Done()
}
