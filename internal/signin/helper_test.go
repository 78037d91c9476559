package signin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signin"
)

const (
	origin   = "https://hub.example"
	password = "plum kettle orbit seven"
)

var (
	home    = netip.MustParsePrefix("192.0.2.7/32")
	abroad  = netip.MustParsePrefix("198.51.100.9/32")
	another = netip.MustParsePrefix("2001:db8:1:2::/64")
)

// door is a service over a directory of its own, with a ledger that is a list.
type door struct {
	*signin.Service
	t      testing.TB
	access *access.Directory
	admin  access.Principal

	visits int // to identity providers

	mu      sync.Mutex
	now     time.Time // zero: the machine's clock
	entries []ledger.Entry
	broken  error // what appending fails with
}

func newDoor(t testing.TB, change ...func(*signin.Config)) *door {
	t.Helper()
	d := &door{t: t, access: access.NewDirectory(), admin: access.Principal{Role: access.Administrator, Token: "administrator"}}
	d.access.SetClock(d.clock)
	cfg := signin.Config{Origin: origin, Access: d.access, Append: d.append, Clock: d.clock, HTTP: http.DefaultClient}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if d.Service, err = signin.New(cfg); err != nil {
		t.Fatal(err)
	}
	return d
}

// cheapDoor is one that spends little on each password.
func cheapDoor(t testing.TB, change ...func(*signin.Config)) *door {
	t.Helper()
	d := newDoor(t, change...)
	d.HashCheaply()
	return d
}

func (d *door) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now.IsZero() {
		return time.Now()
	}
	return d.now
}

// pass moves a clock of the test's own.
func (d *door) pass(by time.Duration) {
	now := d.clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = now.Add(by)
}

func (d *door) append(_ context.Context, drafts ...ledger.Draft) error {
	d.mu.Lock()
	if d.broken != nil {
		defer d.mu.Unlock()
		return d.broken
	}
	var added []ledger.Entry
	for _, one := range drafts {
		e := ledger.Entry{Seq: ledger.Seq(len(d.entries) + 1), Kind: one.Kind, Actor: one.Actor, Audience: one.Audience, Body: one.Body}
		e.Time = d.now
		d.entries = append(d.entries, e)
		added = append(added, e)
	}
	d.mu.Unlock()
	for _, e := range added {
		if err := d.access.Apply(e); err != nil {
			return err
		}
		d.Entry(e)
	}
	return nil
}

func (d *door) do(drafts ...ledger.Draft) {
	d.t.Helper()
	if err := d.append(d.t.Context(), drafts...); err != nil {
		d.t.Fatal(err)
	}
}

// partner lets a partner in.
func (d *door) partner(name string) access.PartnerID {
	d.t.Helper()
	p, draft, err := d.access.Join(name, "water", "NZ", "operator")
	if err != nil {
		d.t.Fatal(err)
	}
	d.do(draft)
	return p.ID
}

// invite lets a person in and gives the secret.
func (d *door) invite(of access.PartnerID, name, email string) (access.Person, string) {
	d.t.Helper()
	p, secret, drafts, err := d.access.Invite(d.admin, of, name, email, access.Analyst, d.clock())
	if err != nil {
		d.t.Fatal(err)
	}
	d.do(drafts...)
	return p, secret
}

// person is somebody of a partner, with the password of the tests.
func (d *door) person() access.Person {
	d.t.Helper()
	p, secret := d.invite(d.partner("Water works"), "Ann Example", "ann@water.example")
	if _, err := d.EnrolPassword(d.t.Context(), secret, password, home); err != nil {
		d.t.Fatal(err)
	}
	return p
}

// acts are the sign-in entries so far, as "kind method reason".
func (d *door) acts() []string {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for _, e := range d.entries {
		switch e.Kind {
		case access.KindSignInSucceeded, access.KindSignInFailed, access.KindSignInLocked, access.KindSignInEnded:
			var s access.SignIn
			if err := json.Unmarshal(e.Body, &s); err != nil {
				d.t.Fatal(err)
			}
			list = append(list, string(e.Kind)+" "+s.Method+" "+s.Reason)
		}
	}
	return list
}

// count is how many entries of a kind there are.
func (d *door) count(kind ledger.Kind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, e := range d.entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// browser is one with a cookie jar of its own, without a network.
type browser struct {
	d       *door
	cookies []*http.Cookie
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, origin+"/", nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return r
}

// begin signs in, and keeps the cookie.
func (b *browser) begin(one signin.Session) {
	b.d.t.Helper()
	w := httptest.NewRecorder()
	if err := b.d.Sessions.Begin(w, b.request(), one); err != nil {
		b.d.t.Fatal(err)
	}
	b.cookies = w.Result().Cookies()
}

func (b *browser) in() bool {
	_, _, ok := b.d.Reader(b.request())
	return ok
}
