package feed

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
)

// The files of a folder that a connected HAProxy and its outlet share.
const (
	HAProxySocket    = "haproxy.sock"  // its runtime socket
	HAProxyPass      = "pass.map"      // names that must resolve: no block of a name holds for them
	HAProxyNames     = "names.map"     // blocked names, themselves only
	HAProxyDomains   = "domains.map"   // blocked names with all beneath them
	HAProxyURLs      = "urls.map"      // blocked URLs
	HAProxyAddresses = "addresses.map" // blocked addresses and prefixes
)

// HAProxyMaps lists the maps, the one with what is excepted first.
func HAProxyMaps() []string {
	return []string{HAProxyPass, HAProxyNames, HAProxyDomains, HAProxyURLs, HAProxyAddresses}
}

// HAProxyLabels is how many labels a domain may have that is blocked with the
// names beneath it.
const HAProxyLabels = 16

// HAProxy 2.6. What deserves a reason:
//
//   - Each map gives the second at which an entry ends: with the clock subtracted it
//     is positive while it holds, so that nothing outlasts its time, whoever is dead.
//   - field(-1,.,N) is a name's last N labels. HAProxy's own matching of endings
//     (map_end, map_dom) goes through a list and knows no labels.
//   - host_only takes off the port, rtrim(.) the root's dot: evil.example. is meant.
//   - The URL is written as indicators are: without the default port.
//   - stats timeout: HAProxy drops an idle connection after 10 s by default; the
//     outlet makes a new one for each change, but a large one takes longer.
var (
	haproxyRules = template.Must(template.New("rules").Parse(`	http-request set-var(txn.tocsin_now) date
	http-request set-var(txn.tocsin_name) req.hdr(host),host_only,lower,rtrim(.)
	http-request set-var(txn.tocsin_host) var(txn.tocsin_name),ltrim([),rtrim(])
	http-request set-var(txn.tocsin_port) req.hdr(host),port_only
	http-request set-var(txn.tocsin_path) pathq
	http-request set-var(txn.tocsin_scheme) str(http)
	http-request set-var(txn.tocsin_scheme) str(https) if { ssl_fc }
	http-request set-var(txn.tocsin_url) var(txn.tocsin_scheme),concat(://,txn.tocsin_name)
	http-request set-var(txn.tocsin_url) var(txn.tocsin_url),concat(:,txn.tocsin_port) unless { var(txn.tocsin_port) -m int 0 } || !{ ssl_fc } { var(txn.tocsin_port) -m int 80 } || { ssl_fc } { var(txn.tocsin_port) -m int 443 }
	http-request set-var(txn.tocsin_url) var(txn.tocsin_url),concat(,txn.tocsin_path)
	acl tocsin_address src,map_ip_int({{.Maps}}/addresses.map,0),sub(txn.tocsin_now) gt 0
	acl tocsin_address dst,map_ip_int({{.Maps}}/addresses.map,0),sub(txn.tocsin_now) gt 0
	acl tocsin_address var(txn.tocsin_host),map_ip_int({{.Maps}}/addresses.map,0),sub(txn.tocsin_now) gt 0
	acl tocsin_url var(txn.tocsin_url),map_str_int({{.Maps}}/urls.map,0),sub(txn.tocsin_now) gt 0
	acl tocsin_pass var(txn.tocsin_host),map_str_int({{.Maps}}/pass.map,0),sub(txn.tocsin_now) gt 0
	acl tocsin_name var(txn.tocsin_host),map_str_int({{.Maps}}/names.map,0),sub(txn.tocsin_now) gt 0
{{- range .Labels}}
	acl tocsin_name var(txn.tocsin_host),field(-1,.,{{.}}),map_str_int({{$.Maps}}/domains.map,0),sub(txn.tocsin_now) gt 0
{{- end}}
	http-request deny deny_status 403 if tocsin_address || tocsin_url || tocsin_name !tocsin_pass
`))

	haproxyGlobal = template.Must(template.New("global").Parse(`global
	stats socket {{.Maps}}/haproxy.sock mode 660 level operator
	stats timeout 10m
`))

	haproxyWhole = template.Must(template.New("whole").Parse(`# A complete configuration for trying out: what comes in at {{.Listen}} and is
# not blocked goes on to {{.Forward}}. Nothing is written outside {{.Dir}}.
{{.Global}}
defaults
	mode http
	timeout connect 5s
	timeout client 30s
	timeout server 30s

frontend tocsin
	bind {{.Listen}}
{{.Rules}}	default_backend behind

backend behind
	server behind {{.Forward}}
`))
)

const (
	haproxyGlobalHead = `# HAProxy reads this beside your own file: haproxy -f haproxy.cfg -f tocsin-global.cfg
# The edge's user has to be let in: add "group GROUP" to the socket's line.
`
	haproxyRulesHead = `# Copy this into each frontend of mode http, before its other http-request rules.
# The maps have to be there when HAProxy starts: start the edge first (start-edge).
`
)

// connectHAProxy is fed by an edge, over the socket: the start script runs both.
func connectHAProxy(c ConnectConfig) (files map[string]string, start []string, err error) {
	fields := struct {
		ConnectConfig
		Maps, Rules, Global string
		Labels              []int
	}{ConnectConfig: c, Maps: c.Dir}
	if fields.Maps == "" {
		fields.Maps = "/var/lib/tocsin/haproxy"
	}
	// The address of a socket has room for 107 bytes, and HAProxy puts up to 16 more
	// after it while it binds one (unix(7); HAProxy 2.6, src/proto_uxst.c).
	const longestSocket = 91
	switch path := filepath.Join(fields.Maps, HAProxySocket); {
	case strings.Trim(fields.Maps, pathLetters) != "":
		return nil, nil, fmt.Errorf("dir %q: HAProxy's rules can name a folder of letters, digits and the characters /._-+@ only", fields.Maps)
	case len(path) > longestSocket:
		return nil, nil, fmt.Errorf("dir %q: its name is too long for a socket in it: %s has more than %d characters", fields.Maps, path, longestSocket)
	}
	for n := range HAProxyLabels {
		fields.Labels = append(fields.Labels, n+1)
	}
	for _, part := range []struct {
		out  *string
		text *template.Template
	}{{&fields.Rules, haproxyRules}, {&fields.Global, haproxyGlobal}} {
		var text strings.Builder
		if err := part.text.Execute(&text, fields); err != nil {
			return nil, nil, err
		}
		*part.out = text.String()
	}
	edge, err := c.edgeCommand("haproxy="+fields.Maps, fields.Maps)
	if err != nil {
		return nil, nil, err
	}
	if !c.Standalone {
		return map[string]string{
			"tocsin-global.cfg": haproxyGlobalHead + fields.Global,
			"tocsin-rules.cfg":  haproxyRulesHead + fields.Rules,
			"start-edge":        startEdge(edge, "Runs the edge that feeds HAProxy's maps, and makes them."),
		}, nil, nil
	}
	var whole strings.Builder
	if err := haproxyWhole.Execute(&whole, fields); err != nil {
		return nil, nil, err
	}
	// By its path, since Debian keeps it off the path of those who are not root; -db
	// stays in the foreground.
	engine := []string{"/usr/sbin/haproxy", "-db", "-f", filepath.Join(c.Dir, "haproxy.cfg")}
	files = map[string]string{"haproxy.cfg": whole.String(), "start": startBoth(c.Dir, HAProxyMaps(), engine, edge)}
	return files, []string{"sh", filepath.Join(c.Dir, "start")}, nil
}
