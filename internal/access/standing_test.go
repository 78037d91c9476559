package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (b *book) designate(id access.PartnerID, organisation *string, designated *bool) error {
	b.t.Helper()
	d, err := b.Designate(id, access.Change{Organisation: organisation, Designated: designated}, "for the test")
	if err == nil {
		b.append(d)
	}
	return err
}

func (b *book) standing(id access.PartnerID) access.Standing {
	p, _ := b.Partner(id)
	return access.Standing{Organisation: p.Organisation, Designated: p.Designated}
}

func TestStandingChangesOnlyInWhatIsNamed(t *testing.T) {
	b := newBook(t)
	clinic := b.join("A clinic")
	type to = access.Standing
	for _, step := range []struct {
		organisation *string
		designated   *bool
		want         to
	}{
		{new("trust"), nil, to{Organisation: "trust"}},
		{nil, new(true), to{Organisation: "trust", Designated: true}},
		{new(""), nil, to{Designated: true}},
		{new("group"), new(false), to{Organisation: "group"}},
	} {
		before := b.Revision()
		if err := b.designate(clinic, step.organisation, step.designated); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, b.standing(clinic)); diff != "" {
			t.Errorf("(-want +got) %s", diff)
		}
		if b.Revision() == before {
			t.Error("who keeps answering is not told that a partner has changed")
		}
	}
	p, _ := b.Partner(clinic)
	if p.Name != "A clinic" || p.Sector != "healthcare" || p.Joined.IsZero() {
		t.Errorf("the change took something with it: %+v", p)
	}
	rebuilt := access.NewDirectory()
	for _, e := range append(b.entries, b.entries[len(b.entries)-1]) { // an entry that comes again changes nothing
		if err := rebuilt.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(b.Partners(), rebuilt.Partners()); diff != "" {
		t.Errorf("rebuilt (-live +rebuilt) %s", diff)
	}
}

func TestStandingAtTheDoor(t *testing.T) {
	b := newBook(t)
	p, d, err := b.JoinAs("A ministry", "government", "NL", "government", access.Standing{Organisation: "state", Designated: true})
	if err != nil {
		t.Fatal(err)
	}
	b.append(d)
	if got := b.standing(p.ID); got != (access.Standing{Organisation: "state", Designated: true}) {
		t.Errorf("it stands as %+v", got)
	}
	if _, _, err := b.JoinAs("A hub", "technology", "FR", "hub", access.Standing{Organisation: "Not A Word"}); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("an organisation that can be spelled in two ways: %v", err)
	}
	if _, _, err := b.Join("A hub", "technology", "FR", "hub"); err != nil {
		t.Error(err)
	}
}

func TestStandingIsRefused(t *testing.T) {
	b := newBook(t)
	clinic, gone := b.join("A clinic"), b.join("A bank")
	left, err := b.Dismiss(gone, "contract ended")
	if err != nil {
		t.Fatal(err)
	}
	b.append(left)
	for _, c := range []struct {
		name         string
		partner      access.PartnerID
		organisation string
		reason       string
		want         error
	}{
		{"nobody", "identity--nobody", "trust", "r", access.ErrNotFound},
		{"who has left", gone, "trust", "r", access.ErrNotFound},
		{"no reason", clinic, "trust", "", access.ErrInvalid},
		{"a reason that redraws the terminal", clinic, "trust", "a\x1b[2Jb", access.ErrInvalid},
		{"capitals", clinic, "Trust", "r", access.ErrInvalid},
		{"too long", clinic, strings.Repeat("a", 65), "r", access.ErrInvalid},
		{"nothing changes", clinic, "", "r", access.ErrConflict},
	} {
		if _, err := b.Designate(c.partner, access.Change{Organisation: &c.organisation}, c.reason); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	// A forged or late entry about who has left does not bring it back.
	body := `{"partner":"` + string(gone) + `","organisation":"trust","designated":true}`
	b.append(ledger.Draft{Kind: access.KindPartnerChanged, Actor: access.Hub, Body: []byte(body)})
	if _, present := b.Partner(gone); present || b.standing(gone).Designated {
		t.Error("who has left is designated")
	}
}
