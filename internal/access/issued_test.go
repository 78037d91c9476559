package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// issueAs issues a token as somebody does who is signed in.
func (b *book) issueAs(who access.Principal, p access.PartnerID, role access.Role) (access.Token, string) {
	b.t.Helper()
	token, secret, d, err := b.IssueFor(who, p, role, access.TokenOptions{Expires: now.Add(24 * time.Hour)}, now)
	b.signed(who, err, d)
	return token, secret
}

// signed appends what somebody decided, in their name.
func (b *book) signed(who access.Principal, err error, drafts ...ledger.Draft) {
	b.t.Helper()
	if err == nil {
		drafts, err = access.Signed(who, drafts...)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range drafts {
		b.append(d)
	}
}

// thief is a contributor who made a token, with that another, and with that a third;
// and tokens that others made.
func thief(t *testing.T) (b *book, clinic access.PartnerID, person string, theirs, others []string) {
	b = newBook(t)
	b.SetClock(func() time.Time { return now })
	clinic = b.join("A clinic")
	one, _ := b.invite(hubAdministrator, clinic, "First", access.Contributor)
	two, _ := b.invite(hubAdministrator, clinic, "Second", access.Contributor)
	who, _ := b.PersonPrincipal(one.ID)
	for range 3 {
		_, secret := b.issueAs(who, clinic, access.Contributor)
		who, _ = b.Authenticate(secret)
		theirs = append(theirs, secret)
	}
	colleague, _ := b.PersonPrincipal(two.ID)
	_, of := b.issueAs(colleague, clinic, access.Contributor)
	_, hubs := b.issueAs(hubAdministrator, clinic, access.Coordinator)
	return b, clinic, one.ID, theirs, []string{of, hubs}
}

func (b *book) work(secrets ...string) (n int) {
	for _, s := range secrets {
		if _, ok := b.Authenticate(s); ok {
			n++
		}
	}
	return n
}

// What somebody issued ends with them, and what was issued with that, unless
// somebody says that it stays; what others issued goes on.
func TestWhatSomebodyIssuedEndsWithThem(t *testing.T) {
	for what, left := range map[access.Heirs]int{access.UsualHeirs: 0, access.RevokeHeirs: 0, access.KeepHeirs: 3} {
		b, clinic, person, theirs, others := thief(t)
		if n := b.IssuedCounts(hubAdministrator)[person]; n != 3 || b.work(theirs...) != 3 {
			t.Fatalf("%d tokens are counted", n)
		}
		drafts, err := b.DismissWith(b.as(clinic, access.Coordinator), person, "the account was stolen", what)
		b.signed(hubAdministrator, err, drafts...)
		if b.work(theirs...) != left || b.work(others...) != 2 || len(b.IssuedBy(hubAdministrator, person)) != left {
			t.Errorf("%q: %d of theirs work, want %d, and %d of others", what, b.work(theirs...), left, b.work(others...))
		}
		rebuilt := access.NewDirectory()
		for _, e := range b.entries {
			if err := rebuilt.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		rebuilt.SetClock(func() time.Time { return now })
		for _, s := range append(theirs, others...) {
			_, live := b.Authenticate(s)
			if _, again := rebuilt.Authenticate(s); again != live {
				t.Errorf("%q: a token works %t, rebuilt %t", what, live, again)
			}
		}
	}
	b, clinic, person, theirs, others := thief(t)
	if _, err := b.DismissWith(hubAdministrator, person, "r", "burn"); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("an unknown end: %v", err)
	}
	self, _ := b.PersonPrincipal(person)
	if _, err := b.DismissWith(self, person, "r", ""); !errors.Is(err, access.ErrConflict) {
		t.Errorf("oneself: %v", err)
	}
	first, _ := b.Authenticate(theirs[0])
	drafts, err := b.RevokeWith(b.as(clinic, access.Contributor), first.Token, "stolen", "")
	b.signed(hubAdministrator, err, drafts...)
	if b.work(theirs...) != 0 || b.work(others...) != 2 {
		t.Errorf("with the first token %d of theirs work on, and %d of others", b.work(theirs...), b.work(others...))
	}
}

// All that somebody issued is revoked in one act by who may revoke it, also of one
// who was dismissed before, and nothing else is.
func TestAllThatSomebodyIssuedIsRevoked(t *testing.T) {
	b, clinic, person, theirs, others := thief(t)
	bank := b.join("A bank")
	drafts, err := b.DismissWith(hubAdministrator, person, "moved", access.KeepHeirs)
	b.signed(hubAdministrator, err, drafts...)
	for name, who := range map[string]access.Principal{"a viewer": b.as(clinic, access.Viewer), "another partner's": b.as(bank, access.Coordinator), "a guest": access.Visitor} {
		if drafts, err := b.RevokeIssued(who, person, "stolen"); err == nil || drafts != nil || len(b.IssuedBy(who, person)) > 0 {
			t.Errorf("%s may: %v, %v", name, drafts, err)
		}
	}
	all, err := b.RevokeIssued(b.as(clinic, access.Contributor), person, "stolen")
	b.signed(hubAdministrator, err, all...)
	if b.work(theirs...) != 0 || b.work(others...) != 2 {
		t.Errorf("%d of theirs work on, and %d of others", b.work(theirs...), b.work(others...))
	}
	if _, err := b.RevokeIssued(hubAdministrator, person, "again"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
}

// An administrator issues for everybody: who leaves takes nothing along that nobody
// has asked for.
func TestAnAdministratorsTokensStay(t *testing.T) {
	b := newBook(t)
	b.SetClock(func() time.Time { return now })
	clinic, bank := b.join("A clinic"), b.join("A bank")
	root, _ := b.invite(hubAdministrator, clinic, "Root", access.Administrator)
	who, _ := b.PersonPrincipal(root.ID)
	_, ours := b.issueAs(who, clinic, access.Viewer)
	_, theirs := b.issueAs(who, bank, access.Viewer)
	if _, err := b.DismissFor(who, clinic, "r"); !errors.Is(err, access.ErrConflict) {
		t.Errorf("it dismisses the partner that it acts for: %v", err)
	}
	if _, err := b.DismissFor(b.as(bank, access.Coordinator), clinic, "r"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a coordinator dismisses: %v", err)
	}
	drafts, err := b.DismissWith(hubAdministrator, root.ID, "moved", access.UsualHeirs)
	b.signed(hubAdministrator, err, drafts...)
	if b.work(ours, theirs) != 2 {
		t.Error("what an administrator issued went with it")
	}
	if list := b.IssuedBy(b.as(bank, access.Coordinator), root.ID); len(list) != 1 || list[0].Partner != bank {
		t.Errorf("a coordinator is shown %v", list)
	}
}

// A partner's tokens are bounded but for an administrator; what no longer works
// makes room.
func TestTokensOfAPartnerAreBounded(t *testing.T) {
	b := newBook(t)
	b.SetClock(func() time.Time { return now })
	clinic, bank := b.join("A clinic"), b.join("A bank")
	own := b.as(clinic, access.Contributor)
	o := access.TokenOptions{Expires: now.Add(time.Hour)}
	var made []access.Token
	for range 99 { // and its own
		one, _ := b.issueAs(own, clinic, access.Viewer)
		made = append(made, one)
	}
	refused := func() error { _, _, _, err := b.IssueFor(own, clinic, access.Viewer, o, now); return err }
	if err := refused(); !errors.Is(err, access.ErrConflict) {
		t.Errorf("one more: %v", err)
	}
	if _, _, _, err := b.IssueFor(b.as(bank, access.Contributor), bank, access.Viewer, o, now); err != nil {
		t.Errorf("another partner's: %v", err)
	}
	b.issueAs(hubAdministrator, clinic, access.Viewer)
	for _, one := range made[:2] {
		b.take(b.RevokeFor(own, one.ID, "not needed"))
	}
	if err := refused(); err != nil {
		t.Errorf("in the room of what was revoked: %v", err)
	}
}
