package telemetry

import (
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// observeRequest puts the URL together: sensors keep host, port and path apart.
// A proxy's client sends the whole URL instead of the path (RFC 9112, section
// 3.2.2); its host is then an observable of its own.
func (r *record) observeRequest(e *Event, f field, path, host string, port uint16, stats *Stats) {
	raw, whole := path, false
	switch {
	case strings.HasPrefix(path, "/"):
		if host == "" && (e.Kind != HTTP || !e.Target.IsValid()) {
			return // only in HTTP's own records is the target surely the server
		}
		start := len(r.arena)
		r.arena = appendURL(r.arena, e, host, port, path)
		raw = view(r.arena[start:])
		if isPlainHost(host) && isPlainPath(path) { // then it is normal
			e.see(observable.Value{Type: observable.URL, Text: raw}, f, raw)
			return
		}
	case strings.Contains(path, "://"):
		whole = true
	default:
		return // "*", or a CONNECT's host and port, which is the hostname
	}
	v, err := observable.New(observable.URL, raw)
	if err != nil {
		stats.Unusable++
		return
	}
	e.see(v, f, raw)
	if !whole {
		return
	}
	server, ok := v.Host()
	if named, err := hostValue(host); ok && (err != nil || named != server) {
		e.see(server, f, raw)
	}
}

// appendURL writes the URL of a request for a path; without a Host, as in
// HTTP/1.0, it is to the target.
func appendURL(b []byte, e *Event, written string, port uint16, path string) []byte {
	b = append(b, "http://"...)
	if isPlainHost(written) {
		b = append(b, written...)
		if port != 0 && port != 80 {
			b = strconv.AppendUint(append(b, ':'), uint64(port), 10)
		}
		return append(b, path...)
	}
	if written == "" {
		port = e.TargetPort
		if e.Target.Is6() {
			b = append(e.Target.AppendTo(append(b, '[')), ']')
		} else {
			b = e.Target.AppendTo(b)
		}
	}
	bracketed := strings.HasPrefix(written, "[")
	colon := strings.LastIndexByte(written, ':')
	bare6 := colon >= 0 && !bracketed && strings.Count(written, ":") > 1
	hasPort := !bare6 && colon > strings.LastIndexByte(written, ']')
	if bare6 {
		b = append(append(append(b, '['), written...), ']')
	} else {
		b = append(b, written...)
	}
	if port != 0 && port != 80 && !hasPort {
		b = strconv.AppendUint(append(b, ':'), uint64(port), 10)
	}
	return append(b, path...)
}
