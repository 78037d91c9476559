package edge

import (
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// filesIn looks for files that are being encrypted. The caller holds reading.
func (e *Edge) filesIn(event *telemetry.Event) {
	if event.Kind != telemetry.File || !event.FileWritten && !event.FileGone {
		return
	}
	e.files.Act(ransom.Act{
		Host: event.Source, Actor: event.Actor, Path: event.FilePath, From: event.FileFrom,
		Gone: event.FileGone, At: event.Time,
	})
}

// encrypted is what is to be reported of it. The caller holds reading.
func (e *Edge) encrypted() []sighting.Encryption {
	found := e.files.Take()
	list := make([]sighting.Encryption, 0, len(found))
	for _, f := range found {
		list = append(list, sighting.Encryption{
			Extension: f.Extension, Note: f.Note, Hosts: f.Hosts, Files: f.Files, Folders: f.Folders,
			FirstSeen: f.First, LastSeen: f.Last,
		})
	}
	return list
}

// detectIn looks for hosts that scan, and for what they share.
func (e *Edge) detectIn(event *telemetry.Event) {
	switch event.Kind {
	case telemetry.Flow:
		if event.Contact {
			e.detect.Contact(event.Source, event.Target, event.TargetPort, event.Failed, event.Time)
		}
	case telemetry.DNS, telemetry.File:
		for i := range event.Observables {
			seen := &event.Observables[i]
			switch {
			case event.Kind == telemetry.DNS && seen.Type == observable.Domain:
				e.detect.Asked(event.Source, seen.Value, event.NXDomain, event.Time)
			case event.Kind == telemetry.File && seen.Type == observable.SHA256:
				e.detect.File(event.Target, seen.Value, event.Time)
			}
		}
	}
}
