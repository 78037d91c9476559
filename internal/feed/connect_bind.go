package feed

import (
	"path/filepath"
	"strings"
	"text/template"
)

// BIND 9.18. What deserves a reason:
//
//   - min-update-interval 0: with BIND's default a change waits for up to a minute.
//   - serial-query-rate 1000: BIND lets secondaries ask for a SOA in bursts of ten,
//     at the default rate of 20 every 500 ms: the second change within that time
//     waits for the next burst. At 1000 the bursts are 10 ms apart.
//   - qname-wait-recurse no: a blocked name is answered without asking upstream.
//   - break-dnssec yes: a signed name is blocked, too, for clients that ask for signatures.
//   - min-refresh-time, min-retry-time: BIND does not ask more often than every
//     300 and 500 s unless told, whatever the zone's SOA says; a lost NOTIFY would
//     cost five minutes.
//   - tls: where the hub is not on this machine, the zones travel encrypted as well;
//     what is in them may be marked TLP:AMBER+STRICT.
//   - policy disabled: BIND logs what it would have rewritten, and rewrites nothing.
//   - allow-query none: clients meet the policy by asking for names, and have no
//     business reading the list.
var (
	bindKey = template.Must(template.New("key").Parse(`key "{{.Key}}" {
	algorithm hmac-sha256;
	secret "{{.Secret}}";
};
`))

	bindZone = template.Must(template.New("zone").Parse(`{{if .Secure}}tls "tocsin" {
	{{if .CA}}ca-file "{{.Folder}}/tocsin-ca.pem";
	{{end}}remote-hostname "{{.TLSName}}";
};
{{end}}{{range .Zones}}zone "{{.}}" {
	type secondary;
	primaries { {{if $.Secure}}{{$.TLS.Addr}} port {{$.TLS.Port}} key "{{$.Key}}" tls "tocsin"{{else}}{{$.Hub.Addr}} port {{$.Hub.Port}} key "{{$.Key}}"{{end}}; };
	allow-notify { key "{{$.Key}}"; };
	allow-query { none; };
	allow-transfer { none; };
	notify no;
	min-refresh-time 10;
	min-retry-time 5;
	file "{{if $.Standalone}}{{$.Dir}}/{{end}}{{.}}.db";
};
{{end}}`))

	bindPolicy = template.Must(template.New("policy").Parse(`response-policy {
{{range .Zones}}	zone "{{.}}" max-policy-ttl 60{{if $.DryRun}} policy disabled{{end}};
{{end}}} min-update-interval 0 qname-wait-recurse no break-dnssec yes;
serial-query-rate 1000;
`))

	bindOptions = template.Must(template.New("options").Parse(`// A complete configuration for trying out. It writes nothing outside
// {{.Dir}}.
options {
	directory "{{.Dir}}";
	pid-file "{{.Dir}}/named.pid";
	lock-file "{{.Dir}}/named.lock";
	session-keyfile "{{.Dir}}/session.key";
	managed-keys-directory "{{.Dir}}";
	bindkeys-file "{{.Dir}}/bind.keys";
	geoip-directory none;
	listen-on{{if .Listen.Addr.Is4}} port {{.Listen.Port}} { {{.Listen.Addr}}; }{{else}} { none; }{{end}};
	listen-on-v6{{if .Listen.Addr.Is6}} port {{.Listen.Port}} { {{.Listen.Addr}}; }{{else}} { none; }{{end}};
	recursion yes;
	allow-query { any; };
	allow-recursion { localnets; localhost; };
	dnssec-validation no;
	forward only;
	forwarders { {{.Forward.Addr}} port {{.Forward.Port}}; };
	include "{{.Dir}}/tocsin-policy.conf";
};
controls { };
include "{{.Dir}}/tocsin-zone.conf";
`))
)

const (
	bindZoneHead = `// Include this at the top level of named.conf, and tocsin-policy.conf inside
// its options. It holds a secret: readable by named only (mode 0640, group bind).
`
	bindPolicyHead = "// Include this inside the options of named.conf.\n"
)

// bindFields is what the templates of BIND are filled with.
type bindFields struct {
	ConnectConfig
	Zones  []string // in the order of the policy
	Secure bool
	Folder string // of the certificate
}

func connectBIND(c ConnectConfig) (files map[string]string, start []string, err error) {
	fields := bindFields{c, []string{c.HotZone, c.Zone}, c.TLS.IsValid() && !c.Hub.Addr().IsLoopback(), c.Dir}
	if fields.Folder == "" {
		fields.Folder = "/etc/bind"
	}
	var zone, policy, whole strings.Builder
	zone.WriteString(bindZoneHead)
	policy.WriteString(bindPolicyHead)
	for _, part := range []struct {
		out  *strings.Builder
		text *template.Template
	}{{&zone, bindKey}, {&zone, bindZone}, {&policy, bindPolicy}, {&whole, bindOptions}} {
		if err := part.text.Execute(part.out, fields); err != nil {
			return nil, nil, err
		}
	}
	files = map[string]string{"tocsin-zone.conf": zone.String(), "tocsin-policy.conf": policy.String()}
	if fields.Secure && c.CA != "" {
		files["tocsin-ca.pem"] = c.CA
	}
	if !c.Standalone {
		return files, nil, nil
	}
	files["named.conf"] = whole.String()
	// By its path, since Debian keeps it off the path of those who are not root;
	// -g stays in the foreground and logs to standard error instead of syslog.
	return files, []string{"/usr/sbin/named", "-g", "-c", filepath.Join(c.Dir, "named.conf")}, nil
}
