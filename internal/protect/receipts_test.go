package protect_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func partner(id string) access.Principal {
	return access.Principal{Partner: access.PartnerID(id), Role: access.Contributor, Communities: []string{"default"}}
}

func (h *hub) acknowledge(by access.Principal, list ...protect.Receipt) {
	h.t.Helper()
	drafts, err := h.AcknowledgeAll(by, list)
	h.must(err)
	h.append(drafts...)
}

// reaches is a hub's answer to who is shown what: every partner of the community.
func reaches(p, owner access.PartnerID, a access.Audience) bool {
	return partner(string(p)).MaySee(owner, a)
}

// What an outlet says at once is one entry, and says of each protection what it
// was told one by one, as does an entry of an earlier version.
func TestReceiptsTogetherSayWhatEachSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		together, single := newHub(t, protect.Config{}), newHub(t, protect.Config{})
		ids := make([]string, 0, 4)
		for i := range 4 {
			name := fmt.Sprintf("c%d.example", i)
			for _, h := range []*hub{together, single} {
				h.must(h.ask(coordinator, name, protect.Block))
			}
			p, _ := together.Get(value(t, name))
			ids = append(ids, p.ID)
		}
		for range rapid.IntRange(1, 4).Draw(t, "calls") {
			by := partner(rapid.SampledFrom([]string{"identity--a", "identity--b"}).Draw(t, "partner"))
			var list []protect.Receipt
			for range rapid.IntRange(1, 8).Draw(t, "receipts") {
				list = append(list, protect.Receipt{
					Protection: rapid.SampledFrom(ids).Draw(t, "id"), Outlet: rapid.SampledFrom([]string{"nft", "rpz"}).Draw(t, "outlet"),
					InForce: rapid.Bool().Draw(t, "in force"), Problem: rapid.SampledFrom([]string{"", "the disk is full", "not allowed"}).Draw(t, "problem"),
					At: now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "at")) * time.Second),
				})
			}
			together.acknowledge(by, list...)
			for _, r := range list {
				body, err := json.Marshal(r)
				single.must(err)
				single.append(ledger.Draft{Kind: protect.KindReceipt, Actor: by.Actor(), Audience: access.Audience{TLP: access.Red}.String(), Body: body})
			}
		}
		for _, id := range ids {
			if diff := cmp.Diff(single.Receipts(coordinator, id), together.Receipts(coordinator, id)); diff != "" {
				t.Fatalf("one by one (-) and together (+): %s", diff)
			}
		}
	})
}

func TestASetOfReceiptsIsOneEntry(t *testing.T) {
	h := newHub(t, protect.Config{})
	list := make([]protect.Receipt, 0, 300)
	for i := range 300 {
		h.must(h.ask(coordinator, fmt.Sprintf("c%d.example", i), protect.Block))
		p, _ := h.Get(value(t, fmt.Sprintf("c%d.example", i)))
		list = append(list, protect.Receipt{Protection: p.ID, Outlet: "nft", InForce: i%2 == 0, At: h.now})
	}
	drafts, err := h.AcknowledgeAll(partner("identity--a"), list)
	h.must(err)
	if len(drafts) != 1 || len(drafts[0].Body) > 60*len(list) {
		t.Errorf("%d entries of %d bytes", len(drafts), len(drafts[0].Body))
	}
}

// A protection is in force since it first was, however often that is said, and
// anew after it was gone.
func TestSinceIsTheFirstTime(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	id, a := only(t, h.List()).ID, partner("identity--a")
	for minute, inForce := range []bool{true, true, false, true, true} {
		h.now = now.Add(time.Duration(minute) * time.Minute)
		h.acknowledge(a, protect.Receipt{Protection: id, Outlet: "nft", InForce: inForce, At: h.now})
		want := time.Time{}
		if inForce {
			want = now.Add(time.Duration(minute/3*3) * time.Minute)
		}
		if r := only(t, h.Receipts(a, id)); !r.Since.Equal(want) || !r.At.Equal(h.now) {
			t.Errorf("minute %d: since %s, want %s", minute, r.Since, want)
		}
	}
}

// An id follows from its value: nobody finds out by a receipt what is decided
// about a value without being told.
func TestReceiptsTellNothingOfWhatIsHidden(t *testing.T) {
	h := newHub(t, protect.Config{})
	d, err := h.Ask(coordinator, protect.Request{Value: value(t, "c2.example"), Polarity: protect.Block, Reason: "r", TLP: access.AmberStrict}, h.now)
	h.must(err)
	h.append(d)
	r := protect.Receipt{Protection: only(t, h.List()).ID, Outlet: "nft", InForce: true, At: h.now}
	outside := partner("identity--x")
	outside.Communities = []string{"other"}
	_, hidden := h.AcknowledgeAll(outside, []protect.Receipt{r})
	madeUp := r
	madeUp.Protection = "protection--none"
	_, none := h.AcknowledgeAll(outside, []protect.Receipt{madeUp})
	if !errors.Is(hidden, protect.ErrNotFound) || !errors.Is(none, protect.ErrNotFound) {
		t.Errorf("hidden: %v; made up: %v", hidden, none)
	}
	h.acknowledge(partner("identity--y"), r)
}

