package signin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// signed is a browser with a new session of a person.
func (d *door) signed(p access.Person, with string) (*browser, signin.Session) {
	d.t.Helper()
	one, err := d.Password(d.t.Context(), p.Email, with, home)
	if err != nil {
		d.t.Fatal(err)
	}
	b := &browser{d: d}
	b.begin(one)
	if !b.in() {
		d.t.Fatal("the session does not work")
	}
	return b, one
}

func TestSessionLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person()
		idle, _ := d.signed(p, password)
		time.Sleep(time.Hour)
		if !idle.in() {
			t.Error("ended within the hour")
		}
		time.Sleep(time.Hour + time.Second)
		if idle.in() {
			t.Error("goes on after an idle hour")
		}
		busy, _ := d.signed(p, password)
		for range 12*4 - 1 {
			time.Sleep(15 * time.Minute)
			if !busy.in() {
				t.Fatal("a session in use ended early")
			}
		}
		time.Sleep(15 * time.Minute)
		if busy.in() {
			t.Error("goes on after twelve hours")
		}
		// What a page fetches by itself is not its reader's doing.
		left, _ := d.signed(p, password)
		for range 7 {
			time.Sleep(10 * time.Minute)
			r := left.request()
			r.Header.Set("Sec-Fetch-Dest", "empty")
			d.Reader(r)
		}
		if left.in() {
			t.Error("a page that follows keeps an idle session alive")
		}
	})
}

// Whatever takes away what a session rests on ends it, for good.
func TestWhatEndsASession(t *testing.T) {
	for name, end := range map[string]func(d *door, p access.Person) ledger.Draft{
		"the person leaves": func(d *door, p access.Person) ledger.Draft {
			return must(d.access.DismissPerson(d.admin, p.ID, "left the firm"))
		},
		"another role": func(d *door, p access.Person) ledger.Draft {
			return must(d.access.ChangePerson(d.admin, p.ID, "", "", access.Viewer))
		},
		"the partner is dismissed": func(d *door, p access.Person) ledger.Draft {
			return must(d.access.Dismiss(p.Partner, "left the community"))
		},
		"the credential is removed": func(d *door, p access.Person) ledger.Draft {
			return must(d.access.RemoveCredential(d.admin, p.ID, d.access.Credentials(p.ID)[0].ID, "stolen"))
		},
		"erased": func(d *door, p access.Person) ledger.Draft {
			_, draft, err := d.access.ErasePerson(d.admin, p.ID, "asked for")
			return must(draft, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := cheapDoor(t)
			p := d.person()
			b, _ := d.signed(p, password)
			d.do(end(d, p))
			if b.in() {
				t.Error("the session goes on")
			}
			if n := len(d.Sessions.Of(p.ID)); n != 0 {
				t.Errorf("%d sessions are kept", n)
			}
		})
	}
	t.Run("another role, taken back before anybody looked", func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person()
		b, _ := d.signed(p, password)
		d.do(must(d.access.ChangePerson(d.admin, p.ID, "", "", access.Viewer)))
		d.do(must(d.access.ChangePerson(d.admin, p.ID, "", "", access.Analyst)))
		if b.in() {
			t.Error("the session goes on")
		}
	})
	t.Run("another name does not", func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person()
		b, _ := d.signed(p, password)
		d.do(must(d.access.ChangePerson(d.admin, p.ID, "Ann Other", "", "")))
		if !b.in() {
			t.Error("the session ended")
		}
	})
}

func must(d ledger.Draft, err error) ledger.Draft {
	if err != nil {
		panic(err)
	}
	return d
}

// Signing in renews the token, and the old one is worth nothing.
func TestTheTokenIsRenewed(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	b, one := d.signed(p, password)
	old := *b
	b.begin(one)
	if old.in() || !b.in() {
		t.Errorf("old in %t, new in %t", old.in(), b.in())
	}
	// A token that somebody else chose is never used.
	fixed := browser{d: d, cookies: []*http.Cookie{{Name: b.cookies[0].Name, Value: "chosen-by-somebody-else"}}}
	fixed.begin(one)
	if fixed.cookies[0].Value == "chosen-by-somebody-else" {
		t.Error("the session took a token from outside")
	}
}

