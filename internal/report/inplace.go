package report

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// The members that the types of package sighting are written with, in their order.
var (
	reportMembers   = []string{"id", "tlp", "sector", "country", "organisation", "designated", "sightings", "scans"}
	sightingMembers = []string{"type", "value", "basis", "count", "hosts", "first_seen", "last_seen", "unresolved", "of", "attached"}
	scanMembers     = []string{"port", "direction", "sources", "fresh", "contacts", "dark", "first_seen", "last_seen", "hosts"}
)

// inPlace takes the findings of the incident out of a report's text without taking
// the rest apart. It is false where something is not written as the hub writes it, or
// there is more than sightings and scans: then nothing that it found counts.
func (s *seen) inPlace(f *found) bool {
	w := written{text: f.e.Body}
	return isWritten(w.text) && w.object(reportMembers, func(name int) bool {
		switch reportMembers[name] {
		case "tlp":
			text, ok := w.string()
			f.tlp = access.TLP(text)
			return ok
		case "sightings":
			return w.array(func() bool { return s.readSighting(f, &w) })
		case "scans":
			return w.array(func() bool { return s.readScan(f, &w) })
		}
		return w.skip()
	}) && w.i == len(w.text)
}

// readSighting reads a sighting, and takes it if it is of a value of the incident.
func (s *seen) readSighting(f *found, w *written) bool {
	var o sighting.Sighting
	var kind []byte
	others := true
	ok := w.object(sightingMembers, func(name int) (ok bool) {
		switch member := sightingMembers[name]; {
		case member == "type":
			kind, ok = w.string()
		case member == "value":
			var text []byte
			text, ok = w.string()
			if same := s.texts[string(text)]; len(same) > 0 {
				others, o.Value = false, named(same, kind)
			}
		case others:
			return w.skip()
		case member == "basis":
			var text []byte
			text, ok = w.string()
			o.Basis = basis(text)
		case member == "hosts":
			o.Hosts, ok = w.number()
		case member == "first_seen":
			o.FirstSeen, ok = w.time()
		case member == "last_seen":
			o.LastSeen, ok = w.time()
		default:
			return w.skip()
		}
		return ok
	})
	if ok && !others {
		s.sighting(f, o)
	}
	return ok
}

// named is that of the values of one text whose type is written so.
func named(same []observable.Value, kind []byte) observable.Value {
	for _, v := range same {
		if string(v.Type) == string(kind) {
			return v
		}
	}
	return observable.Value{Type: observable.Type(kind), Text: same[0].Text}
}

func basis(text []byte) sighting.Basis {
	for _, b := range []sighting.Basis{sighting.Indicator, sighting.Suspect, sighting.Sinkhole} {
		if string(b) == string(text) {
			return b
		}
	}
	return sighting.Basis(text)
}

// readScan reads a scan, and takes it if it is of a port of the incident.
func (s *seen) readScan(f *found, w *written) bool {
	var o sighting.Scan
	ok := w.object(scanMembers, func(name int) (ok bool) {
		switch member := scanMembers[name]; {
		case member == "port":
			var n int
			n, ok = w.number()
			o.Port = uint16(n)
			ok = ok && n == int(o.Port)
		case !s.ports[o.Port]:
			return w.skip()
		case member == "direction":
			var text []byte
			text, ok = w.string()
			o.Direction = sighting.Direction(text)
		case member == "sources":
			o.Sources, ok = w.number()
		case member == "first_seen":
			o.FirstSeen, ok = w.time()
		case member == "last_seen":
			o.LastSeen, ok = w.time()
		default:
			return w.skip()
		}
		return ok
	})
	if ok && s.ports[o.Port] {
		s.scan(f, o)
	}
	return ok
}

// time takes a time as RFC 3339 has it.
func (w *written) time() (t time.Time, ok bool) {
	text, ok := w.string()
	return t, ok && t.UnmarshalText(text) == nil
}
