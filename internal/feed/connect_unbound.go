package feed

import (
	"errors"
	"path/filepath"
	"text/template"
)

// Unbound 1.17. What deserves a reason:
//
//   - respip before the others: without it policies on addresses do nothing.
//   - The zones have names of this partner's own, and travel over TLS: Unbound knows
//     no transfer keys. For the SOA it asks over UDP without TLS, on the same port.
//   - allow-notify takes an address, not a key: whoever can forge it can have Unbound
//     ask for a SOA, and no more.
//   - The cold zone has a zonefile: Unbound that starts while the hub is away blocks
//     from the first answer on. The price is that at a million names it answers
//     nothing for about a second whenever that zone has changed, every few minutes
//     at most. The hot zone has none: it changes all the time, and is small.
//   - rpz-action-override disabled: Unbound logs what it would have done.
var (
	unboundZones = template.Must(template.New("zones").Parse(`# Include this in unbound.conf. It holds what stands for a key: readable by
# Unbound only. module-config is Debian's, with respip.
server:
{{if not .Standalone}}	module-config: "respip validator iterator"
{{end}}{{if .CA}}	tls-cert-bundle: "{{.Certificate}}"
{{end}}
rpz:
	name: "{{.Label}}.{{.HotZone}}."
	primary: {{.TLS.Addr}}@{{.TLS.Port}}#{{.TLSName}}
	allow-notify: {{.TLS.Addr}}
	rpz-log: yes
	rpz-log-name: "tocsin-hot"
{{if .DryRun}}	rpz-action-override: disabled
{{end}}
rpz:
	name: "{{.Label}}.{{.Zone}}."
	primary: {{.TLS.Addr}}@{{.TLS.Port}}#{{.TLSName}}
	allow-notify: {{.TLS.Addr}}
	zonefile: "{{.Kept}}"
	rpz-log: yes
	rpz-log-name: "tocsin"
{{if .DryRun}}	rpz-action-override: disabled
{{end}}`))

	unboundServer = template.Must(template.New("server").Parse(`# A complete configuration for trying out. It writes nothing outside
# {{.Dir}}.
server:
	directory: "{{.Dir}}"
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	logfile: ""
	interface: {{.Listen.Addr}}@{{.Listen.Port}}
	access-control: 127.0.0.0/8 allow
	access-control: ::1 allow
	do-not-query-localhost: no
	module-config: "respip iterator"
	num-threads: 1
	msg-cache-size: 8m
	rrset-cache-size: 8m
remote-control:
	control-enable: no
forward-zone:
	name: "."
	forward-addr: {{.Forward.Addr}}@{{.Forward.Port}}
include: "{{.Dir}}/tocsin.conf"
`))
)

func connectUnbound(c ConnectConfig) (files map[string]string, start []string, err error) {
	if !c.TLS.IsValid() || c.TLS.Addr().IsUnspecified() {
		return nil, nil, errors.New("hub: Unbound knows no transfer keys, and follows over TLS alone: start the hub with --dns-tls-listen and the address that engines reach")
	}
	fields := struct {
		ConnectConfig
		Certificate, Kept string
	}{c, c.in("/etc/unbound", "tocsin-ca.pem"), c.in("/var/lib/unbound", "tocsin.zone")}
	texts := map[string]*template.Template{"tocsin.conf": unboundZones}
	if c.Standalone {
		texts["unbound.conf"] = unboundServer
	}
	if files, err = rendered(fields, texts); err != nil {
		return nil, nil, err
	}
	if c.CA != "" {
		files["tocsin-ca.pem"] = c.CA
	}
	if !c.Standalone {
		return files, nil, nil
	}
	return files, []string{"/usr/sbin/unbound", "-d", "-c", filepath.Join(c.Dir, "unbound.conf")}, nil
}
