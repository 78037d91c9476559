package attribution_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// Sealed evidence is handed to its depositor and whom it names, and is no record.
func TestDeposits(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	plain := s.file(2, nil)
	item := s.file(2, func(e *attribution.Evidence) { e.Seal = sealOf("content", attribution.Salt{}) })
	text := "age-encryption.org/v1\n..."
	deposit := attribution.Deposit{Case: s.id, Evidence: item, Ciphertext: base64.StdEncoding.EncodeToString([]byte(text))}
	before := s.get()
	to := []access.PartnerID{partnerID(4)}
	s.add(s.state.Deposit(principal(2, access.Contributor), deposit, to))
	if c := s.get(); c.Records != before.Records || c.Head != before.Head {
		t.Error("a deposit is a record")
	}
	e := s.log[len(s.log)-1]
	if e.Audience != "red default "+string(partnerID(4)) {
		t.Errorf("the deposit goes to %q", e.Audience)
	}
	for n, want := range map[int]int{1: 0, 2: 1, 3: 0, 4: 1} {
		found, err := s.state.Sealed(principal(n, access.Viewer), s.id, item)
		if err != nil || len(found) != want {
			t.Errorf("partner %d is told of %d deposits (%v), want %d", n, len(found), err, want)
			continue
		}
		if want == 1 && (found[0].Seq != e.Seq || found[0].Size != len(text) || found[0].By != partnerID(2)) {
			t.Errorf("deposit %+v", found[0])
		}
	}
	if got, err := attribution.ReadDeposit(e); err != nil || string(got) != text {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := attribution.ReadDeposit(s.log[0]); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("read what is no deposit: %v", err)
	}

	other, large, clear := deposit, deposit, deposit
	other.Evidence = plain
	large.Ciphertext = strings.Repeat("A", 700_004)
	clear.Ciphertext = base64.StdEncoding.EncodeToString([]byte("the content itself"))
	for what, c := range map[string]struct {
		by   access.Principal
		d    attribution.Deposit
		kind error
		says string
	}{
		"of another's":   {boss(3), deposit, access.ErrForbidden, "another partner"},
		"of no seal":     {boss(2), other, access.ErrInvalid, "no seal"},
		"too large":      {boss(2), large, access.ErrInvalid, "700000"},
		"in clear":       {boss(2), clear, access.ErrInvalid, "age file"},
		"by a viewer":    {principal(2, access.Viewer), deposit, access.ErrForbidden, "contributor"},
		"by a stranger":  {access.Principal{Partner: partnerID(2), Role: access.Coordinator}, deposit, access.ErrNotFound, "case"},
		"too many names": {boss(2), deposit, access.ErrInvalid, "recipients"},
	} {
		names := to
		if what == "too many names" {
			names = make([]access.PartnerID, 1001)
		}
		if _, err := s.state.Deposit(c.by, c.d, names); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for range 15 {
		s.add(s.state.Deposit(boss(2), deposit, nil))
	}
	if _, err := s.state.Deposit(boss(2), deposit, nil); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 17th deposit of an item: %v", err)
	}
}
