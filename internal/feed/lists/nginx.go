package lists

import (
	"io"
	"slices"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// nginxWords mean something to nginx at the beginning of a line of a map
// (ngx_http_map_module, "map"): a name that is one of them takes a backslash.
var nginxWords = []string{"default", "hostnames", "include", "volatile"}

// NginxHosts writes the lines of an nginx map of host names with the parameter
// "hostnames": 1 for what is blocked. ".name" is the name and all beneath it,
// the longest match wins, and a must-resolve name is 0 with all beneath it.
func NginxHosts(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	var free []string
	for _, p := range s.Blocks() {
		switch {
		case p.Type != observable.Domain:
			continue
		case !p.Exact:
			free = append(free, s.Except(p.Text)...)
			out.WriteByte('.')
		case slices.Contains(nginxWords, p.Text):
			out.WriteByte('\\')
		}
		out.Line(p.Text, " 1;")
	}
	slices.Sort(free)
	for _, name := range slices.Compact(free) {
		out.Line(".", name, " 0;")
	}
	return out.Done()
}

// NginxAddresses writes the lines of an nginx geo block (ngx_http_geo_module):
// 1 for the addresses and prefixes that are blocked.
func NginxAddresses(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for _, p := range s.Blocks() {
		if isAddress(p.Type) {
			out.Line(p.Text, " 1;")
		}
	}
	return out.Done()
}
