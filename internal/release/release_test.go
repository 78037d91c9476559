package release_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
)

const (
	alpha   = "identity--aaaaaaaa-0000-4000-8000-000000000001"
	bravo   = "identity--bbbbbbbb-0000-4000-8000-000000000002"
	charlie = "identity--cccccccc-0000-4000-8000-000000000003"
	green   = "green default"
	// The marking definitions of TLP 2.0, as FIRST and OASIS name them.
	tlpAmber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	tlpRed   = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
)

// log is a ledger in memory: a fake, since only its reading is used.
type log struct {
	entries  []ledger.Entry
	register *release.Register
}

func newLog() *log { return &log{register: release.NewRegister()} }

func (l *log) Read(_ context.Context, after ledger.Seq, _ ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range l.entries[after:] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (l *log) add(t *testing.T, kind ledger.Kind, audience string, body any) ledger.Entry {
	t.Helper()
	d, err := ledger.NewDraft(kind, alpha, audience, body)
	if err != nil {
		t.Fatal(err)
	}
	e := ledger.Entry{Seq: ledger.Seq(len(l.entries) + 1), Kind: kind, Actor: alpha, Audience: audience, Body: d.Body}
	l.entries = append(l.entries, e)
	if err := l.register.Apply(e); err != nil {
		t.Fatal(err)
	}
	return e
}

func id(n int) string { return fmt.Sprintf("malware--00000000-0000-4000-8000-%012d", n) }

func malware(n int, more string) jsontext.Value {
	const made = "2017-05-12T07:44:00.000Z"
	return jsontext.Value(fmt.Sprintf(`{"type":"malware","id":%q,"created":%q,"modified":%q,"is_family":false,"name":"n%d"%s}`, id(n), made, made, n, more))
}

func (l *log) contribute(t *testing.T, audience string, p contribution.Part) ledger.Entry {
	t.Helper()
	p.ID, p.Part, p.Parts, p.Source = fmt.Sprintf("contribution--%d", len(l.entries)+1), 1, 1, "stix"
	return l.add(t, contribution.KindAccepted, audience, p)
}

func (l *log) tighten(t *testing.T, w contribution.Tightening) release.Withdrawal {
	t.Helper()
	w.Owner = alpha
	for _, seq := range w.Entries {
		w.Before = append(w.Before, l.entries[seq-1].Audience)
	}
	l.add(t, contribution.KindTightened, "", w)
	all, _ := l.register.Since(0)
	return all[len(all)-1]
}

// now means all that has been folded.
const now = ^ledger.Seq(0)

// in says which of the objects 0 to 9 a body holds.
func in(body []byte) (held string) {
	for n := range 10 {
		if strings.Contains(string(body), id(n)) {
			held += fmt.Sprint(n)
		}
	}
	return held
}

func member(partner access.PartnerID) access.Principal {
	return access.Principal{Partner: partner, Role: access.Viewer, Communities: []string{access.DefaultCommunity}}
}

func (l *log) body(t *testing.T, who access.Principal, e ledger.Entry, asOf ledger.Seq) []byte {
	t.Helper()
	body, err := l.register.Reader(who).Body(e, asOf)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWhatWasTakenBackIsToldNoMore(t *testing.T) {
	l := newLog()
	first := l.contribute(t, green, contribution.Part{Objects: []jsontext.Value{malware(1, ""), malware(2, ""), malware(3, "")}})
	entries := []ledger.Seq{first.Seq}
	l.tighten(t, contribution.Tightening{Object: id(1), Audience: "red default", Entries: entries})
	l.tighten(t, contribution.Tightening{Object: id(2), Versions: []time.Time{time.Date(2017, 5, 12, 7, 44, 0, 0, time.UTC)}, Audience: "amber default", Entries: entries})
	l.tighten(t, contribution.Tightening{Object: id(3), Versions: []time.Time{time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)}, Entries: entries})

	owner, other, guest := member(alpha), member(bravo), access.Visitor
	for _, tt := range []struct {
		who   access.Principal
		asOf  ledger.Seq
		holds string
	}{
		{owner, now, "123"}, {other, now, "23"}, {guest, now, "3"},
		{other, 1, "123"}, {guest, 2, "23"}, // as things stood then
	} {
		if got := in(l.body(t, tt.who, first, tt.asOf)); got != tt.holds {
			t.Errorf("%q as of %d is told of %s, want %s", tt.who.Partner, tt.asOf, got, tt.holds)
		}
	}
	l.tighten(t, contribution.Tightening{Contribution: "contribution--1", Entries: entries})
	for _, who := range []access.Principal{owner, other, guest} {
		if got := l.body(t, who, first, now); got != nil {
			t.Errorf("%q is told of a withdrawn contribution: %s", who.Partner, got)
		}
	}
}

func TestNoticesNameWhatTheReaderHadBeenTold(t *testing.T) {
	l := newLog()
	first := l.contribute(t, green, contribution.Part{Objects: []jsontext.Value{malware(1, ""), malware(2, "")}})
	red := l.contribute(t, "red default "+bravo, contribution.Part{Objects: []jsontext.Value{malware(3, "")}})
	one := l.tighten(t, contribution.Tightening{Object: id(1), Audience: "amber default", Entries: []ledger.Seq{first.Seq}})
	few := l.tighten(t, contribution.Tightening{Object: id(2), Audience: "red default " + bravo + " " + charlie, Entries: []ledger.Seq{first.Seq}})
	all := l.tighten(t, contribution.Tightening{Contribution: "contribution--1", Entries: []ledger.Seq{first.Seq}})
	secret := l.tighten(t, contribution.Tightening{Object: id(3), Entries: []ledger.Seq{red.Seq}})

	other, guest := member(bravo), access.Visitor
	for _, tt := range []struct {
		name string
		who  access.Principal
		w    release.Withdrawal
		upTo ledger.Seq
		want release.Notice
	}{
		{"still sees it", other, one, 2, release.Notice{Contributions: []string{"contribution--1"}, Tightened: []string{id(1)}, Audience: "amber default"}},
		{"is told of no other recipient", other, few, 2, release.Notice{Contributions: []string{"contribution--1"}, Tightened: []string{id(2)}, Audience: "red default"}},
		{"sees it no more", guest, one, 2, release.Notice{Contributions: []string{"contribution--1"}, Withdrawn: []string{id(1)}}},
		{"has not come to it", guest, one, 0, release.Notice{}},
		{"all of it", other, all, 2, release.Notice{Contributions: []string{"contribution--1"}, Withdrawn: []string{id(1), id(2)}}},
		{"what was left of it", guest, few, 2, release.Notice{Contributions: []string{"contribution--1"}, Withdrawn: []string{id(2)}}},
		{"nothing was left of it", guest, all, 2, release.Notice{}},
		{"never knew it", guest, secret, 5, release.Notice{}},
		{"was a recipient", other, secret, 5, release.Notice{Contributions: []string{"contribution--2"}, Withdrawn: []string{id(3)}}},
	} {
		got, err := l.register.Reader(tt.who).Notice(t.Context(), l, tt.w, tt.upTo)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", tt.name, err, diff)
		}
	}
}

