package signin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

func TestAPasswordSignsIn(t *testing.T) {
	d := newDoor(t)
	p := d.person()
	one, err := d.Password(t.Context(), " Ann@Water.Example ", password, home)
	if err != nil {
		t.Fatal(err)
	}
	if one.Person != p.ID || one.Role != access.Analyst || one.Method != "password" || one.From != home {
		t.Errorf("session %+v", one)
	}
	b := browser{d: d}
	if b.in() {
		t.Error("in without a session")
	}
	b.begin(one)
	who, principal, ok := d.Reader(b.request())
	if !ok || who.Person != p.ID || principal.Person != p.ID || principal.Partner != p.Partner || principal.Role != access.Analyst {
		t.Errorf("reader %+v, %+v, %t", who, principal, ok)
	}
	want := []string{"signin.succeeded enrolment ", "signin.succeeded password "}
	if got := d.acts(); !slices.Equal(got, want) {
		t.Errorf("on the ledger: %q, want %q", got, want)
	}
	for _, e := range d.entries {
		if strings.Contains(string(e.Body), password) || strings.Contains(string(e.Body), "tocsin_enrol") {
			t.Errorf("a secret is on the ledger: %s", e.Body)
		}
	}
}

// An unknown account, one without a password and a wrong password look alike.
func TestRefusalsLookAlike(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	d.invite(p.Partner, "Second", "second@water.example")
	var texts []string
	for i, try := range []struct{ email, password string }{
		{"ann@water.example", "not the right password"},
		{"second@water.example", "not the right password"},
		{"nobody@water.example", "not the right password"},
		{"nobody@water.example", ""},
		{"ann@water.example", strings.Repeat("x", 5000)},
		{strings.Repeat("é", 400) + "@water.example", "not the right password"},
	} {
		_, err := d.Password(t.Context(), try.email, try.password, home)
		if !errors.Is(err, signin.ErrRefused) {
			t.Errorf("%d: %v", i, err)
		}
		texts = append(texts, fmt.Sprint(errors.Is(err, access.ErrNotFound), errors.Is(err, access.ErrInvalid)))
	}
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("they differ: %q", texts)
	}
	if n := d.count(access.KindSignInFailed); n != 6 {
		t.Errorf("%d failures on the ledger, want 6: %q", n, d.acts())
	}
	// What was typed for a name may be a password: it is not recorded.
	for _, e := range d.entries {
		if strings.Contains(string(e.Body), "nobody@") {
			t.Errorf("what a stranger typed is on the ledger: %s", e.Body)
		}
	}
}

// Nobody acts for a partner that was dismissed.
func TestADismissedPartnersPeople(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	_, secret := d.invite(p.Partner, "Second", "second@water.example")
	d.do(must(d.access.Dismiss(p.Partner, "left the community")))
	if _, err := d.Password(t.Context(), p.Email, password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("signs in: %v", err)
	}
	if _, err := d.EnrolPassword(t.Context(), secret, password, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("joins: %v", err)
	}
}

func TestPasswordRules(t *testing.T) {
	d := cheapDoor(t)
	partner := d.partner("Waterworks Riverside")
	_, secret := d.invite(partner, "Annabel Example", "annabel.example@water.example")
	for _, bad := range []string{
		"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "passwordpassword", "Password12345!", "123456789012345",
		"qwertyuiop[]12", "annabel.example@water.example", "Annabel Example 1", "waterworksriverside", "tocsintocsintocsin", "abcdefghijklmnop",
		"zyxwvutsrqpo", strings.Repeat("plum kettle ", 100), "plum kettle \xff orbit",
	} {
		_, err := d.EnrolPassword(t.Context(), secret, bad, home)
		if !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if n := d.count(access.KindSignInFailed); n != 0 {
		t.Errorf("a password that does not do counts as %d failures", n)
	}
	if _, err := d.EnrolPassword(t.Context(), secret, "élan vital, à minuit", home); err != nil {
		t.Fatal(err)
	}
	// The same letters in another encoding.
	if _, err := d.Password(t.Context(), "annabel.example@water.example", "e\u0301lan vital, a\u0300 minuit", home); err != nil {
		t.Errorf("decomposed: %v", err)
	}
}

// A hash of other parameters still signs in, and is replaced by one of today's.
func TestAnOldHashIsReplaced(t *testing.T) {
	d := newDoor(t)
	p, _ := d.invite(d.partner("Water works"), "Ann", "ann@water.example")
	// argon2id of "plum kettle orbit seven" with 8 MiB, one pass, one lane.
	old := signin.HashForTest(password, 8<<10, 1, 1)
	_, draft, err := d.access.SetCredential(access.Credential{Person: p.ID, Kind: access.Password, PHC: old})
	if err != nil {
		t.Fatal(err)
	}
	d.do(draft)
	for range 2 {
		if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
			t.Fatal(err)
		}
	}
	now := d.access.Credentials(p.ID)
	if len(now) != 1 || !strings.HasPrefix(now[0].PHC, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("kept as %+v", now)
	}
	if n := d.count(access.KindPersonCredential); n != 2 {
		t.Errorf("%d credentials on the ledger, want the old and one new", n)
	}
}

// Nobody comes in unrecorded, and who could not is not counted as a guesser.
func TestNobodyComesInUnrecorded(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	d.broken = ledger.ErrUnavailable
	for range 12 {
		if _, err := d.Password(t.Context(), p.Email, password, home); !errors.Is(err, ledger.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	d.broken = nil
	if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
		t.Error(err)
	}
}

// Strangers cannot fill the ledger: beyond a number, failures are counted.
func TestFailuresAreBoundedOnTheLedger(t *testing.T) {
	d := newDoor(t)
	d.pass(0)
	fail := func(i int) {
		from := ratelimit.Source(fmt.Sprintf("198.51.%d.%d:1", i/250, i%250))
		if _, err := d.Token(t.Context(), "wrong", from); !errors.Is(err, signin.ErrRefused) {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		fail(i)
	}
	if n := d.count(access.KindSignInFailed); n != 200 {
		t.Errorf("%d failures recorded at once, want 200", n)
	}
	d.pass(time.Minute)
	fail(1000)
	var last access.SignIn
	if err := json.Unmarshal(d.entries[len(d.entries)-1].Body, &last); err != nil || !strings.HasSuffix(last.Reason, "; before it, 800 more failed and were only counted") {
		t.Errorf("the next says %q, %v", last.Reason, err)
	}
}
