package response_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// start is when the stories of these tests begin.
var start = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

func partnerID(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

func principal(n int, role access.Role) access.Principal {
	return access.Principal{Partner: partnerID(n), Role: role, Communities: []string{access.DefaultCommunity}}
}

// story keeps a ledger in memory and folds it.
type story struct {
	t     fataler
	state *response.State
	head  ledger.Head
	log   []ledger.Entry
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func newStory(t fataler) *story { return &story{t: t, state: response.NewState(response.Config{})} }

// add appends a draft at a time after the start and folds it.
func (s *story) add(after time.Duration, d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	e, _, err := ledger.Seal(d, s.head, start.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	s.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	s.log = append(s.log, e)
	if err := s.state.Apply(e); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) open(after time.Duration, by access.Principal, o response.Opening) response.ActionID {
	s.t.Helper()
	id, d, err := s.state.Open(by, o)
	s.add(after, d, err)
	return id
}

func (s *story) commit(after time.Duration, n int, p response.Promise) {
	s.t.Helper()
	d, err := s.state.Commit(principal(n, access.Contributor), p)
	s.add(after, d, err)
}

func (s *story) done(after time.Duration, n int, id response.ActionID, evidence string) {
	s.t.Helper()
	d, err := s.state.Done(context.Background(), principal(n, access.Contributor), response.Completion{Action: id, Evidence: evidence})
	s.add(after, d, err)
}

func (s *story) approve(after time.Duration, n int, id response.ActionID) {
	s.t.Helper()
	d, err := s.state.Approve(principal(n, access.Coordinator), response.Approval{Action: id})
	s.add(after, d, err)
}

func (s *story) get(after time.Duration, id response.ActionID) response.Action {
	s.t.Helper()
	a, err := s.state.Get(principal(99, access.Viewer), id, start.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func asked(ns ...int) []string {
	var ids []string
	for _, n := range ns {
		ids = append(ids, string(partnerID(n)))
	}
	return ids
}

var coordinator = principal(1, access.Coordinator)

func TestAnActionFromCallToDone(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{
		Kind: response.Sinkhole, Title: "Answer the kill switch", Outbreak: "outbreak--1",
		AskedOf: asked(2, 3), Authority: "registrar's consent", Deadline: start.Add(2 * time.Hour),
	})
	if a := s.get(0, id); a.Status != response.Open || len(a.Waiting) != 2 || a.By != partnerID(1) || !a.Opened.Equal(start) {
		t.Errorf("opened: %+v", a)
	}
	s.commit(10*time.Minute, 3, response.Promise{Action: id, Note: "we run the resolver"})
	s.commit(90*time.Minute, 2, response.Promise{Action: id, Deadline: start.Add(3 * time.Hour)})
	s.commit(95*time.Minute, 4, response.Promise{Action: id}) // was not asked, and helps
	if a := s.get(100*time.Minute, id); a.Status != response.Committed || len(a.Waiting) != 0 {
		t.Errorf("committed: %+v", a)
	}
	s.approve(101*time.Minute, 9, id)
	s.done(110*time.Minute, 3, id, "sha256:"+strings.Repeat("ab", 32))
	s.done(170*time.Minute, 4, id, "https://status.example/42") // after the action's deadline

	a := s.get(170*time.Minute, id)
	at := start.Add
	want := []response.Commitment{
		{Action: id, Partner: partnerID(3), Note: "we run the resolver", At: at(10 * time.Minute), Deadline: at(2 * time.Hour), Status: response.Done, DoneAt: at(110 * time.Minute), Evidence: "sha256:" + strings.Repeat("ab", 32), Sort: response.ByDigest},
		{Action: id, Partner: partnerID(2), At: at(90 * time.Minute), Deadline: at(3 * time.Hour), Status: response.Committed},
		{Action: id, Partner: partnerID(4), At: at(95 * time.Minute), Deadline: at(2 * time.Hour), Status: response.Done, DoneAt: at(170 * time.Minute), DoneLate: true, Evidence: "https://status.example/42", Sort: response.AtURL},
	}
	if diff := cmp.Diff(want, a.Commitments); diff != "" {
		t.Errorf("commitments (-want +got):\n%s", diff)
	}
	if a.Status != response.Committed {
		t.Errorf("status is %s although one partner has not done its part", a.Status)
	}
	if late := s.get(181*time.Minute, id); late.Commitments[1].Status != response.Late {
		t.Errorf("after its deadline the commitment is %s", late.Commitments[1].Status)
	}
	s.done(200*time.Minute, 2, id, "named.conf reloaded")
	if a := s.get(200*time.Minute, id); a.Status != response.Done || !a.Commitments[1].DoneLate {
		t.Errorf("done: %+v", a)
	}

	answers, err := s.state.Answers(principal(5, access.Viewer), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]response.Answer{
		{Partner: partnerID(3), At: at(10 * time.Minute), AfterS: 600, Asked: true, Note: "we run the resolver"},
		{Partner: partnerID(2), At: at(90 * time.Minute), AfterS: 5400, Asked: true},
		{Partner: partnerID(4), At: at(95 * time.Minute), AfterS: 5700},
	}, answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestVolunteered(t *testing.T) {
	s := newStory(t)
	id := s.open(time.Minute, principal(7, access.Contributor), response.Opening{Kind: response.AccountShutdown, Title: "Accounts of the operators", Volunteered: true})
	a := s.get(time.Minute, id)
	if a.Status != response.Committed || len(a.Commitments) != 1 || a.Commitments[0].Partner != partnerID(7) {
		t.Errorf("a volunteer has not committed: %+v", a)
	}
	s.approve(2*time.Minute, 1, id)
	s.done(time.Hour, 7, id, "14 accounts disabled")
	if a := s.get(time.Hour, id); a.Status != response.Done {
		t.Errorf("status is %s", a.Status)
	}
	d, err := s.state.RollBack(principal(7, access.Contributor), response.Reversal{Action: id, Reason: "one account was a victim's"})
	s.add(2*time.Hour, d, err)
	a = s.get(2*time.Hour, id)
	if a.Status != response.RolledBack || a.Commitments[0].Reason != "one account was a victim's" || a.Commitments[0].Evidence == "" {
		t.Errorf("rolled back: %+v", a)
	}
	s.commit(3*time.Hour, 7, response.Promise{Action: id})
	if a := s.get(3*time.Hour, id); a.Status != response.Committed || len(a.Commitments) != 1 || len(a.History) != 5 {
		t.Errorf("committed again: %+v", a)
	}
	if answers, err := s.state.Answers(coordinator, id); err != nil || len(answers) != 1 || answers[0].AfterS != 0 {
		t.Errorf("answers: %v %v", answers, err)
	}
}

func TestStanding(t *testing.T) {
	s := newStory(t)
	byID := s.open(0, coordinator, response.Opening{Kind: response.Notify, Title: "Notify victims", AskedOf: asked(2)})
	bySector := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "MS17-010 everywhere", AskedOf: []string{"healthcare"}, Deadline: start.Add(time.Hour)})
	other := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Others", AskedOf: []string{"energy"}})
	off := s.open(0, coordinator, response.Opening{Kind: response.Isolate, Title: "Not needed after all", AskedOf: asked(2, 3)})
	s.commit(time.Minute, 3, response.Promise{Action: off})
	d, err := s.state.Cancel(coordinator, response.Reversal{Action: off, Reason: "false alarm"})
	s.add(2*time.Minute, d, err)

	who := principal(9, access.Viewer)
	got := s.state.Standing(who, partnerID(2), "healthcare", start)
	if diff := cmp.Diff([]response.ActionID{byID, bySector}, got.Waiting); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
	s.commit(time.Minute, 2, response.Promise{Action: bySector})
	s.commit(time.Minute, 2, response.Promise{Action: other})
	s.done(time.Minute, 2, other, "all hosts patched")
	got = s.state.Standing(who, partnerID(2), "healthcare", start.Add(2*time.Hour))
	if len(got.Waiting) != 1 || len(got.Committed) != 0 || len(got.Late) != 1 || len(got.Done) != 1 || got.Late[0].Action != bySector {
		t.Errorf("standing: %+v", got)
	}
	if c := s.state.Standing(who, partnerID(3), "", start).Cancelled; len(c) != 1 || c[0].Action != off {
		t.Errorf("cancelled: %+v", c)
	}
	list := s.state.List(who, start)
	if len(list) != 4 || list[0].ID != off || list[3].ID != byID || list[0].Cancelled != "false alarm" {
		t.Errorf("list: %+v", list)
	}
}

// An action is not done while a partner that was asked by id is silent, and one
// that is done cannot be cancelled any more.
func TestDoneMeansEverybody(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.ExploitPurge, Title: "Remove the exploit", AskedOf: asked(2, 3)})
	s.commit(time.Minute, 2, response.Promise{Action: id})
	s.done(2*time.Minute, 2, id, "removed")
	if a := s.get(2*time.Minute, id); a.Status != response.Committed || !cmp.Equal(a.Waiting, []access.PartnerID{partnerID(3)}) {
		t.Errorf("one of two: %s, waiting for %v", a.Status, a.Waiting)
	}
	s.commit(3*time.Minute, 3, response.Promise{Action: id})
	s.done(4*time.Minute, 3, id, "removed")
	a := s.get(4*time.Minute, id)
	if a.Status != response.Done {
		t.Errorf("both: %s", a.Status)
	}
	if _, err := s.state.Cancel(coordinator, response.Reversal{Action: id, Reason: "r"}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("cancel what is done: %v", err)
	}
	a.History[0].Note, a.Commitments[0].Evidence = "forged", "forged"
	a.AskedOf[0] = "forged"
	if b := s.get(4*time.Minute, id); b.History[0].Note != "" || b.Commitments[0].Evidence != "removed" || b.AskedOf[0] != string(partnerID(2)) {
		t.Errorf("a reader can change the state: %+v", b)
	}
}

// Every refusal names its reason and changes nothing.
func TestRefusals(t *testing.T) {
	s := newStory(t)
	good := response.Opening{Kind: response.Takedown, Title: "C2 at 192.0.2.7", AskedOf: asked(2)}
	id := s.open(0, coordinator, good)
	s.commit(time.Minute, 2, response.Promise{Action: id})
	before := s.get(0, id)
	with := func(change func(*response.Opening)) response.Opening { o := good; change(&o); return o }
	open := func(by access.Principal, o response.Opening) error { _, _, err := s.state.Open(by, o); return err }
	commit := func(by access.Principal, p response.Promise) error { _, err := s.state.Commit(by, p); return err }
	done := func(by access.Principal, c response.Completion) error {
		_, err := s.state.Done(context.Background(), by, c)
		return err
	}
	back := func(by access.Principal, r response.Reversal) error { _, err := s.state.RollBack(by, r); return err }
	cancel := func(by access.Principal, r response.Reversal) error { _, err := s.state.Cancel(by, r); return err }
	two := principal(2, access.Contributor)
	stranger := access.Principal{Partner: partnerID(3), Role: access.Contributor}
	for name, c := range map[string]struct {
		err  error
		kind error
		says string
	}{
		"contributor asks others":   {open(two, good), access.ErrForbidden, "coordinator"},
		"no partner":                {open(access.Principal{Role: access.Coordinator}, good), access.ErrForbidden, "token of a partner"},
		"unknown kind":              {open(coordinator, with(func(o *response.Opening) { o.Kind = "hack-back" })), access.ErrInvalid, "exploit-purge"},
		"no title":                  {open(coordinator, with(func(o *response.Opening) { o.Title = " " })), access.ErrInvalid, "title"},
		"long title":                {open(coordinator, with(func(o *response.Opening) { o.Title = strings.Repeat("x", 201) })), access.ErrInvalid, "201"},
		"nobody asked":              {open(coordinator, with(func(o *response.Opening) { o.AskedOf = nil })), access.ErrInvalid, "asked_of"},
		"asked and volunteered":     {open(coordinator, with(func(o *response.Opening) { o.Volunteered = true })), access.ErrInvalid, "leave out one"},
		"asked twice":               {open(coordinator, with(func(o *response.Opening) { o.AskedOf = asked(2, 2) })), access.ErrInvalid, "asked_of/1"},
		"neither id nor sector":     {open(coordinator, with(func(o *response.Opening) { o.AskedOf = []string{"Health care"} })), access.ErrInvalid, "asked_of/0"},
		"cut id":                    {open(coordinator, with(func(o *response.Opening) { o.AskedOf = []string{"identity--0000"} })), access.ErrInvalid, "asked_of/0"},
		"bad id":                    {open(coordinator, with(func(o *response.Opening) { o.ID = "action--1" })), access.ErrInvalid, "UUID"},
		"existing id":               {open(coordinator, with(func(o *response.Opening) { o.ID = id })), access.ErrConflict, "exists"},
		"viewer commits":            {commit(principal(5, access.Viewer), response.Promise{Action: id}), access.ErrForbidden, "contributor"},
		"commit twice":              {commit(two, response.Promise{Action: id}), access.ErrConflict, "committed already"},
		"unknown action":            {commit(two, response.Promise{Action: "action--x"}), access.ErrNotFound, "action--x"},
		"unseen action":             {commit(stranger, response.Promise{Action: id}), access.ErrNotFound, string(id)},
		"long note":                 {commit(two, response.Promise{Action: id, Note: strings.Repeat("x", 5000)}), access.ErrInvalid, "note"},
		"done by another":           {done(principal(4, access.Contributor), response.Completion{Action: id, Evidence: "trust me"}), access.ErrConflict, "commit first"},
		"done without evidence":     {done(two, response.Completion{Action: id, Evidence: " "}), access.ErrInvalid, "evidence"},
		"done with a cut digest":    {done(two, response.Completion{Action: id, Evidence: "sha256:abcd"}), access.ErrInvalid, "64"},
		"roll back what is undone":  {back(two, response.Reversal{Action: id, Reason: "r"}), access.ErrConflict, "nothing"},
		"roll back without reason":  {back(two, response.Reversal{Action: id}), access.ErrInvalid, "reason"},
		"cancel another's":          {cancel(two, response.Reversal{Action: id, Reason: "r"}), access.ErrForbidden, string(partnerID(1))},
		"cancel another's as coord": {cancel(principal(6, access.Coordinator), response.Reversal{Action: id, Reason: "r"}), access.ErrForbidden, "administrator"},
		"cancel without reason":     {cancel(coordinator, response.Reversal{Action: id}), access.ErrInvalid, "reason"},
		"hub commits":               {commit(access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}, response.Promise{Action: id}), access.ErrForbidden, "partner"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.says) {
			t.Errorf("%s: %v; want a %v that says %q", name, c.err, c.kind, c.says)
		}
	}
	if diff := cmp.Diff(before, s.get(0, id)); diff != "" {
		t.Errorf("a refusal changed the action:\n%s", diff)
	}
}

