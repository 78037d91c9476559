package telemetry

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// property is the observable's STIX path and its text there. Names of files
// and of the system's objects stand as they were seen: patterns compare them
// with regard to case. A FilePath's is its name; its directory is apart.
func (o *Seen) property() (path, text string) {
	switch o.Type {
	case observable.Domain:
		return "domain-name:value", o.Text // as Path has it, without looking it up
	case observable.IPv4:
		return "ipv4-addr:value", o.Text
	case observable.IPv6:
		return "ipv6-addr:value", o.Text
	case observable.FileName, observable.FilePath:
		return "file:name", baseName(o.written())
	case observable.Mutex, observable.Service:
		return o.Type.Path(), o.written()
	}
	return o.Type.Path(), o.Text
}

// written is the text as it was seen, if that is known.
func (o *Seen) written() string {
	if o.Raw != "" {
		return o.Raw
	}
	return o.Text
}

// directory is that of a FilePath.
func (o *Seen) directory() (text string, ok bool) {
	if o.Type != observable.FilePath {
		return "", false
	}
	path := o.written()
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