func TestErasedIsToldToNobody(t *testing.T) {
	l := newLog()
	first := l.contribute(t, green, contribution.Part{Objects: []jsontext.Value{malware(1, "")}})
	w := l.tighten(t, contribution.Tightening{Contribution: "contribution--1", Entries: []ledger.Seq{first.Seq}})
	l.entries[0].Body = []byte(ledger.Erased)
	if got := l.body(t, member(alpha), l.entries[0], 1); got != nil {
		t.Errorf("the owner is told %s", got)
	}
	got, err := l.register.Reader(member(bravo)).Notice(t.Context(), l, w, 1)
	if diff := cmp.Diff(release.Notice{Contributions: []string{"contribution--1"}}, got); err != nil || diff != "" {
		t.Errorf("a reader that knew it: %v %s", err, diff)
	}
}

func TestOnlyTheMarkedPartsAreTakenAway(t *testing.T) {
	l := newLog()
	marked := malware(1, `,"description":"for few","aliases":["one","two"],"granular_markings":[{"marking_ref":"`+tlpRed+
		`","selectors":["description"]},{"marking_ref":"`+tlpAmber+`","selectors":["aliases.[1]"]}]`)
	e := l.contribute(t, green, contribution.Part{Granular: true, Recipients: []string{bravo}, Objects: []jsontext.Value{marked, malware(2, "")}})
	for _, tt := range []struct {
		who                   access.Principal
		description, one, two bool
	}{
		{member(alpha), true, true, true},
		{member(bravo), true, true, true}, // a recipient
		{member(charlie), false, true, true},
		{access.Visitor, false, true, false},
	} {
		body := l.body(t, tt.who, e, now)
		var part contribution.Part
		if err := json.Unmarshal(body, &part); err != nil || len(part.Objects) != 2 {
			t.Fatalf("%q is told %s, %v", tt.who.Partner, body, err)
		}
		text := string(part.Objects[0])
		for word, want := range map[string]bool{"for few": tt.description, `"one"`: tt.one, `"two"`: tt.two, tlpRed: tt.description} {
			if strings.Contains(text, word) != want {
				t.Errorf("%q is told %s: %s is there: %v, want %v", tt.who.Partner, text, word, !want, want)
			}
		}
	}
	withheld := l.contribute(t, green, contribution.Part{Granular: true, Objects: []jsontext.Value{
		malware(3, `,"granular_markings":[{"marking_ref":"`+tlpRed+`","selectors":["is_family"]}]`),
	}})
	if got := l.body(t, member(charlie), withheld, now); got != nil {
		t.Errorf("an object whose required part is hidden is told: %s", got)
	}
}