// An administrator without a partner opens and cancels in the hub's name.
func TestTheHubAsks(t *testing.T) {
	s := newStory(t)
	admin := access.Principal{Role: access.Administrator}
	id := s.open(0, admin, response.Opening{Kind: response.Assist, Title: "Analysts wanted", AskedOf: []string{"technology"}})
	if a := s.get(0, id); a.By != "hub" {
		t.Errorf("opened by %q", a.By)
	}
	if _, err := s.state.Cancel(principal(2, access.Administrator), response.Reversal{Action: id, Reason: "r"}); err != nil {
		t.Errorf("an administrator cannot cancel: %v", err)
	}
}

// Drafts made from the same state may both be appended; the one that comes
// second has no effect and is kept as moot.
func TestRacingEntries(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2)})
	commit, err := s.state.Commit(principal(2, access.Contributor), response.Promise{Action: id})
	if err != nil {
		t.Fatal(err)
	}
	cancel, err := s.state.Cancel(coordinator, response.Reversal{Action: id, Reason: "done by the vendor"})
	s.add(time.Minute, cancel, err)
	s.add(2*time.Minute, commit, nil)
	s.add(3*time.Minute, cancel, nil)
	a := s.get(0, id)
	if a.Status != response.Cancelled || len(a.Commitments) != 0 || len(a.History) != 4 {
		t.Errorf("action: %+v", a)
	}
	if a.History[2].Moot == "" || a.History[3].Moot == "" || a.History[1].Moot != "" {
		t.Errorf("history: %+v", a.History)
	}
	if answers, err := s.state.Answers(coordinator, id); err != nil || len(answers) != 0 {
		t.Errorf("a moot promise counts as an answer: %v %v", answers, err)
	}
}

