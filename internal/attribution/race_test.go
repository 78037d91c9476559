package attribution_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// racer draws what partners want to do now; their drafts reach the ledger later
// and in another order, so that some are overtaken.
type racer struct {
	*story
	rt      *rapid.T
	waiting []ledger.Draft
	items   []attribution.EvidenceID
	motions []attribution.Digest
}

func (r *racer) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(r.rt, label) }

func (r *racer) item() attribution.EvidenceID {
	if len(r.items) == 0 {
		return "evidence--00000000-0000-4000-8000-00000000000a"
	}
	return r.items[r.pick("item", len(r.items))]
}

func (r *racer) statement() attribution.Digest {
	if len(r.motions) == 0 {
		return attribution.Digest{1}
	}
	return r.motions[r.pick("statement", len(r.motions))]
}

func (r *racer) round() int { return max(1, len(r.get().Rounds)+r.pick("round", 3)-1) }

// wish drafts an act; what cannot be drafted now is no act.
func (r *racer) wish() {
	n := 1 + r.pick("partner", 3)
	by := boss(n)
	var d ledger.Draft
	var err error
	switch r.pick("act", 14) {
	case 0:
		d, err = r.state.Propose(by, attribution.Proposal{Case: r.id, Party: name(n), Hypothesis: attribution.Hypothesis{
			ID: attribution.HypothesisID(fmt.Sprintf("h%d", r.pick("hypothesis", 3))), Title: "Another"}})
	case 1, 2:
		e := r.evidence()
		e.Party, e.Seal = name(n), sealOf("content", attribution.Salt{7})
		e.Digest, e.Source = "", "a report"
		e.ID = attribution.EvidenceID(fmt.Sprintf("evidence--00000000-0000-4000-8000-%012d", r.pick("id", 6)))
		if r.pick("replaces", 3) == 0 {
			e.Replaces = r.item()
		}
		if _, d, err = r.state.File(by, e); err == nil {
			r.items = append(r.items, e.ID)
		}
	case 3:
		status := []attribution.ItemStatus{attribution.ItemContested, attribution.ItemWithdrawn}[r.pick("status", 2)]
		d, err = r.state.Mark(by, attribution.Mark{Case: r.id, Party: name(n), Evidence: r.item(), Status: status, Reason: "wrong"})
	case 4, 5:
		value := []attribution.Value{"CC", "C", "N", "I", "II"}[r.pick("value", 5)]
		h := []attribution.HypothesisID{"state", "criminals", "unknown", "h0"}[r.pick("of", 4)]
		rating := r.rating(n, r.item(), h, value)
		rating.Likelihood = float64(r.pick("likelihood", 4)) / 3
		var drafts []ledger.Draft
		if drafts, err = r.state.Rate(by, rating); err == nil {
			d = drafts[0]
		}
	case 6:
		seal, _ := attribution.SealVector(attribution.Salt{byte(n)}, attribution.Vector{"state": n})
		d, err = r.state.Commit(by, attribution.Commitment{Case: r.id, Party: name(n), Round: r.round(), Seal: seal.Named()})
	case 7:
		d, err = r.state.CloseRound(by, attribution.Closing{Case: r.id, Party: name(n), Round: r.round()})
	case 8:
		d, err = r.state.Reveal(by, attribution.Revelation{Case: r.id, Party: name(n), Round: r.round(), Salt: attribution.Salt{byte(n)}, Vector: attribution.Vector{"state": n}})
	case 9:
		m := r.motion(n, r.item())
		m.Document.Act = []attribution.Act{attribution.Finding, attribution.Update, attribution.Withdrawal}[r.pick("what", 3)]
		if c := r.get().Current(); c != nil && m.Document.Act == attribution.Withdrawal {
			m.Document.Cites = c.Document.Cites
		}
		var digest attribution.Digest
		if digest, d, err = r.state.Statement(by, m); err == nil {
			r.motions = append(r.motions, digest)
		}
	case 10, 11:
		choice := []attribution.Choice{attribution.Endorse, attribution.Endorse, attribution.Dissent, attribution.Abstain}[r.pick("choice", 4)]
		d, err = r.state.Vote(by, r.ballot(n, r.statement(), choice), anyKey)
	case 12:
		d, err = r.state.Publish(by, r.publication(n, r.statement()))
	case 13:
		d, err = r.state.Unseal(by, attribution.Unsealing{Case: r.id, Party: name(n), Evidence: r.item(), Salt: attribution.Salt{7}, Digest: digestOf("content")})
	}
	if err == nil {
		r.waiting = append(r.waiting, d)
	}
}

// Whatever acts race, whatever is void: the case as it stands, the case folded
// anew and the case replayed from its records are one.
func TestLiveIsRebuiltIsReplayed(t *testing.T) {
	void, published := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := &racer{story: newStory(t), rt: rt}
		r.begin(func(o *attribution.Opening) { o.Policy, o.Members = policy(t, "1 of [%s, %s]", 1, 2) })
		r.items = append(r.items, r.file(2, nil))
		r.motions = append(r.motions, r.propose(1, nil, r.items[0]))
		for range rapid.IntRange(5, 80).Draw(rt, "steps") {
			if len(r.waiting) == 0 || rapid.IntRange(0, 2).Draw(rt, "wish") > 0 {
				r.wish()
				continue
			}
			i := r.pick("next", len(r.waiting))
			if !r.append(r.waiting[i]) {
				void++
			}
			if rapid.IntRange(0, 3).Draw(rt, "again") > 0 { // a retry appends the same twice
				r.waiting = append(r.waiting[:i], r.waiting[i+1:]...)
			}
		}
		if r.get().Current() != nil {
			published++
		}
		replayed(rt, r.story)
	})
	if void == 0 || published == 0 {
		t.Errorf("%d entries were void, %d cases published: the test shows nothing", void, published)
	}
}

// A key that is revoked between the draft and its entry votes no more.
func TestAVoteByAKeyRevokedMeanwhileIsVoid(t *testing.T) {
	s := newStory(t)
	revoked := false
	s.state.Authority(func(_ access.PartnerID, _ string) bool { return !revoked })
	s.begin(nil)
	item := s.file(2, nil)
	digest := s.propose(3, nil, item)
	d, err := s.state.Vote(analyst(1), s.ballot(1, digest, attribution.Endorse), anyKey)
	if err != nil {
		t.Fatal(err)
	}
	revoked = true
	if s.append(d) {
		t.Error("a vote by a revoked key is a record")
	}
	revoked = false
	if !s.append(d) {
		t.Error("a vote by a good key is void")
	}
}