// Of what is listed receipts may be given, of a proposal that is gone none, also
// where a forged decision bears an id that another has.
func TestProposalsTakeTheirIdsWithThem(t *testing.T) {
	h := newHub(t, protect.Config{})
	decide := func(id string, p protect.Polarity, status protect.Status) {
		d, err := ledger.NewDraft(protect.KindDecided, "identity--cert", access.ToCommunity(access.Green).String(), protect.Protection{
			ID: id, Value: value(t, "c2.example"), Polarity: p, Status: status, By: "identity--cert", Decided: h.now, Expires: h.now.Add(time.Hour),
		})
		h.must(err)
		h.append(d)
	}
	known := func(id string, want bool) {
		t.Helper()
		_, err := h.AcknowledgeAll(partner("identity--a"), []protect.Receipt{{Protection: id, Outlet: "nft", At: h.now}})
		if (err == nil) != want || err != nil && !errors.Is(err, protect.ErrNotFound) {
			t.Errorf("a receipt for %s: %v, want one taken: %v", id, err, want)
		}
	}
	decide("protection--1", protect.Block, protect.Proposed)
	decide("protection--2", protect.Observe, protect.Proposed)
	decide("protection--2", protect.Block, protect.Proposed) // takes the place of the first
	known("protection--1", false)
	decide("protection--3", protect.Block, protect.Proposed)
	known("protection--2", true)
	decide("protection--2", protect.Observe, protect.Expired)
	known("protection--2", false)
	decide("protection--4", protect.Block, protect.Active) // answers all
	known("protection--3", false)
	decide("protection--4", protect.Block, protect.Proposed)
	decide("protection--4", protect.Block, protect.Revoked)
	known("protection--4", true)
	decide("protection--4", protect.Block, protect.Proposed)
	decide("protection--4", protect.Block, protect.Revoked)
	known("protection--4", true)
	h.sameRebuilt(value(t, "c2.example"))
}

func TestOutletsOfAPartnerAreBounded(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	r := protect.Receipt{Protection: only(t, h.List()).ID, InForce: true, At: h.now}
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		r.Outlet = fmt.Sprintf("outlet-%d", n)
		var drafts []ledger.Draft
		if drafts, err = h.AcknowledgeAll(partner("identity--a"), []protect.Receipt{r}); err == nil {
			h.append(drafts...)
		}
	}
	if !errors.Is(err, protect.ErrConflict) || n != 33 {
		t.Errorf("after %d outlets: %v", n, err)
	}
	h.acknowledge(partner("identity--b"), r)
	r.Outlet = "outlet-3"
	h.acknowledge(partner("identity--a"), r)
}

func FuzzEachReceipt(f *testing.F) {
	f.Add([]byte(`{"protection":"protection--1","outlet":"nft","in_force":true,"at":"2017-05-12T07:24:00Z"}`))
	f.Add([]byte(`{"outlet":"nft","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["protection--1","protection--2"]}]}`))
	f.Add([]byte(`{"words":[{"protections":[""]}],"outlet":7}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := protect.NewState(protect.Config{})
		e := ledger.Entry{Seq: 1, Kind: protect.KindReceipt, Actor: "identity--a", Body: body}
		n := 0
		if err := protect.EachReceipt(e, func(protect.Receipt) { n++ }); (err != nil) != (s.Apply(e) != nil) {
			t.Errorf("read and fold differ: %v", err)
		}
	})
}

// 1,000 partners acknowledge 1,000 protections, each in one entry.
func BenchmarkReceipts(b *testing.B) {
	const partners, protections = 1000, 1000
	h := newHub(b, protect.Config{})
	list := make([]protect.Receipt, 0, protections)
	ids := make([]string, 0, protections)
	for i := range protections {
		h.must(h.ask(coordinator, fmt.Sprintf("c%d.example", i), protect.Block))
		p, _ := h.Get(value(b, fmt.Sprintf("c%d.example", i)))
		ids = append(ids, p.ID)
		list = append(list, protect.Receipt{Protection: p.ID, Outlet: "nft", InForce: true, At: h.now})
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var took time.Duration
	bytes := 0
	for i := range partners {
		drafts, err := h.AcknowledgeAll(partner(fmt.Sprintf("identity--%d", i)), list)
		h.must(err)
		bytes += len(drafts[0].Body)
		e, _, err := ledger.Seal(drafts[0], h.head, h.now)
		h.must(err)
		h.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		began := time.Now()
		h.must(h.Apply(e))
		took += time.Since(began)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		h.Cover(coordinator, ids[:100], h.now, reaches)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/partners/protections, "B/receipt")
	b.ReportMetric(float64(took.Nanoseconds())/partners/protections, "ns-fold/receipt")
	b.ReportMetric(float64(bytes)/partners/protections, "B-ledger/receipt")
}
