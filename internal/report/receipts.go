package report

import (
	"bytes"

	"github.com/tocsin-project/tocsin/internal/protect"
)

var idPrefix = []byte("protection--")

// idLength is how long the id of a protection is: the prefix and a UUID.
const idLength = len("protection--") + 36

// receipted says whether an outlet's word may be about a protection of the incident.
func (s *seen) receipted(body []byte) bool {
	for rest := body; ; {
		i := bytes.Index(rest, idPrefix)
		if i < 0 || len(rest) < i+idLength {
			return false
		}
		if s.p.lives[string(rest[i:i+idLength])] != nil {
			return true
		}
		rest = rest[i+idLength:]
	}
}

// receiptsMembers and wordsMembers are those that protect.Receipts and its Words are
// written with, in their order.
var (
	receiptsMembers = []string{"outlet", "words"}
	wordsMembers    = []string{"in_force", "at", "problem", "protections"}
)

// receipts takes the receipts of the incident's protections out of an outlet's word.
func (s *seen) receipts(f *found) error {
	if s.receiptsInPlace(f) {
		return nil
	}
	f.receipts = nil
	return protect.EachReceipt(*f.e, func(r protect.Receipt) {
		if s.p.lives[r.Protection] != nil {
			f.receipts = append(f.receipts, receipt{r.Protection, r.Outlet, r.InForce})
		}
	})
}

// receiptsInPlace is receipts for a text as hubs write it today; it is false of others.
func (s *seen) receiptsInPlace(f *found) bool {
	w := written{text: f.e.Body}
	var outlet string
	var inForce bool
	protection := func() bool {
		id, ok := w.string()
		if of := s.p.lives[string(id)]; of != nil {
			f.receipts = append(f.receipts, receipt{of.ID, outlet, inForce})
		}
		return ok
	}
	words := func() bool {
		inForce = false
		return w.object(wordsMembers, func(name int) bool {
			switch wordsMembers[name] {
			case "in_force":
				inForce = w.word("true")
				return inForce || w.word("false")
			case "at":
				_, ok := w.time()
				return ok
			case "protections":
				return w.array(protection)
			}
			return w.skip()
		})
	}
	return isWritten(w.text) && w.object(receiptsMembers, func(name int) bool {
		if receiptsMembers[name] == "words" {
			return w.array(words)
		}
		text, ok := w.string()
		outlet = string(text)
		return ok
	}) && w.i == len(w.text)
}
