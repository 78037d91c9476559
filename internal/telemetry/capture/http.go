package capture

import (
	"bytes"
	"net/netip"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// request is the head of an HTTP/1 request (RFC 9112, sections 3 and 5). Its
// slices are parts of the head.
type request struct {
	method, target, version []byte
	host, agent             []byte
	length                  int  // of the body, as Content-Length has it
	chunked                 bool // the body has its length in itself
}

const (
	minMethod = 3
	maxMethod = 24
)

// recogniseRequest: a method in upper case and a space.
func recogniseRequest(b []byte) (kind protocol, known bool) {
	for i, c := range b[:min(len(b), maxMethod+1)] {
		switch {
		case c == ' ' && i >= minMethod:
			return speaksHTTP, true
		case (c < 'A' || c > 'Z') && (c != '-' && c != '_' || i == 0):
			return unknown, true
		}
	}
	return unknown, len(b) > maxMethod
}

// http reads one request's head, and says how long it is. The body is skipped.
func (r *Reader) http(h *half, sp speech, b []byte) int {
	if kind, known := recogniseRequest(b); h.loose && known && kind != speaksHTTP {
		return len(b) // a body, or its rest
	}
	if line := bytes.IndexByte(b, '\n'); line >= 0 && !isRequestLine(b[:line]) {
		h.stranger() // another protocol that has commands
		return len(b)
	}
	size, complete := headSize(b)
	if !complete {
		if !sp.last && len(b) <= maxReady {
			return 0
		}
		size = len(b) // what there is of it
	}
	q, ok := parseRequest(b[:size], complete)
	if !ok {
		h.stranger()
		return len(b)
	}
	r.request(&q, sp)
	switch {
	case !complete:
		if !sp.last {
			r.counts.Overlong++
		}
		h.loose = true
	case string(q.method) == "CONNECT":
		// A tunnel through a proxy: what is said in it is read as well, by the
		// server after a reply that is not read.
		h.kind = unknown
		if sp.flow != nil {
			other := &sp.flow.half[1-sp.side]
			r.waiting -= other.held()
			*other = half{loose: true, ended: other.ended}
		}
	case q.chunked:
		h.loose = true
		return len(b)
	default:
		h.skip = q.length
	}
	return size
}

// headSize is the length of a head with the empty line that ends it.
func headSize(b []byte) (int, bool) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0, false
		}
		at += i + 1
		rest := b[at:]
		if len(rest) > 0 && rest[0] == '\n' {
			return at + 1, true
		}
		if len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return at + 2, true
		}
	}
}

// parseRequest reads a head; of one that is not complete, the whole lines. It
// is not ok if the first line is not that of a request of HTTP/1.
func parseRequest(head []byte, complete bool) (q request, ok bool) {
	line, rest, found := bytes.Cut(head, []byte("\n"))
	if !found && !complete {
		return q, false
	}
	if !q.first(line) {
		return q, false
	}
	for {
		line, rest, found = bytes.Cut(rest, []byte("\n"))
		if !found {
			return q, true
		}
		if name, value, found := bytes.Cut(line, []byte(":")); found {
			q.header(name, bytes.Trim(value, " \t\r"))
		}
	}
}

// first reads the request line.
func (q *request) first(line []byte) bool {
	var space bool
	q.method, line, space = bytes.Cut(bytes.TrimRight(line, "\r"), []byte(" "))
	end := bytes.LastIndexByte(line, ' ')
	if !space || end <= 0 {
		return false
	}
	version, ok := bytes.CutPrefix(line[end+1:], []byte("HTTP/"))
	q.target, q.version = bytes.TrimSpace(line[:end]), version
	return ok && bytes.HasPrefix(version, []byte("1.")) && len(q.target) > 0
}

func isRequestLine(line []byte) bool { return new(request).first(line) }

func (q *request) header(name, value []byte) {
	is := func(s string) bool { return len(name) == len(s) && bytes.EqualFold(name, []byte(s)) }
	switch {
	case is("Host") && q.host == nil:
		q.host = value
	case is("User-Agent") && q.agent == nil:
		q.agent = value
	case is("Content-Length"):
		if n, err := strconv.ParseUint(string(value), 10, 31); err == nil {
			q.length = int(n)
		} else {
			q.chunked = true // whatever the length is, it is not known
		}
	case is("Transfer-Encoding"):
		q.chunked = true
	}
}

// The properties of a request, as STIX has them (STIX 2.1, section 6.12.3).
const (
	pathMethod  = "network-traffic:extensions.'http-request-ext'.request_method"
	pathValue   = "network-traffic:extensions.'http-request-ext'.request_value"
	pathVersion = "network-traffic:extensions.'http-request-ext'.request_version"
	pathHost    = "network-traffic:extensions.'http-request-ext'.request_header.Host"
	pathAgent   = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
)

// request tells of a request.
func (r *Reader) request(q *request, sp speech) {
	s := r.queue.push(telemetry.HTTP, "tcp", sp.at, sp.sent)
	if len(q.host) > 0 {
		r.host(s, s.copied(q.host), "http.hostname")
	}
	r.url(s, q)
	s.property(pathMethod, s.copied(q.method))
	s.property(pathValue, s.copied(q.target))
	s.property(pathVersion, s.copied(q.version))
	if q.host != nil {
		s.property(pathHost, s.copied(q.host))
	}
	if q.agent != nil {
		s.property(pathAgent, s.copied(q.agent))
	}
}

// url tells the request's URL. To a proxy a client sends the whole (RFC 9112,
// section 3.2.2), whose host is then told too.
func (r *Reader) url(s *slot, q *request) {
	var raw string
	whole := bytes.Contains(q.target, []byte("://"))
	switch {
	case q.target[0] == '/':
		raw = s.keep(func(b []byte) []byte { return append(appendHost(append(b, "http://"...), q, s), q.target...) })
	case whole:
		raw = s.keep(func(b []byte) []byte { return append(b, q.target...) })
	case string(q.method) == "CONNECT":
		if len(q.host) == 0 {
			r.host(s, s.copied(q.target), "http.hostname")
		}
		return
	default:
		return // "*"
	}
	v, err := observable.New(observable.URL, raw)
	if err != nil {
		r.stats.Unusable++
		return
	}
	raw = s.valid(raw)
	s.see(v, "http.url", raw)
	if host, ok := v.Host(); ok && whole && !s.has(host) {
		s.see(host, "http.url", raw)
	}
}

// appendHost appends the host that the client named, or the server's address.
func appendHost(b []byte, q *request, s *slot) []byte {
	if len(q.host) > 0 {
		return append(b, q.host...)
	}
	if s.TargetPort != 80 {
		return netip.AddrPortFrom(s.Target, s.TargetPort).AppendTo(b)
	}
	if s.Target.Is6() {
		return append(s.Target.AppendTo(append(b, '[')), ']')
	}
	return s.Target.AppendTo(b)
}

// host tells a host, which may have a port.
func (r *Reader) host(s *slot, raw, field string) {
	name := []byte(raw)
	if inner, bracket := bytes.CutPrefix(name, []byte("[")); bracket {
		name, _, _ = bytes.Cut(inner, []byte("]"))
	} else if before, port, found := bytes.Cut(name, []byte(":")); found && !bytes.Contains(port, []byte(":")) {
		name = before
	}
	v, err := observable.Host(s.copied(name))
	if err != nil {
		r.stats.Unusable++
		return
	}
	s.see(v, field, raw)
}

func (s *slot) has(v observable.Value) bool {
	for i := range s.Observables {
		if s.Observables[i].Value == v {
			return true
		}
	}
	return false
}
