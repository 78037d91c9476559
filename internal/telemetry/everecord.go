package telemetry

import (
	"strconv"
	"unsafe"
)

// record is what both parsers gather from one line before it is interpreted:
// the fields as they are written, in order of appearance.
type record struct {
	timestamp, eventType, source, target, proto string

	sourcePort, targetPort uint16

	question        string // the first name asked for
	dnsType, rcode  string
	flat, element   answer // of format 1, which has one a record; of dns.answers
	sawAnswers      bool   // dns.answers holds data; dns.grouped repeats it
	host, path      string
	httpPort        uint16
	sawHTTP         bool
	sawFlow, sawTCP bool
	flow            flowFields

	fileName string
	named    []named
	mistyped string // the first field with an unexpected type

	// arena holds text that is not in the line as such; strings point into it.
	arena []byte
}

// answer is a DNS resource record's type and data.
type answer struct{ kind, data string }

// flowFields tell whether a contact was answered. Counts are -1 where the
// record has none.
type flowFields struct {
	state, tcpState                 string
	flags, clientFlags, serverFlags string
	packetsToClient, bytesToClient  int64
}

// class says how the text of a named value is to be read.
type class uint8

const (
	asDomain class = iota
	asAddress
	asHost // a domain or an address, perhaps with a port
	asMD5
	asSHA1
	asSHA256
)

// named is a value that may be an observable, with its place.
type named struct {
	class   class
	field   field
	inFiles bool
	text    string
}

func (r *record) reset() {
	*r = record{
		named: r.named[:0],
		arena: r.arena[:0],
		flow:  flowFields{packetsToClient: -1, bytesToClient: -1},
	}
}

// begin and end bracket an object's members.
func (r *record) begin(in scope) {
	switch in {
	case inDNS:
		r.flushFlat()
	case inAnswers:
		r.element = answer{}
	case inHTTP:
		r.sawHTTP = true
	case inFlow:
		r.sawFlow = true
	case inTCP:
		r.sawTCP = true
	}
}

func (r *record) end(in scope) {
	switch in {
	case inDNS:
		r.flushFlat()
	case inAnswers:
		r.sawAnswers = r.sawAnswers || r.element.data != ""
		r.flush(r.element, fAnswersData)
	}
}

func (r *record) flushFlat() {
	r.flush(r.flat, fAnswerData)
	r.flat = answer{}
}

// flush notes an answer's data where its type says that it is an address or a
// name. TXT and the like are text, and a name in them was not resolved.
func (r *record) flush(a answer, f field) {
	if a.data == "" {
		return
	}
	switch a.kind {
	case "A", "AAAA":
		r.name(asAddress, f, a.data)
	case "CNAME", "DNAME", "NS", "PTR", "MX":
		r.name(asDomain, f, a.data)
	}
}

func (r *record) name(c class, f field, text string) {
	r.named = append(r.named, named{class: c, field: f, text: text})
}

// kind is the JSON kind of a value, as jsontext writes it; anything that is
// not read as such ('t', 'f', '[', '{') stands for itself.
type kind byte

const (
	isText   kind = '"'
	isNumber kind = '0'
	isNull   kind = 'n'
)

// takesList says that the field may be an array of its values.
func (f field) takesList() bool { return f >= fGroupedAddress && f <= fGroupedMail }

// takesObject says that the field is read as an object, or an array of them.
func (f field) takesObject() bool { return f >= fDNS }

// takesNumber says that the field is a number; the others are text.
func (f field) takesNumber() bool {
	switch f {
	case fSourcePort, fDestPort, fHTTPPort, fPacketsToClient, fBytesToClient:
		return true
	}
	return false
}

// put takes a scalar. One of the wrong type is noted and left out; null means
// that there is none.
func (r *record) put(in scope, f field, k kind, text string) {
	switch {
	case k == isNull:
	case k == isText && !f.takesNumber() && !f.takesObject():
		r.putText(in, f, text)
	case k == isNumber && f.takesNumber():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || (f == fSourcePort || f == fDestPort || f == fHTTPPort) && n > 65535 {
			r.wrongType(in, f)
			return
		}
		r.putNumber(f, n)
	default:
		r.wrongType(in, f)
	}
}

func (r *record) wrongType(in scope, f field) {
	if r.mistyped == "" {
		r.mistyped = f.path(in == inFiles)
	}
}

func (r *record) putNumber(f field, n int64) {
	switch f {
	case fSourcePort:
		r.sourcePort = uint16(n)
	case fDestPort:
		r.targetPort = uint16(n)
	case fHTTPPort:
		r.httpPort = uint16(n)
	case fPacketsToClient:
		r.flow.packetsToClient = n
	case fBytesToClient:
		r.flow.bytesToClient = n
	}
}

func (r *record) putText(in scope, f field, text string) {
	switch f {
	case fTimestamp:
		r.timestamp = text
	case fEventType:
		r.eventType = text
	case fSourceIP:
		r.source = text
		r.name(asAddress, f, text)
	case fDestIP:
		r.target = text
		r.name(asAddress, f, text)
	case fProto:
		r.proto = text
	case fDNSType:
		r.dnsType = text
	case fRRName, fQueryName, fQueriesName:
		if r.question == "" {
			r.question = text
		}
		r.name(asDomain, f, text)
	case fRCode:
		r.rcode = text
	case fAnswerType:
		r.flat.kind = text
	case fAnswerData:
		r.flat.data = text
	case fAnswersName, fGroupedName, fGroupedHost, fGroupedPointer, fGroupedMail:
		r.name(asDomain, f, text)
	case fAnswersType:
		r.element.kind = text
	case fAnswersData:
		r.element.data = text
	case fGroupedAddress, fGroupedAddress6:
		r.name(asAddress, f, text)
	case fHostname:
		r.host = text
		r.name(asHost, f, text)
	case fURL:
		r.path = text
	case fSNI:
		r.name(asDomain, f, text)
	case fFlowState:
		r.flow.state = text
	case fTCPState:
		r.flow.tcpState = text
	case fTCPFlags:
		r.flow.flags = text
	case fTCPFlagsClient:
		r.flow.clientFlags = text
	case fTCPFlagsServer:
		r.flow.serverFlags = text
	case fFileName:
		if r.fileName == "" {
			r.fileName = text
		}
	case fMD5, fSHA1, fSHA256:
		r.named = append(r.named, named{asMD5 + class(f-fMD5), f, in == inFiles, text})
	}
}

// keep appends text to the arena by the function and returns it as a string
// that is valid until the record is reset.
func (r *record) keep(add func([]byte) []byte) string {
	start := len(r.arena)
	r.arena = add(r.arena)
	return view(r.arena[start:])
}

// view is b as a string that shares its memory: it changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // a copy of every field would be most of the reading
