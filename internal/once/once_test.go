package once

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

var start = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// room is a desk over a state to which entries are appended by hand.
type room struct {
	*Desk
	state *State
	now   time.Time
	seq   ledger.Seq
}

func newRoom(answers *Answers) *room {
	r := &room{state: NewState(), now: start}
	r.Desk = NewDesk(r.state, answers, func() time.Time { return r.now })
	return r
}

// append does what the hub does with the drafts of a request.
func (r *room) append(t *testing.T, turn *Turn, kinds ...ledger.Kind) (appended []ledger.Kind) {
	t.Helper()
	drafts := make([]ledger.Draft, len(kinds))
	for i, k := range kinds {
		drafts[i] = ledger.Draft{Kind: k, Body: []byte("{}")}
	}
	all, err := Drafts(With(t.Context(), turn), drafts)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		r.seq++
		appended = append(appended, d.Kind)
		if err := r.state.Apply(ledger.Entry{Seq: r.seq, Time: r.now, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}); err != nil {
			t.Fatal(err)
		}
	}
	return appended
}

func (r *room) begin(t *testing.T, k Keyed) *Turn {
	t.Helper()
	turn, given, err := r.Begin("identity--1", k)
	if err != nil || given != nil {
		t.Fatalf("begin: %v, %+v", err, given)
	}
	return turn
}

var (
	key   = NewKeyed("token", "a", []byte("POST /actions"))
	other = NewKeyed("token", "a", []byte("POST /commitments"))
	said  = Answer{Status: 201, Type: "application/json", Body: []byte(`{"id":"1"}`)}
)

func TestARequestIsCarriedOutOnce(t *testing.T) {
	r := newRoom(InMemory())
	turn := r.begin(t, key)
	if _, _, err := r.Begin("identity--1", key); !errors.Is(err, ErrBusy) {
		t.Errorf("while it is under way: %v", err)
	}
	if _, _, err := r.Begin("identity--1", other); !errors.Is(err, ErrOther) {
		t.Errorf("another request while it is under way: %v", err)
	}
	if diff := cmp.Diff([]ledger.Kind{"a", "b", KindKeyed}, r.append(t, turn, "a", "b")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]ledger.Kind{"c"}, r.append(t, turn, "c")); diff != "" {
		t.Errorf("the second append of a request: %s", diff)
	}
	if err := turn.End(said); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		turn, given, err := r.Begin("identity--1", key)
		if diff := cmp.Diff(&said, given); diff != "" || turn != nil || err != nil {
			t.Errorf("again: %v %v %s", turn, err, diff)
		}
	}
	if _, _, err := r.Begin("identity--1", other); !errors.Is(err, ErrOther) {
		t.Errorf("another request: %v", err)
	}
	r.now = r.now.Add(Kept)
	r.begin(t, other)
}

func TestWhatChangedNothingMayBeSentAgain(t *testing.T) {
	r := newRoom(InMemory())
	if err := r.begin(t, key).End(Answer{Status: 400}); err != nil {
		t.Fatal(err)
	}
	r.begin(t, other)
}

// An append that certainly failed leaves the key for the next one; after one that
// may have happened the ledger decides.
func TestAFailedAppendIsNotTheRequests(t *testing.T) {
	r := newRoom(InMemory())
	turn := r.begin(t, key)
	ctx := With(t.Context(), turn)
	for _, err := range []error{ledger.ErrConflict, ledger.ErrInvalid, ledger.ErrClosed} {
		if d, _ := Drafts(ctx, make([]ledger.Draft, 1)); len(d) != 2 {
			t.Fatalf("before %v: %d drafts", err, len(d))
		}
		Failed(ctx, fmt.Errorf("append: %w", err))
	}
	if d, _ := Drafts(ctx, make([]ledger.Draft, 1)); len(d) != 2 {
		t.Fatal("the key is in no append")
	}
	Failed(ctx, ledger.ErrUnavailable)
	if d, _ := Drafts(ctx, make([]ledger.Draft, 1)); len(d) != 1 || !turn.Appended() {
		t.Error("the key is in two appends")
	}
}

