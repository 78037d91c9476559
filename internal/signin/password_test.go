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
	d.invite(p.Partner, "Bob", "bob@water.example")
	var texts []string
	for i, try := range []struct{ email, password string }{
		{"ann@water.example", "not the right password"},
		{"bob@water.example", "not the right password"},
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
	_, late := d.invite(partner, "Bob", "bob@water.example")
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
		from := signin.Source(fmt.Sprintf("198.51.%d.%d:1", i/250, i%250))
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
