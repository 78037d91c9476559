package telemetry

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// value reads what stands less often in records.
func (r *record) value(e *Event, n *named) (observable.Value, error) {
	switch n.class {
	case asHost:
		return hostValue(n.text)
	case asMD5:
		return hashValue(observable.MD5, 32, n.text)
	case asSHA1:
		return hashValue(observable.SHA1, 40, n.text)
	case asSHA256:
		return hashValue(observable.SHA256, 64, n.text)
	case asJA3:
		return hashValue(observable.JA3, 32, n.text)
	case asJA3S:
		return hashValue(observable.JA3S, 32, n.text)
	case asJA4:
		return observable.New(observable.JA4, n.text)
	case asFileName:
		return observable.New(observable.FileName, baseName(n.text))
	case asEmail:
		return r.mail(e, n)
	case asLink:
		// Suricata leaves the scheme out, unless it is told not to
		// (app-layer.protocols.smtp.mime.log-url-scheme).
		link := n.text
		if !strings.Contains(link, "://") {
			link = r.keep(func(b []byte) []byte { return append(append(b, "http://"...), n.text...) })
		}
		return observable.New(observable.URL, link)
	case asFingerprint:
		digest := r.keep(func(b []byte) []byte { return appendHex(b, n.text) })
		v, err := hashValue(observable.SHA1, 40, digest)
		if err == nil {
			e.Properties = append(e.Properties, Property{Path: "x509-certificate:hashes.'SHA-1'", Text: v.Text})
		}
		return v, err
	}
	return domainValue(n.text)
}

// appendHex leaves out the colons of a fingerprint: "8f:51:12".
func appendHex(b []byte, text string) []byte {
	for i := range len(text) {
		if text[i] != ':' {
			b = append(b, text[i])
		}
	}
	return b
}

// mail is an address as it stands in a message's header or its envelope:
// "A Name <a.name@a.example>", "<a.name@a.example>", "a.name@a.example".
func (r *record) mail(e *Event, n *named) (observable.Value, error) {
	text := n.text
	if open := strings.LastIndexByte(text, '<'); open >= 0 {
		text, _, _ = strings.Cut(text[open+1:], ">")
	}
	v, err := observable.New(observable.Email, text)
	if err != nil {
		return v, err
	}
	switch n.field {
	case fFrom:
		e.Properties = append(e.Properties, Property{Path: "email-message:from_ref.value", Text: v.Text})
	case fTo:
		e.Properties = append(e.Properties, Property{Path: "email-message:to_refs[*].value", Text: v.Text})
	case fCC:
		e.Properties = append(e.Properties, Property{Path: "email-message:cc_refs[*].value", Text: v.Text})
	}
	return v, nil
}

// isPlainHost says that the host is a normal name, without a port.
func isPlainHost(host string) bool {
	return isPlainName(host) && host[len(host)-1] > '9' // no address ends so
}

// hostValue reads an HTTP Host: a name or an address, perhaps with a port, and
// an IPv6 address in brackets.
func hostValue(host string) (observable.Value, error) {
	if isPlainHost(host) {
		return observable.Value{Type: observable.Domain, Text: host}, nil
	}
	name := host
	if inner, found := strings.CutPrefix(host, "["); found {
		name, _, _ = strings.Cut(inner, "]")
	} else if before, port, found := strings.Cut(host, ":"); found && !strings.Contains(port, ":") {
		name = before
	}
	return observable.Host(name)
}