func TestSecretsAndRepeatableRequestsAreKeptInMemoryAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers")
	for name, mark := range map[string]func(context.Context){"secret": Secret, "repeatable": Repeatable} {
		answers, err := OpenAnswers(path)
		if err != nil {
			t.Fatal(err)
		}
		r := newRoom(answers)
		turn := r.begin(t, key)
		mark(With(t.Context(), turn))
		r.append(t, turn, "a")
		if err := turn.End(said); err != nil {
			t.Fatal(err)
		}
		if _, given, err := r.Begin("identity--1", key); given == nil || err != nil {
			t.Errorf("%s: again: %v", name, err)
		}
		if _, _, err := r.Begin("identity--1", other); !errors.Is(err, ErrOther) {
			t.Errorf("%s: another request: %v", name, err)
		}
		if text, err := os.ReadFile(path); err != nil || len(text) > 0 {
			t.Errorf("%s: the file holds %q (%v)", name, text, err)
		}
		if err := answers.Close(); err != nil {
			t.Error(err)
		}
		r.Desk = NewDesk(r.state, InMemory(), func() time.Time { return r.now }) // as after a restart
		turn, _, err = r.Begin("identity--1", key)
		var taken *TakenError
		if known := errors.As(err, &taken); known != (name == "secret") || (turn == nil) != known {
			t.Errorf("%s: after a restart: %v", name, err)
		}
	}
}

// The state is bounded in all and by partner, forgets after Kept, and is the same
// however often the ledger is folded.
func TestStateIsBounded(t *testing.T) {
	s := NewState()
	s.most, s.mostOf = 50, 20
	fold := func(seq int, actor, key string, at time.Time) {
		d, err := ledger.NewDraft(KindKeyed, actor, "", NewKeyed(actor, key))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(ledger.Entry{Seq: ledger.Seq(seq), Time: at, Kind: d.Kind, Actor: actor, Body: d.Body}); err != nil {
			t.Fatal(err)
		}
	}
	find := func(actor, key string) bool {
		_, known := s.Find(NewKeyed(actor, key).Key, start)
		return known
	}
	fold(1, "quiet", "one", start)
	for i := range 40 {
		fold(2+i, "busy", fmt.Sprint(i), start)
	}
	if !find("quiet", "one") || find("busy", "19") || !find("busy", "20") {
		t.Error("one partner pushes another's keys out, or its own are not bounded")
	}
	for i := range 200 {
		fold(50+i, fmt.Sprint("partner", i%30), fmt.Sprint(i), start)
		if len(s.taken) > 50 || s.all.size() > 50 {
			t.Fatalf("%d keys in %d places", len(s.taken), s.all.size())
		}
	}
	fold(999, "late", "one", start.Add(Kept))
	if diff := cmp.Diff(1, len(s.taken)); diff != "" || len(s.of) != 1 {
		t.Errorf("a day later there are %d keys of %d partners", len(s.taken), len(s.of))
	}
	if err := s.Apply(ledger.Entry{Seq: 1000, Kind: KindKeyed, Body: []byte("{")}); err == nil {
		t.Error("a damaged body is folded")
	}
}

func TestParseKey(t *testing.T) {
	for header, want := range map[string]string{`"8e03978e-40d5-43e8-bc93-6894a57f9324"`: "8e03978e-40d5-43e8-bc93-6894a57f9324", `plain`: "plain", `"a b, c"`: "a b, c"} {
		if got, err := ParseKey(header); got != want || err != nil {
			t.Errorf("%s: %q, %v", header, got, err)
		}
	}
	for _, header := range []string{"", `""`, `"`, "a b", "a,b", "\"a\x00\"", "é", `"a"b"`, `a\b`, string(make([]byte, MaxKey+1))} {
		if got, err := ParseKey(header); !errors.Is(err, ErrKey) {
			t.Errorf("%q is read as %q (%v)", header, got, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(`"8e03978e-40d5-43e8-bc93-6894a57f9324"`)
	f.Add(`plain`)
	f.Fuzz(func(t *testing.T, header string) {
		if key, err := ParseKey(header); err == nil && (key == "" || len(key) > MaxKey) {
			t.Errorf("%q is read as %q", header, key)
		}
	})
}

// What two requests have in common does not make them one.
func TestRequestsAreToldApart(t *testing.T) {
	one := NewKeyed("a", "bc", []byte("x"), []byte("yz"))
	for _, two := range []Keyed{NewKeyed("ab", "c", []byte("x"), []byte("yz")), NewKeyed("a", "bc", []byte("xy"), []byte("z"))} {
		if cmp.Equal(one, two, cmpopts.EquateEmpty()) {
			t.Errorf("%v is %v", one, two)
		}
	}
}