// The board is TLP:GREEN: it does not leave the community.
func TestRelease(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2)})
	outsider := access.Principal{Partner: partnerID(8), Role: access.Administrator}
	if list := s.state.List(outsider, start); len(list) != 0 {
		t.Errorf("an outsider sees %+v", list)
	}
	if _, err := s.state.Get(outsider, id, start); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.state.Answers(outsider, id); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("answers: %v", err)
	}
	if st := s.state.Standing(outsider, partnerID(2), "", start); len(st.Waiting) != 0 {
		t.Errorf("standing: %+v", st)
	}
	if got := s.log[0].Audience; got != access.ToCommunity(access.Green).String() {
		t.Errorf("audience is %q", got)
	}
}

func TestApplyBadEntries(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2)})
	before := s.get(0, id)
	apply := func(d ledger.Draft) error {
		e, _, err := ledger.Seal(d, s.head, start)
		if err != nil {
			t.Fatal(err)
		}
		return s.state.Apply(e)
	}
	for name, d := range map[string]ledger.Draft{
		"no JSON":       {Kind: response.KindOpened, Body: []byte("{")},
		"duplicate key": {Kind: response.KindCommitted, Body: fmt.Appendf(nil, `{"action":%q,"action":%q}`, id, id)},
	} {
		if err := apply(d); err == nil || !strings.Contains(err.Error(), "entry 2") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, d := range map[string]ledger.Draft{ // which are void
		"no id":          {Kind: response.KindOpened, Body: []byte(`{"kind":"patch","title":"t","volunteered":true}`)},
		"no kind":        {Kind: response.KindOpened, Body: []byte(`{"id":"action--00000000-0000-4000-8000-000000000001","title":"t","volunteered":true}`)},
		"bad audience":   {Kind: response.KindOpened, Audience: "purple x", Body: []byte(`{"id":"action--00000000-0000-4000-8000-000000000001","kind":"patch","title":"t","volunteered":true}`)},
		"unknown action": {Kind: response.KindDone, Body: []byte(`{"action":"action--2","evidence":"e"}`)},
		"bad template":   {Kind: response.KindTemplateSet, Body: []byte(`{"id":"UP","title":"t","steps":[]}`)},
	} {
		if err := apply(d); err != nil {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if n := len(s.state.List(coordinator, start)); n != 1 || len(s.state.Templates()) != 3 {
		t.Errorf("%d actions and %d templates after void entries", n, len(s.state.Templates()))
	}
	if err := s.state.Apply(ledger.Entry{Kind: "sighting.reported", Body: []byte("not ours")}); err != nil {
		t.Errorf("another's entry: %v", err)
	}
	if diff := cmp.Diff(before, s.get(0, id)); diff != "" {
		t.Errorf("a bad entry changed the action:\n%s", diff)
	}
}

// Whatever partners do: a view rebuilt from the ledger is the live one, a
// commitment is done only with evidence, and what a reader was given never
// changes under its hands.
func TestRebuiltEqualsLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStory(rt)
		var ids []response.ActionID
		for i := range 3 {
			ids = append(ids, s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "p", AskedOf: asked(2, 3), Deadline: start.Add(time.Duration(i) * time.Minute)}))
		}
		var drafts []ledger.Draft // made earlier, appended later: they race
		held := s.state.List(coordinator, start)
		snapshot := cmp.Diff(nil, held)
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			by := principal(rapid.IntRange(1, 4).Draw(rt, "by"), access.Coordinator)
			id := rapid.SampledFrom(ids).Draw(rt, "action")
			var d ledger.Draft
			var err error
			switch rapid.IntRange(0, 4).Draw(rt, "do") {
			case 0, 1:
				d, err = s.state.Commit(by, response.Promise{Action: id})
			case 2:
				d, err = s.state.Done(context.Background(), by, response.Completion{Action: id, Evidence: "e"})
			case 3:
				d, err = s.state.RollBack(by, response.Reversal{Action: id, Reason: "r"})
			case 4:
				d, err = s.state.Cancel(by, response.Reversal{Action: id, Reason: "r"})
			}
			if err == nil {
				drafts = append(drafts, d)
			}
			if len(drafts) > 0 && rapid.Bool().Draw(rt, "append") {
				s.add(time.Duration(step)*time.Minute, drafts[0], nil)
				drafts = drafts[1:]
			}
		}
		rebuilt := response.NewState(response.Config{})
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		now := start.Add(time.Hour)
		live := s.state.List(coordinator, now)
		if diff := cmp.Diff(live, rebuilt.List(coordinator, now)); diff != "" {
			rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s", diff)
		}
		for _, a := range live {
			for _, c := range a.Commitments {
				if c.Status == response.Done && c.Evidence == "" {
					rt.Fatalf("done without evidence: %+v", c)
				}
				if a.Status == response.Done && c.Status != response.Done {
					rt.Fatalf("the action is done and %s's part is %s", c.Partner, c.Status)
				}
			}
		}
		if cmp.Diff(nil, held) != snapshot {
			rt.Fatal("what a reader holds has changed")
		}
	})
}
