package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// An enrolment secret works once, in time, and for nobody who has left.
func TestEnrolment(t *testing.T) {
	d := cheapDoor(t)
	d.pass(0)
	partner := d.partner("Water works")
	p, secret := d.invite(partner, "Ann", "ann@water.example")
	if _, err := d.EnrolPassword(t.Context(), secret+"x", password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("another secret: %v", err)
	}
	if who, err := d.Invited(t.Context(), secret, home); err != nil || who.ID != p.ID {
		t.Errorf("invited: %+v, %v", who, err)
	}
	if _, err := d.EnrolPassword(t.Context(), " "+secret+"\n", password, home); err != nil {
		t.Fatal(err)
	}
	if _, err := d.EnrolPassword(t.Context(), secret, password+" again", abroad); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("a second time: %v", err)
	}
	_, late := d.invite(partner, "Second", "second@water.example")
	d.pass(73 * time.Hour)
	if _, err := d.EnrolPassword(t.Context(), late, password, another); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("too late: %v", err)
	}
}

// Who is invited again has lost what it signed in with: sessions elsewhere end.
func TestEnrolmentEndsOtherSessions(t *testing.T) {
	d := newDoor(t)
	p := d.person()
	one, err := d.Password(t.Context(), p.Email, password, home)
	if err != nil {
		t.Fatal(err)
	}
	thief := browser{d: d}
	thief.begin(one)
	secret, draft, err := d.access.InviteAgain(d.admin, p.ID, d.clock())
	if err != nil {
		t.Fatal(err)
	}
	d.do(draft)
	if _, err := d.EnrolPassword(t.Context(), secret, "another plum, another kettle", home); err != nil {
		t.Fatal(err)
	}
	if thief.in() {
		t.Error("the old session goes on")
	}
	if _, err := d.Password(t.Context(), p.Email, password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("the old password: %v", err)
	}
}

func TestClaim(t *testing.T) {
	d := cheapDoor(t)
	secret, hash := access.NewClaim()
	d.access.SetClaim(hash)
	if _, err := d.ClaimPassword(t.Context(), "tocsin_claim_wrong", "Root", "root@hub.example", password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("wrong secret: %v", err)
	}
	if _, err := d.ClaimPassword(t.Context(), secret, "Root", "no address", password, home); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("no address: %v", err)
	}
	if _, err := d.ClaimPassword(t.Context(), secret, "Root", "root@hub.example", "short", home); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("short password: %v", err)
	}
	if d.access.Claimed() {
		t.Fatal("claimed by what failed")
	}
	one, err := d.ClaimPassword(t.Context(), secret, "Root", "root@hub.example", password, home)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{d: d}
	b.begin(one)
	if _, who, ok := d.Reader(b.request()); !ok || who.Role != access.Administrator || who.Partner != "" || !d.access.Claimed() {
		t.Errorf("claimed as %+v, %t", who, ok)
	}
	if _, err := d.ClaimPassword(t.Context(), secret, "Second", "second@hub.example", password, home); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second claim: %v", err)
	}
	if _, err := d.Password(t.Context(), "root@hub.example", password, abroad); err != nil {
		t.Errorf("sign in again: %v", err)
	}
}
