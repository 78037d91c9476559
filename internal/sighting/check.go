package sighting

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

const (
	maxFindings = 1000 // of one report; an edge splits what is more
	// maxCount bounds what is counted, so that no sum over a million partners
	// overflows. It is 256 times all addresses of IPv4.
	maxCount     = 1 << 40
	maxExtension = 32  // bytes
	maxNote      = 128 // bytes
	maxOf        = 256 // bytes
)

// Check normalises what a partner reports and refuses what cannot be meant: the error
// begins with the place, as a JSON pointer.
func Check(r Report) (Report, error) {
	if len(r.ID) < 8 || len(r.ID) > 64 {
		return r, errors.New("/id: a report needs an id of 8 to 64 characters of the sender's choice, so that it counts once when sent twice")
	}
	if n := r.Findings(); n == 0 || n > maxFindings {
		return r, fmt.Errorf("a report has 1 to %d sightings, scans and encryptions, this one has %d; split it", maxFindings, n)
	}
	switch r.TLP {
	case "":
		r.TLP = "green"
	case "green", "amber", "amber+strict":
	default:
		return r, fmt.Errorf("/tlp: %q is none of green, amber and amber+strict", r.TLP)
	}
	for i := range r.Sightings {
		if err := checkSighting(&r.Sightings[i]); err != nil {
			return r, fmt.Errorf("/sightings/%d%w", i, err)
		}
	}
	for i := range r.Scans {
		if err := checkScan(&r.Scans[i]); err != nil {
			return r, fmt.Errorf("/scans/%d%w", i, err)
		}
	}
	for i := range r.Encryptions {
		if err := checkEncryption(&r.Encryptions[i]); err != nil {
			return r, fmt.Errorf("/encryptions/%d%w", i, err)
		}
	}
	return r, nil
}

// The checks below begin an error with the rest of the JSON pointer.

func checkSighting(s *Sighting) error {
	v, err := observable.New(s.Type, s.Text)
	if err != nil {
		return fmt.Errorf(": %w", err)
	}
	s.Value = v
	switch s.Basis {
	case Indicator, Suspect, Sinkhole:
	default:
		return fmt.Errorf("/basis: %q is none of %q, %q and %q", s.Basis, Indicator, Suspect, Sinkhole)
	}
	if s.Of != "" {
		if _, _, err := stix.SplitID(s.Of); err != nil || len(s.Of) > maxOf {
			return fmt.Errorf("/of: %q is no STIX id such as indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", s.Of)
		}
	}
	if len(s.Attached) > MaxAttached {
		return fmt.Errorf("/attached: at most %d fields", MaxAttached)
	}
	for name, text := range s.Attached {
		if len(name) > 64 || len(text) > MaxAttachedText {
			return fmt.Errorf("/attached: a name has at most 64 bytes, a text %d", MaxAttachedText)
		}
	}
	if err := checkCounts(counted{"count", s.Count, 1}, counted{"hosts", s.Hosts, 0}); err != nil {
		return err
	}
	return checkSpan(s.FirstSeen, s.LastSeen)
}

func checkScan(s *Scan) error {
	switch s.Direction {
	case "":
		s.Direction = Out
	case Out, In:
	default:
		return fmt.Errorf("/direction: %q is neither %q nor %q", s.Direction, Out, In)
	}
	if s.Port == 0 {
		return errors.New("/port: 0 is no port")
	}
	if err := checkCounts(counted{"sources", s.Sources, 1}, counted{"fresh", s.Fresh, 0}, counted{"contacts", s.Contacts, 0}, counted{"dark", s.Dark, 0}); err != nil {
		return err
	}
	if s.Fresh > s.Sources {
		return fmt.Errorf("/fresh: %d of %d sources cannot be new", s.Fresh, s.Sources)
	}
	return checkSpan(s.FirstSeen, s.LastSeen)
}

func checkEncryption(e *Encryption) error {
	if utf8.ValidString(e.Extension) {
		e.Extension = strings.ToLower(e.Extension)
	}
	if e.Extension == "" && e.Note == "" {
		return errors.New(": an extension or a note is needed")
	}
	if e.Extension != "" && (len(e.Extension) < 2 || len(e.Extension) > maxExtension || e.Extension[0] != '.' || !isFileName(e.Extension)) {
		return fmt.Errorf("/extension: %q is not a dot and what files end in after it, %d bytes in all at most, printable and without '/' and '\\'", e.Extension, maxExtension)
	}
	if e.Note != "" && (len(e.Note) > maxNote || !isFileName(e.Note)) {
		return fmt.Errorf("/note: %q is not the name of a file without its folder: %d bytes at most, printable and without '/' and '\\'", e.Note, maxNote)
	}
	leastFiles, leastFolders := min(len(e.Extension), 1), min(len(e.Note), 1)
	if err := checkCounts(counted{"hosts", e.Hosts, 1}, counted{"files", e.Files, leastFiles}, counted{"folders", e.Folders, leastFolders}); err != nil {
		return err
	}
	return checkSpan(e.FirstSeen, e.LastSeen)
}

// isFileName says whether text can be shown as a part of a file's name. What
// reorders text, or moves the cursor, is not printable.
func isFileName(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r == '/' || r == '\\' || !unicode.IsPrint(r)
	})
}

// counted is a count with the least that it can be.
type counted struct {
	name  string
	count int
	least int
}

func checkCounts(counts ...counted) error {
	for _, c := range counts {
		if c.count < c.least || c.count > maxCount {
			return fmt.Errorf("/%s: %d is not between %d and %d", c.name, c.count, c.least, maxCount)
		}
	}
	return nil
}

func checkSpan(first, last time.Time) error {
	if first.IsZero() || last.Before(first) {
		return errors.New("/first_seen: it is needed, and last_seen not before it")
	}
	return nil
}
