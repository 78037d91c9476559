package feed

import (
	"path/filepath"
	"text/template"
)

// PowerDNS Recursor 4.8. What deserves a reason:
//
//   - refresh: it drops NOTIFY for these zones and asks by itself. One small query a
//     second for the hot zone is the price for a change within about a second.
//   - disable-packetcache: with the cache a name that had been asked for stayed
//     unblocked for minutes, whatever the policy said.
//   - dumpFile and seedFile: it starts with the last cold zone while the hub is away.
//   - Policy.NoAction with defpolOverrideLocalData: it does as it does without.
var (
	pdnsZones = template.Must(template.New("zones").Parse(`-- Load this with lua-config-file, and set disable-packetcache=yes. It holds a
-- secret: readable by the recursor only.
rpzPrimary({"{{.Hub}}"}, "{{.HotZone}}.", {
  policyName="tocsin-hot", refresh=1, maxTTL=60,
  tsigname="{{.Key}}.", tsigalgo="hmac-sha256", tsigsecret="{{.Secret}}"{{if .DryRun}},
  defpol=Policy.NoAction, defpolOverrideLocalData=true{{end}}
})
rpzPrimary({"{{.Hub}}"}, "{{.Zone}}.", {
  policyName="tocsin", refresh=10, maxTTL=60,
  dumpFile="{{.Kept}}", seedFile="{{.Kept}}",
  tsigname="{{.Key}}.", tsigalgo="hmac-sha256", tsigsecret="{{.Secret}}"{{if .DryRun}},
  defpol=Policy.NoAction, defpolOverrideLocalData=true{{end}}
})
`))

	pdnsServer = template.Must(template.New("server").Parse(`# A complete configuration for trying out. It writes nothing outside
# {{.Dir}}.
local-address={{.Listen}}
forward-zones-recurse=.={{.Forward}}
lua-config-file={{.Dir}}/tocsin.lua
socket-dir={{.Dir}}
allow-from=127.0.0.0/8, ::1/128
dont-query=
dnssec=off
disable-packetcache=yes
disable-syslog=yes
daemon=no
write-pid=no
threads=1
security-poll-suffix=
`))
)

func connectPDNS(c ConnectConfig) (files map[string]string, start []string, err error) {
	fields := struct {
		ConnectConfig
		Kept string
	}{c, c.in("/var/lib/pdns-recursor", "tocsin.zone")}
	texts := map[string]*template.Template{"tocsin.lua": pdnsZones}
	if c.Standalone {
		texts["recursor.conf"] = pdnsServer
	}
	if files, err = rendered(fields, texts); err != nil || !c.Standalone {
		return files, nil, err
	}
	return files, []string{"/usr/sbin/pdns_recursor", "--config-dir=" + filepath.Clean(c.Dir)}, nil
}
