package access_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var now = time.Date(2017, 5, 12, 7, 24, 0, 0, time.UTC)

// book is a ledger in memory and the directory that folds it.
type book struct {
	*access.Directory
	t       *testing.T
	head    ledger.Head
	entries []ledger.Entry
}

func newBook(t *testing.T) *book { return &book{Directory: access.NewDirectory(), t: t} }

func (b *book) append(d ledger.Draft) {
	b.t.Helper()
	e, _, err := ledger.Seal(d, b.head, now.Add(time.Duration(b.head.Seq)*time.Second))
	if err != nil {
		b.t.Fatal(err)
	}
	b.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	b.entries = append(b.entries, e)
	if err := b.Apply(e); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) join(name string) access.PartnerID {
	b.t.Helper()
	p, d, err := b.Join(name, "healthcare", "GB", "operator")
	if err != nil {
		b.t.Fatal(err)
	}
	b.append(d)
	return p.ID
}

func (b *book) issue(p access.PartnerID, r access.Role) (access.Token, string) {
	b.t.Helper()
	token, secret, d, err := b.Issue(p, r, now)
	if err != nil {
		b.t.Fatal(err)
	}
	b.append(d)
	return token, secret
}

func TestTokensWorkUntilTheyAreRevoked(t *testing.T) {
	b := newBook(t)
	clinic, bank := b.join("A clinic"), b.join("A bank")
	token, secret := b.issue(clinic, access.Contributor)
	_, second := b.issue(clinic, access.Viewer)
	_, other := b.issue(bank, access.Coordinator)

	who, ok := b.Authenticate(secret)
	want := access.Principal{Partner: clinic, Role: access.Contributor, Communities: []string{"default"}, Token: token.ID}
	if diff := cmp.Diff(want, who); !ok || diff != "" {
		t.Errorf("authenticated %v: %s", ok, diff)
	}

	d, err := b.Revoke(token.ID, "lost")
	if err != nil {
		t.Fatal(err)
	}
	b.append(d)
	if who, ok := b.Authenticate(secret); ok {
		t.Errorf("a revoked token still authenticates %+v", who)
	}
	if _, ok := b.Authenticate(second); !ok {
		t.Error("the revocation took the partner's other token with it")
	}
	if _, err := b.Revoke(token.ID, "again"); !errors.Is(err, access.ErrConflict) {
		t.Errorf("revoked twice: %v", err)
	}

	if d, err = b.Dismiss(clinic, "compromised"); err != nil {
		t.Fatal(err)
	}
	b.append(d)
	if who, ok := b.Authenticate(second); ok {
		t.Errorf("a token of a partner that has left still authenticates %+v", who)
	}
	if _, ok := b.Authenticate(other); !ok {
		t.Error("another partner's token no longer works")
	}
	for _, token := range b.Tokens() {
		if revoked := !token.Revoked.IsZero(); revoked != (token.Partner == clinic) {
			t.Errorf("in the audit %+v is revoked: %v", token, revoked)
		}
	}
	if _, _, _, err := b.Issue(clinic, access.Viewer, now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a token for a partner that has left: %v", err)
	}
	if p, present := b.Partner(clinic); present || p.Name != "A clinic" {
		t.Errorf("the partner that has left is %+v, present %v", p, present)
	}
	b.join("A clinic") // the name is free again

	rebuilt := access.NewDirectory()
	for _, e := range b.entries {
		if err := rebuilt.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(b.Partners(), rebuilt.Partners()); diff != "" {
		t.Errorf("rebuilt partners differ: %s", diff)
	}
	if diff := cmp.Diff(b.Tokens(), rebuilt.Tokens()); diff != "" {
		t.Errorf("rebuilt tokens differ: %s", diff)
	}
	for _, s := range []string{secret, second} {
		if _, ok := rebuilt.Authenticate(s); ok {
			t.Error("a dead token lives again in the rebuilt directory")
		}
	}
	if _, ok := rebuilt.Authenticate(other); !ok {
		t.Error("a live token is dead in the rebuilt directory")
	}
}

func TestASecretIsNowhereOnTheLedger(t *testing.T) {
	b := newBook(t)
	id := b.join("A clinic")
	_, secret := b.issue(id, access.Viewer)
	_, again := b.issue(id, access.Viewer)
	if len(secret) != len("tocsin_")+43 || !strings.HasPrefix(secret, "tocsin_") || secret == again {
		t.Errorf("secrets are %q and %q", secret, again)
	}
	for _, e := range b.entries {
		if bytes.Contains(e.Body, []byte(strings.TrimPrefix(secret, "tocsin_"))) {
			t.Errorf("entry %d (%s) holds the secret: %s", e.Seq, e.Kind, e.Body)
		}
		a, err := access.ParseAudience(e.Audience)
		if err != nil {
			t.Fatal(err)
		}
		seen := access.Principal{Partner: id, Role: access.Administrator, Communities: []string{"default"}}.MaySee(access.PartnerID(e.Actor), a)
		if strings.HasPrefix(string(e.Kind), "token.") && seen {
			t.Errorf("entry %d (%s) is released", e.Seq, e.Kind)
		}
	}
}

func TestAdministrator(t *testing.T) {
	b := newBook(t)
	if _, ok := b.Authenticate(""); ok {
		t.Error("no secret authenticates where no administrator is set")
	}
	b.SetAdministrator(access.HashSecret("correct horse"))
	who, ok := b.Authenticate("correct horse")
	if !ok || !who.AtLeast(access.Administrator) || who.Partner != "" || !who.MaySee("hub", access.ToCommunity(access.Green)) {
		t.Errorf("the administrator is %+v, %v", who, ok)
	}
	for _, wrong := range []string{"", "correct hors", "correct horse ", "Correct horse"} {
		if who, ok := b.Authenticate(wrong); ok {
			t.Errorf("%q authenticates %+v", wrong, who)
		}
	}
	b.SetAdministrator(access.HashSecret(""))
	if _, ok := b.Authenticate(""); ok {
		t.Error("the empty secret is an administrator")
	}
}

func TestJoinRefuses(t *testing.T) {
	b := newBook(t)
	b.join("A clinic")
	tests := []struct {
		name, sector, country, kind string
		want                        error
		says                        string
	}{
		{"A  CLINIC ", "healthcare", "GB", "operator", access.ErrConflict, "choose another"},
		{"", "healthcare", "GB", "operator", access.ErrInvalid, "1 to 128"},
		{"   ", "healthcare", "GB", "operator", access.ErrInvalid, "1 to 128"},
		{strings.Repeat("é", 129), "healthcare", "GB", "operator", access.ErrInvalid, "129 characters"},
		{"bell\x07", "healthcare", "GB", "operator", access.ErrInvalid, "U+0007"},
		{"right\u202eleft", "healthcare", "GB", "operator", access.ErrInvalid, "U+202E"},
		{"half\xff", "healthcare", "GB", "operator", access.ErrInvalid, "UTF-8"},
		{"B", "Health care", "GB", "operator", access.ErrInvalid, "financial-services"},
		{"B", "healthcare", "UK", "operator", access.ErrInvalid, "ISO 3166-1"},
		{"B", "healthcare", "gb", "operator", access.ErrInvalid, "capitals"},
		{"B", "healthcare", "", "operator", access.ErrInvalid, "ISO 3166-1"},
		{"B", "healthcare", "B ", "operator", access.ErrInvalid, "ISO 3166-1"},
		{"B", "healthcare", "GB", "", access.ErrInvalid, "government, cert, provider, vendor, security, operator"},
	}
	for _, tt := range tests {
		_, d, err := b.Join(tt.name, tt.sector, tt.country, tt.kind)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: error %v", tt, err)
		}
		if d.Kind != "" {
			t.Errorf("%+v: a draft came with the error", tt)
		}
	}
	if _, _, err := b.Join(strings.Repeat("é", 128), "utilities", "JP", "government"); err != nil {
		t.Error(err)
	}
}

func TestIssueRefuses(t *testing.T) {
	b := newBook(t)
	id := b.join("A clinic")
	if _, _, _, err := b.Issue("identity--nobody", access.Viewer, now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("for nobody: %v", err)
	}
	if _, _, _, err := b.Issue(id, "root", now); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "coordinator") {
		t.Errorf("as root: %v", err)
	}
}

func TestCountries(t *testing.T) {
	count := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if !access.IsCountry(code) {
				continue
			}
			count++
			if r, err := language.ParseRegion(code); err != nil || !r.IsCountry() {
				t.Errorf("%s is no country to CLDR (%v)", code, err)
			}
		}
	}
	if count != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", count)
	}
}

func TestApplyNamesWhatItCannotRead(t *testing.T) {
	err := access.NewDirectory().Apply(ledger.Entry{Kind: access.KindTokenIssued, Body: []byte(`{"hash":"zz"}`)})
	if err == nil || !strings.Contains(err.Error(), "token.issued") {
		t.Errorf("error %v", err)
	}
}
