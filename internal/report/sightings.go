package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// found is what one of the many entries says of the incident.
type found struct {
	e        *ledger.Entry // without its body, unless it is a contribution
	tlp      access.TLP
	signs    []sign
	receipts []receipt
}

// receipt is what an outlet says of a protection.
type receipt struct {
	protection, outlet string
	inForce            bool
}

// sign is one finding of a report.
type sign struct {
	about       outbreak.Subject
	of          *glimpse // of the key indicator; nil: it names none
	first, last time.Time
	hosts       int
	weighs      bool // as evidence for an alarm
	ours        bool // what it is about the outbreak is about as well
}

// look takes apart what names the incident, and lets go of the bodies of the list. It
// changes nothing else: many may look at the same time.
func (s *seen) look(list []ledger.Entry) ([]found, error) {
	all := make([]found, 0, len(list))
	var room []sign // of several reports
	for i := range list {
		e := &list[i]
		f := found{e: e}
		var err error
		switch e.Kind {
		case sighting.KindReported:
			if !s.names(e.Body) {
				continue
			}
			if cap(room)-len(room) < 8 {
				room = make([]sign, 0, 2*len(list))
			}
			f.signs = room[len(room):]
			if err = s.report(&f); len(f.signs) <= cap(room)-len(room) {
				room = room[:len(room)+len(f.signs)]
			}
		case protect.KindReceipt:
			if e.Seq > s.m.cut.Seq || !s.receipted(e.Body) {
				continue
			}
			err = s.receipts(&f)
		case contribution.KindAccepted:
			if e.Seq > s.m.cut.Seq || !s.quoted(e.Body) {
				continue
			}
			all = append(all, f)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if e.Body = nil; len(f.signs)+len(f.receipts) > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// report takes the findings that are of the incident out of a report: in place if it
// is written plainly, as nearly all are; that takes half the time.
func (s *seen) report(f *found) error {
	if s.inPlace(f) {
		return nil
	}
	f.signs = f.signs[:0]
	return s.decoded(f)
}

// decoded is report for any report.
func (s *seen) decoded(f *found) error {
	var r sighting.Report
	if err := json.Unmarshal(f.e.Body, &r); err != nil {
		return fmt.Errorf("read %s: %w", f.e.Kind, err)
	}
	f.tlp = access.TLP(r.TLP)
	for _, o := range r.Sightings {
		s.sighting(f, o)
	}
	for _, o := range r.Scans {
		s.scan(f, o)
	}
	for _, o := range r.Encryptions {
		for _, name := range []string{o.Extension, o.Note} {
			about := outbreak.Subject{Kind: outbreak.Encryptions, Name: strings.ToLower(name)}
			s.sign(f, sign{about: about, first: o.FirstSeen, last: o.LastSeen, hosts: o.Hosts, weighs: o.Hosts > 0, ours: s.a.about[about]})
		}
	}
	return nil
}

func (s *seen) sighting(f *found, o sighting.Sighting) {
	if o.Basis == sighting.Sinkhole {
		return
	}
	one := sign{about: outbreak.Subject{Kind: outbreak.Suspects, Value: o.Value}, of: s.values[o.Value], first: o.FirstSeen, last: o.LastSeen, hosts: o.Scanning(), weighs: o.Basis == sighting.Suspect}
	if one.of != nil {
		one.ours = one.of.ours
	} else {
		one.ours = s.a.about[one.about]
	}
	s.sign(f, one)
}

func (s *seen) scan(f *found, o sighting.Scan) {
	kind := outbreak.Scans
	if o.Inbound() {
		kind = outbreak.Inbound
	}
	about := outbreak.Subject{Kind: kind, Port: o.Port}
	s.sign(f, sign{about: about, first: o.FirstSeen, last: o.LastSeen, hosts: o.Sources, weighs: o.Sources >= scanning, ours: s.a.about[about]})
}

// sign adds a finding that is of the incident.
func (s *seen) sign(f *found, one sign) {
	if one.ours || one.of != nil {
		f.signs = append(f.signs, one)
	}
}

// scanning is how many hosts make one partner's scan count (outbreak.Config.Sources).
const scanning = 3

var (
	valueMember = []byte(`"value":"`)
	portMember  = []byte(`"port":`)
	fileMembers = []byte(`"encryptions":`)
)

// names says whether a report may name what the incident is about. It looks at the
// text alone: most reports are about something else, and are not worth more.
func (s *seen) names(body []byte) bool {
	for rest := body; ; {
		_, after, more := bytes.Cut(rest, portMember)
		if !more {
			break
		}
		digits := 0
		for digits < len(after) && after[digits] >= '0' && after[digits] <= '9' {
			digits++
		}
		if port, err := strconv.ParseUint(string(after[:digits]), 10, 16); err != nil || s.ports[uint16(port)] {
			return true
		}
		rest = after
	}
	if s.files && bytes.Contains(body, fileMembers) {
		return true
	}
	for rest := body; ; {
		_, after, more := bytes.Cut(rest, valueMember)
		if !more {
			return false
		}
		end := bytes.IndexByte(after, '"')
		if end < 0 || bytes.IndexByte(after[:end], '\\') >= 0 {
			return true
		}
		if len(s.texts[string(after[:end])]) > 0 {
			return true
		}
		rest = after[end:]
	}
}

// quoted says whether an indicator's pattern in a contribution may name a value of
// the incident: patterns hold it between apostrophes (STIX 2.1, section 9.4).
func (s *seen) quoted(body []byte) bool {
	for rest := body; ; {
		start := bytes.IndexByte(rest, '\'')
		if start < 0 {
			return false
		}
		rest = rest[start+1:]
		end := bytes.IndexByte(rest, '\'')
		if end < 0 {
			return false
		}
		if s.folded(rest[:end]) {
			return true
		}
		rest = rest[end:] // an end may be a beginning: patterns hold pairs, other texts need not
	}
}

// folded says whether a text is a value of the incident, however it is written.
func (s *seen) folded(text []byte) bool {
	var room [512]byte
	if len(text) > len(room) {
		return false
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		room[i] = c
	}
	return len(s.lower[string(room[:len(text)])]) > 0
}
