package telemetry

import (
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// zeekEvent fills e from the record of a log.
func (r *record) zeekEvent(log Kind, e *Event, stats *Stats) {
	e.clear()
	e.Timestamp = r.textOf(zTime)
	var dated bool
	if e.Time, dated = parseZeekTime(e.Timestamp); !dated {
		stats.Undated++
	}
	e.Kind = log
	e.Proto = lower(r.textOf(zProto))
	e.SourcePort, e.TargetPort = uint16(r.countOf(zOrigPort, 0)), uint16(r.countOf(zRespPort, 0))
	e.Source = r.zeekEnd(e, zOrigHost, stats)
	e.Target = r.zeekEnd(e, zRespHost, stats)
	switch log {
	case DNS:
		r.zeekDNS(e, stats)
	case Flow:
		e.Contact, e.Failed = r.zeekContact(e.Proto)
		r.properties(e, zeekFlowProperties[:])
	case HTTP:
		r.zeekHTTP(e, stats)
	case TLS:
		r.zeekTLS(e, stats)
	case File:
		r.zeekFile(e, stats)
	case certificates:
		e.Kind = TLS
		r.zeekCertificate(e)
		r.observeNamed(e, stats)
	case sharedFiles:
		r.zeekShared(e)
	}
}

// zeekEnd is one end of the conversation.
func (r *record) zeekEnd(e *Event, f field, stats *Stats) netip.Addr {
	if !r.has(f) {
		return netip.Addr{}
	}
	a, v, ok := addressValue(r.text[f])
	if !ok {
		stats.Unusable++
		return a
	}
	e.see(v, f, r.text[f])
	return a
}

// observeNamed takes the lists that stand in the record.
func (r *record) observeNamed(e *Event, stats *Stats) {
	for i := range r.named {
		r.observe(e, &r.named[i], stats)
	}
}

func (r *record) observeText(e *Event, c class, f field, stats *Stats) {
	if r.has(f) {
		r.observe(e, &named{class: c, field: f, text: r.text[f]}, stats)
	}
}

func (r *record) zeekDNS(e *Event, stats *Stats) {
	rcode := r.textOf(zRCodeName)
	e.DNSAnswer = rcode != "" || r.has(zRCode)
	e.NXDomain = rcode == "NXDOMAIN" || r.countOf(zRCode, 0) == 3
	r.observeText(e, asDomain, zQuery, stats)
	names, resolved := answerNames(r.textOf(zQueryType))
	for i := range r.named {
		n := &r.named[i]
		text := n.text
		if text == "" {
			continue
		}
		if text[len(text)-1] <= '9' || strings.IndexByte(text, ':') >= 0 {
			if _, v, ok := addressValue(text); ok {
				e.see(v, n.field, text).Answer = true
				continue
			}
		}
		if names && (isPlainName(text) || !strings.ContainsAny(text, " <")) { // not "TXT 5 text", "<unknown type=99>"
			n.class, n.answer = asDomain, resolved
			r.observe(e, n, stats)
		}
	}
}

// answerNames says whether the answers to a query are names, and whether they
// are what the name resolves to. With an answer's address come its aliases.
func answerNames(queryType string) (names, resolved bool) {
	switch queryType {
	case "", "A", "AAAA", "CNAME", "DNAME", "*":
		return true, true
	case "NS", "PTR", "MX", "SRV":
		return true, false
	}
	return false, false
}

// zeekContact reads a connection's state (base/protocols/conn/main.zeek,
// conn_state): whether the originator was seen to begin it, and whether it was
// in vain. OTH and the states that end in H begin in the middle, but for
// protocols that have no beginning; SH was given up before it was accepted.
func (r *record) zeekContact(proto string) (contact, failed bool) {
	switch r.textOf(zConnState) {
	case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
		return true, false
	case "S0", "REJ", "RSTOS0", "SH":
		return true, true
	case "RSTRH", "SHR":
		return false, false
	}
	if proto == "tcp" && r.has(zConnState) {
		return false, false
	}
	return true, r.countOf(zRespPackets, r.countOf(zRespBytes, -1)) == 0
}

func (r *record) zeekHTTP(e *Event, stats *Stats) {
	e.Proto = "tcp"
	r.observeText(e, asHost, zHost, stats)
	for i := range r.named {
		r.named[i].object = i
	}
	r.observeNamed(e, stats)
	if r.has(zURI) {
		// Zeek takes the port from the Host; it is the server's.
		r.observeRequest(e, zURI, r.text[zURI], r.textOf(zHost), e.TargetPort, stats)
	}
	r.properties(e, zeekHTTPProperties[:])
	if r.has(zVersion) {
		version := r.keep(func(b []byte) []byte { return append(append(b, "HTTP/"...), r.text[zVersion]...) })
		e.Properties = append(e.Properties, Property{Path: requestVersion, Text: version})
	}
}

func (r *record) zeekTLS(e *Event, stats *Stats) {
	if e.Proto = "tcp"; strings.HasPrefix(r.textOf(zVersion), "DTLS") {
		e.Proto = "udp"
	}
	r.observeText(e, asDomain, zServerName, stats)
	r.observeText(e, asJA3, zJA3, stats)
	r.observeText(e, asJA3S, zJA3S, stats)
	r.observeText(e, asJA4, zJA4, stats)
	r.properties(e, zeekTLSProperties[:])
}

// zeekFile: the Source is who sent the file, the Target who got it.
func (r *record) zeekFile(e *Event, stats *Stats) {
	if r.has(zIsOrig) && r.count[zIsOrig] == 0 {
		e.Source, e.Target = e.Target, e.Source
		e.SourcePort, e.TargetPort = e.TargetPort, e.SourcePort
	}
	r.observeNamed(e, stats) // the hosts
	r.observeText(e, asFileName, zFileName, stats)
	r.observeText(e, asMD5, zMD5, stats)
	r.observeText(e, asSHA1, zSHA1, stats)
	r.observeText(e, asSHA256, zSHA256, stats)
	r.properties(e, zeekFileProperties[:])
}

// zeekCertificate: the fingerprint is a SHA-256, unless another was chosen
// (X509::hash_function).
func (r *record) zeekCertificate(e *Event) {
	r.properties(e, zeekCertificateProperties[:])
	for _, is := range [...]struct {
		t    observable.Type
		path string
	}{{observable.SHA256, "x509-certificate:hashes.'SHA-256'"}, {observable.SHA1, "x509-certificate:hashes.'SHA-1'"}} {
		if v, err := observable.New(is.t, r.textOf(zFingerprint)); err == nil {
			e.see(v, zFingerprint, r.text[zFingerprint])
			e.Properties = append(e.Properties, Property{Path: is.path, Text: v.Text})
		}
	}
}
