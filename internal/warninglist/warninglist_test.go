package warninglist_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

func value(t testing.TB, text string) observable.Value {
	t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t testing.TB) (*warninglist.Lists, warninglist.Problems) {
	t.Helper()
	lists, problems, err := warninglist.Load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return lists, problems
}

func TestCheck(t *testing.T) {
	lists, _ := load(t)
	for text, want := range map[string]string{ // the list that speaks, or ""
		"portal.example":                         "top-sites",
		"PORTAL.example.":                        "top-sites",
		"a.b.portal.example":                     "top-sites", // though the list's type is string
		"notportal.example":                      "",
		"portal.example.evil.test":               "",
		"deep.names.example":                     "top-sites",
		"names.example":                          "top-sites", // its block would reach the name below
		"x.names.example":                        "",
		"bücher.example":                         "top-sites",
		"www.xn--bcher-kva.example":              "top-sites",
		"domain.example":                         "", // the head of the column is no name
		"github.io":                              "top-sites",
		"evil.github.io":                         "", // a stranger's
		"anyname.example":                        "dynamic-dns",
		"evil.anyname.example":                   "", // never block the parent; the name below is judged by itself
		"updates.vendor.example":                 "vendor",
		"x.updates.vendor.example":               "vendor",
		"x.wild.vendor.example":                  "vendor",
		"vendor.example":                         "vendor",
		"pages.vendor.example":                   "vendor",
		"evil.pages.vendor.example":              "",
		"192.0.2.200":                            "vendor",
		"mail.example":                           "mailers",
		"notmail.example.test":                   "", // a substring would let an attacker choose a guarded name
		"x-mail.example":                         "",
		"http://portal.example/":                 "top-sites",
		"http://portal.example/one/page":         "",
		"http://portal.example/?q=1":             "",
		"http://198.51.100.3/":                   "cdn",
		"198.51.100.3":                           "cdn",
		"198.51.100.128":                         "",
		"198.51.100.0/24":                        "cdn", // holds the range
		"198.51.100.64/26":                       "cdn",
		"::ffff:198.51.100.3":                    "cdn",
		"203.0.113.11":                           "cdn",
		"2001:db8:cd:1::/64":                     "cdn",
		"2001:db8:ce::1":                         "",
		"203.0.113.9":                            "cdn",
		"203.0.113.10":                           "",
		"203.0.113.7":                            "amazon-aws",
		"203.0.113.200":                          "", // one rented address
		"203.0.113.200/31":                       "amazon-aws",
		"203.0.113.0/24":                         "cdn",
		"postmaster@bank.example":                "mailers",
		"fraud@bank.example":                     "",
		"security@bank.example":                  "contacts",
		"d41d8cd98f00b204e9800998ecf8427e":       "files",
		"D41D8CD98F00B204E9800998ECF8427E":       "files",
		"d41d8cd98f00b204e9800998ecf8427f":       "",
		"file:name=portal.example":               "",
		"iuqerfsodp9ifjaposdfjhgosurijfaew.test": "",
	} {
		hit, bad := lists.Check(value(t, text))
		if hit.List != want || bad != (want != "") || bad && !strings.Contains(hit.Why, want) {
			t.Errorf("%s: refused %t by %q (%s), want %q", text, bad, hit.List, hit.Why, want)
		}
	}
}

func TestHitSaysWhat(t *testing.T) {
	lists, _ := load(t)
	for text, want := range map[string]warninglist.Hit{
		"a.portal.example": {List: "top-sites", Entry: "portal.example",
			Why: `a.portal.example lies in portal.example, which stands in the warning list "Top sites" (top-sites)`},
		"names.example": {List: "top-sites", Entry: "*.names.example",
			Why: `a name below names.example stands in the warning list "Top sites" (top-sites)`},
		"198.51.100.0/24": {List: "cdn", Entry: "198.51.100.0/25",
			Why: `198.51.100.0/24 meets 198.51.100.0/25, which stands in the warning list "Content network" (cdn)`},
	} {
		got, _ := lists.Check(value(t, text))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestJunkIsCountedAndSaid(t *testing.T) {
	_, got := load(t)
	if diff := cmp.Diff([]string{"broken", "strange"}, got.Broken); diff != "" || got.Lists != 8 || got.Entries != 36 {
		t.Errorf("%d lists with %d entries; broken (-want +got):\n%s", got.Lists, got.Entries, diff)
	}
	said := map[string]string{}
	for _, p := range got.First {
		said[p.List+" "+p.Entry] = p.What
	}
	for entry, part := range map[string]string{
		"top-sites domain": "the head of a column", "vendor helpdesk": "one word", "vendor two words": "no name",
		"cdn Network": "no address", "cdn cdn.example": "no address", "cdn 0.0.0.0/0": "great part", "cdn 64.0.0.0/2": "great part", "cdn ::/0": "great part",
		"vendor 252/24.vendor.example": "one word", "contacts /.*/": "everything", "contacts /(?=x)y/": "RE2", "contacts /@/": "every email-addr", "contacts ^$|x": "everything",
		"broken ": "", "strange ": `type "bloom"`,
	} {
		if what, ok := said[entry]; !ok || !strings.Contains(what, part) {
			t.Errorf("%s: said %q, want %q", entry, what, part)
		}
		delete(said, entry)
	}
	if len(said) > 0 || got.Junk != 13 || !got.Any() {
		t.Errorf("%d are junk; said besides: %q", got.Junk, said)
	}
}

func TestLoadOfNothing(t *testing.T) {
	for _, dir := range []string{"testdata/absent", t.TempDir()} {
		if lists, _, err := warninglist.Load(dir); err == nil || lists != nil {
			t.Errorf("%s: read", dir)
		}
	}
}
