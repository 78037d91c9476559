package telemetry

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// seenPaths are the properties that a type's values stand for in STIX.
var seenPaths = map[observable.Type]string{
	observable.MD5:      "file:hashes.MD5",
	observable.SHA1:     "file:hashes.'SHA-1'",
	observable.SHA256:   "file:hashes.'SHA-256'",
	observable.SHA512:   "file:hashes.'SHA-512'",
	observable.FileName: "file:name",
	observable.Mutex:    "mutex:name",
	observable.Service:  "process:extensions.'windows-service-ext'.service_name",
	observable.Registry: "windows-registry-key:key",
	observable.Email:    "email-addr:value",
	observable.Wallet:   "cryptocurrency-wallet:value",
	observable.JA3:      "network-traffic:extensions.'tls-ext'.ja3",
	observable.JA3S:     "network-traffic:extensions.'tls-ext'.ja3s",
	observable.JA4:      "network-traffic:extensions.'tls-ext'.ja4",
}

// property is the observable's STIX path and its text there. Names of files
// and of the system's objects stand as they were seen: patterns compare them
// with regard to case. A FilePath's is its name; its directory is apart.
func (o *Seen) property() (path, text string) {
	switch o.Type {
	case observable.Domain:
		return "domain-name:value", o.Text
	case observable.IPv4:
		return "ipv4-addr:value", o.Text
	case observable.IPv6:
		return "ipv6-addr:value", o.Text
	case observable.URL:
		return "url:value", o.Text
	case observable.FileName, observable.FilePath:
		if o.Raw == "" {
			return "file:name", baseName(o.Text)
		}
		return "file:name", baseName(o.Raw)
	case observable.Mutex, observable.Service:
		if o.Raw != "" {
			return seenPaths[o.Type], o.Raw
		}
	}
	return seenPaths[o.Type], o.Text
}

// directory is that of a FilePath.
func (o *Seen) directory() (text string, ok bool) {
	if o.Type != observable.FilePath {
		return "", false
	}
	path := o.Raw
	if path == "" {
		path = o.Text
	}
	end := strings.LastIndexAny(path, `/\`)
	switch {
	case end < 0:
		return "", false
	case end == 0 || end == 2 && path[1] == ':': // a root keeps its separator
		end++
	}
	return path[:end], true
}

const directoryPath = "file:parent_directory_ref.path"