func TestTheCookie(t *testing.T) {
	for of, secure := range map[string]bool{"https://hub.example": true, "http://localhost:8440": false} {
		d := cheapDoor(t, func(cfg *signin.Config) { cfg.Origin = of })
		b, _ := d.signed(d.person(), password)
		c := b.cookies[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || c.MaxAge != 12*60*60+1 && c.MaxAge != 12*60*60 {
			t.Errorf("%s: cookie %+v", of, c)
		}
	}
}

// A person has a bounded number of sessions; the one that was not used longest
// makes room.
func TestSessionsAreBounded(t *testing.T) {
	d := cheapDoor(t)
	d.pass(0)
	p := d.person()
	first, one := d.signed(p, password)
	for range 20 {
		d.pass(time.Second)
		b := browser{d: d}
		b.begin(one)
	}
	if n := len(d.Sessions.Of(p.ID)); n != 20 || first.in() {
		t.Errorf("%d sessions, the first in %t", n, first.in())
	}
}

func TestSigningOut(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	b, one := d.signed(p, password)
	other, _ := d.signed(p, password)
	if err := d.EndOthers(t.Context(), b.request(), one); err != nil || other.in() || !b.in() {
		t.Errorf("%v: other in %t, this in %t", err, other.in(), b.in())
	}
	w := httptest.NewRecorder()
	if err := d.SignOut(t.Context(), w, b.request()); err != nil || b.in() || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("%v: in %t, cookies %v", err, b.in(), w.Result().Cookies())
	}
	if n := d.count(access.KindSignInEnded); n != 2 {
		t.Errorf("%d ends on the ledger: %q", n, d.acts())
	}
	if err := d.SignOut(t.Context(), httptest.NewRecorder(), b.request()); err != nil || d.count(access.KindSignInEnded) != 2 {
		t.Errorf("nobody signs out: %v", err)
	}
}

// The token of a program signs in as before, for as long as it works.
func TestATokenSignsIn(t *testing.T) {
	d := cheapDoor(t)
	token, secret, draft, err := d.access.Issue(d.partner("Water works"), access.Viewer, d.clock())
	if err != nil {
		t.Fatal(err)
	}
	d.do(draft)
	one, err := d.Token(t.Context(), secret, home)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{d: d}
	b.begin(one)
	if _, who, ok := d.Reader(b.request()); !ok || who.Token != token.ID {
		t.Errorf("%+v, %t", who, ok)
	}
	d.do(must(d.access.Revoke(token.ID, "lost")))
	if b.in() {
		t.Error("goes on with a revoked token")
	}
	if _, err := d.Token(t.Context(), secret, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("revoked: %v", err)
	}
}

// A token that is pasted again and again ends its own sessions and nobody
// else's, and does not fill the ledger.
func TestOneTokenCostsNobodyElseTheirSession(t *testing.T) {
	d := cheapDoor(t)
	d.pass(0)
	admin, _ := d.signed(d.person(), password)
	of := d.partner("Bank 01")
	paste := func() (string, signin.Session) {
		t.Helper()
		_, secret, draft, err := d.access.Issue(of, access.Viewer, d.clock())
		if err != nil {
			t.Fatal(err)
		}
		d.do(draft)
		one, err := d.Token(t.Context(), secret, home)
		if err != nil {
			t.Fatal(err)
		}
		return secret, one
	}
	_, quiet := paste()
	display := browser{d: d}
	display.begin(quiet)
	secret, one := paste()
	first := browser{d: d}
	first.begin(one)
	for range 150 {
		b := browser{d: d}
		b.begin(one)
	}
	if !admin.in() || !display.in() || first.in() {
		t.Errorf("the person is in: %t, the other token's: %t, the first of many: %t", admin.in(), display.in(), first.in())
	}
	var slow signin.Throttled
	var err error
	for range 100 {
		if _, err = d.Token(t.Context(), secret, home); err != nil {
			break
		}
	}
	if !errors.As(err, &slow) || slow.After <= 0 || d.count(access.KindSignInSucceeded) > 50 {
		t.Fatalf("%v, after %d entries", err, d.count(access.KindSignInSucceeded))
	}
	paste() // another token of the same partner, from the same address
	d.pass(slow.After)
	if _, err := d.Token(t.Context(), secret, home); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}
