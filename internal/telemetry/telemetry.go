// Package telemetry reads what sensors record and reduces each record to an
// Event: who contacted whom, and the observables in it. Records stay with the
// partner; nothing here sends anything.
package telemetry

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Kind is what a record is about.
type Kind uint8

// The kinds that detection tells apart.
const (
	Other Kind = iota
	DNS
	Flow
	File
	HTTP
	TLS
	Alert
	Process
	Registry
)

// String is the kind as Suricata's event_type names it.
func (k Kind) String() string {
	return [...]string{"other", "dns", "flow", "fileinfo", "http", "tls", "alert", "process", "registry"}[k]
}

// Event is one record of a sensor. The reader uses it again: its strings and
// its slice are valid until the next call of Next; Clone makes one that stays.
type Event struct {
	Line      int    // from 1
	Offset    int64  // of the line's first byte
	End       int64  // of the byte after the line and its end: where to go on
	Timestamp string // the record's own text
	Time      time.Time
	Kind      Kind

	// Source began the conversation. A DNS answer that the sensor logged as
	// sent by port 53 is turned round, so that Source is who asked.
	Source, Target         netip.Addr
	SourcePort, TargetPort uint16
	Proto                  string // lower case: "tcp", "udp", "icmp"

	// Contact: a flow, and for TCP one whose beginning was seen.
	Contact bool
	// Failed: a contact that was not answered, or for TCP was refused.
	Failed bool

	Name      string // DNS: the question's name, normalised
	DNSAnswer bool   // it is a reply
	NXDomain  bool   // the reply says that there is no such name

	FileName string
	// Of a File event that says so: the whole path, the path before it was
	// renamed, whether content was written (created, renamed or overwritten) or the
	// file removed, and the process that did it, by image and number, and the
	// host's name where the record has it: "C:\x\y.exe#4711@ws-07". Over SMB it is
	// Source's doing.
	FilePath, FileFrom    string
	FileWritten, FileGone bool
	Actor                 string

	// Observables in order of appearance, then the URL. Source and Target are
	// among them.
	Observables []Seen
	// Properties are what else the record says that a pattern can name.
	Properties []Property
}

// Property is one property of a cyber-observable object in a record.
type Property struct {
	// Object is the number of the object: properties with the same number and
	// type are of one. Of the network traffic, 0 is the record's own
	// conversation; of the files, the number is that of Seen.
	Object int
	Path   string // as a pattern has it: "process:command_line"
	Text   string // a string's, or a number as it is written
	Number bool
}

// Source gives a sensor's records one by one.
type Source interface {
	// Next returns the next record, or io.EOF after the last. The event is
	// valid until the next call. Another error is the input's own.
	Next() (*Event, error)
	// Stats says what has been read so far.
	Stats() Stats
}

// Seen is one observable in a record.
type Seen struct {
	observable.Value
	// Field is the place in the record, arrays left out: "dns.rrname",
	// "dns.answers.rdata", "dest_ip", "tls.sni", "http.url", "fileinfo.sha256".
	Field string
	// Raw is the text as the record has it, JSON's escapes undone. The URL of
	// an HTTP record is put together from host, port and path.
	Raw string
	// Object is the number of the file that a hash or a name is of.
	Object int
	// Answer says that a DNS reply gave it for the Event's Name.
	Answer bool
}

// Clone is a copy that does not depend on the reader.
func (e *Event) Clone() *Event {
	c := *e
	for _, s := range []*string{&c.Timestamp, &c.Proto, &c.Name, &c.FileName, &c.FilePath, &c.FileFrom, &c.Actor} {
		*s = strings.Clone(*s)
	}
	c.Observables = slices.Clone(e.Observables)
	for i := range c.Observables {
		c.Observables[i] = c.Observables[i].Clone()
	}
	c.Properties = slices.Clone(e.Properties)
	for i := range c.Properties {
		c.Properties[i].Text = strings.Clone(c.Properties[i].Text)
	}
	return &c
}

// Clone is a copy that does not depend on the reader.
func (s Seen) Clone() Seen {
	s.Text, s.Raw = strings.Clone(s.Text), strings.Clone(s.Raw)
	return s
}

// Options of a reader; the zero value works.
type Options struct {
	MaxLine int // bytes without the line's end; 0 means 1 MiB

	// Offset and Line say where in its input the reader begins: the Offset of
	// its first byte, and the number of lines before it. With an Event's End
	// and Line, reading goes on after that event.
	Offset int64
	Line   int
	// Header is what applied there, for formats that say once how their lines
	// are to be read: ZeekReader's Header.
	Header []byte
}

const defaultMaxLine = 1 << 20

// Stats is what a reader has seen so far. Lines = Events + Malformed + TooLong
// + blank lines, comments and headers.
type Stats struct {
	Lines  int `json:"lines"`
	Events int `json:"events"`

	Malformed int `json:"malformed"` // lines that are no record of the format, skipped
	TooLong   int `json:"too_long"`  // lines over the limit, skipped
	Mistyped  int `json:"mistyped"`  // events in which a field had an unexpected type and was left out
	Undated   int `json:"undated"`   // events without a timestamp that can be read
	Unusable  int `json:"unusable"`  // values that are no observable, such as the DNS root

	// Samples are the first of those lines.
	Samples []Sample `json:"samples,omitempty"`
}

// Sample is one line that could not be read, or not wholly.
type Sample struct {
	Line   int    `json:"line"`   // from 1
	Offset int64  `json:"offset"` // in bytes from the beginning of the input
	Reason string `json:"reason"`
}

const maxSamples = 5

func (s *Stats) sample(line int, offset int64, reason string) {
	if len(s.Samples) < maxSamples {
		s.Samples = append(s.Samples, Sample{line, offset, reason})
	}
}
