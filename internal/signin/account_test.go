package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
)

func TestChangingThePassword(t *testing.T) {
	const next = "another plum, another kettle"
	d := cheapDoor(t)
	p := d.person()
	b, one := d.signed(p, password)
	elsewhere, _ := d.signed(p, password)
	if err := d.SetPassword(t.Context(), b.request(), one, "not the current one", next); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("without the current one: %v", err)
	}
	if err := d.SetPassword(t.Context(), b.request(), one, password, "short"); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("to a short one: %v", err)
	}
	if !elsewhere.in() {
		t.Error("what failed ended a session")
	}
	if err := d.SetPassword(t.Context(), b.request(), one, password, next); err != nil {
		t.Fatal(err)
	}
	if !b.in() || elsewhere.in() {
		t.Errorf("here in %t, elsewhere in %t", b.in(), elsewhere.in())
	}
	if _, err := d.Password(t.Context(), p.Email, password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := d.Password(t.Context(), p.Email, next, home); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := d.SetPassword(t.Context(), b.request(), signin.Session{Token: "t"}, "", next); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("with a token: %v", err)
	}
	// Whoever sits at an open session cannot guess at the password either.
	slow := signin.Throttled{}
	for range 10 {
		_ = d.SetPassword(t.Context(), b.request(), one, "guess", next)
	}
	if err := d.SetPassword(t.Context(), b.request(), one, next, password); !errors.As(err, &slow) {
		t.Errorf("after ten guesses: %v", err)
	}
}

// Passkeys are added and removed in a fresh session; the last way in stays.
func TestAddingAndRemoving(t *testing.T) {
	d, a := cheapDoor(t), newAuthenticator(t)
	p := d.person()
	b, one := d.signed(p, password)
	c, err := d.BeginAdd(one, "Key ring", home)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.FinishAdd(t.Context(), signin.Session{Person: "person--other"}, c.ID, a.makes(c.Options)); !errors.Is(err, access.ErrConflict) {
		t.Errorf("finished by somebody else: %v", err)
	}
	if c, err = d.BeginAdd(one, "Key ring", home); err != nil {
		t.Fatal(err)
	}
	if err := d.FinishAdd(t.Context(), one, c.ID, a.makes(c.Options)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.passkey(a); err != nil {
		t.Fatal(err)
	}
	list := d.access.Credentials(p.ID)
	if err := d.Remove(t.Context(), one, "credential--other"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := d.Remove(t.Context(), one, list[1].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.passkey(a); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("the removed passkey: %v", err)
	}
	if err := d.Remove(t.Context(), one, list[0].ID); !errors.Is(err, access.ErrConflict) || !b.in() {
		t.Errorf("the last: %v", err)
	}
	d.pass(16 * time.Minute)
	if _, err := d.BeginAdd(one, "", home); !errors.Is(err, signin.ErrStale) || d.Fresh(one) {
		t.Errorf("to add, later: %v", err)
	}
	if err := d.Remove(t.Context(), one, list[0].ID); !errors.Is(err, signin.ErrStale) {
		t.Errorf("to remove, later: %v", err)
	}
}
