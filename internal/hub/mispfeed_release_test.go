package hub_test

import (
	"crypto/md5"
	"encoding/hex"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// inFeed is a secret that reaches a feed: word is a domain's name.
type inFeed struct {
	secret
	contribution, object string
	gone                 bool
}

// Whatever is shared, tightened and withdrawn: a feed has what its reader may
// see, and nothing else, in the manifest, the events and the hashes.
func TestAFeedHasWhatIsReleased(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	h := startHub(t, "")
	var askers []*asker
	for i := range 3 {
		id, token := h.partner(fmt.Sprintf("Partner %d", i), "healthcare", "GB", "contributor")
		askers = append(askers, &asker{name: fmt.Sprintf("partner %d", i), partner: id, token: token, role: "contributor"})
	}
	var all []*inFeed
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "shared") {
			all = append(all, h.putInFeed(rt, askers))
		}
		if s := rapid.SampledFrom(all).Draw(rt, "taken back"); !s.gone && rapid.Bool().Draw(rt, "take back") {
			author := askers[slices.IndexFunc(askers, func(a *asker) bool { return a.partner == s.owner })]
			switch {
			case s.tlp == "clear" && rapid.Bool().Draw(rt, "tighten"):
				h.post("/api/v1/contributions/"+s.contribution+"/tightening", author.token, map[string]any{"tlp": "red", "reason": "x"}, http.StatusNoContent)
				s.tlp, s.recipients = "red", nil
			case rapid.Bool().Draw(rt, "the object alone"):
				h.withdraw(author.token, s.object)
				s.gone = true
			default:
				h.post("/api/v1/contributions/"+s.contribution+"/withdrawal", author.token, map[string]any{"reason": "x"}, http.StatusNoContent)
				s.gone = true
			}
		}
		for _, a := range askers {
			h.holdFeed(rt, a, all)
		}
	})
}

// putInFeed shares one word: as an indicator, in a report, or in an event that
// others may see without it.
func (r *running) putInFeed(rt *rapid.T, partners []*asker) *inFeed {
	author := rapid.SampledFrom(partners).Draw(rt, "author")
	s := &inFeed{secret: secret{word: "word" + strings.ReplaceAll(uuid.NewString(), "-", "") + ".example", owner: author.partner}}
	s.tlp = rapid.SampledFrom([]string{"clear", "green", "amber", "red", "red"}).Draw(rt, "tlp")
	query := url.Values{"tlp": {s.tlp}}
	if s.tlp == "red" {
		for _, p := range partners {
			if rapid.Bool().Draw(rt, "recipient") {
				s.recipients = append(s.recipients, p.partner)
			}
		}
		query.Set("recipients", strings.Join(s.recipients, ","))
	}
	id := uuid.NewString()
	s.object = "indicator--" + id
	indicator := indicatorOf(id, s.word, "2024-01-01T00:00:00.000Z", "")
	switch rapid.IntRange(0, 2).Draw(rt, "kind") {
	case 0:
		s.contribution = r.sendEvent(author.token, query.Encode(), bundle(indicator))
	case 1:
		report := fmt.Sprintf(`{"type":"report","spec_version":"2.1","id":"report--%s","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-02T00:00:00.000Z","name":"r","published":"2024-01-02T00:00:00Z","object_refs":[%q]}`, uuid.NewString(), s.object)
		s.contribution = r.sendEvent(author.token, query.Encode(), bundle(report, indicator))
	case 2: // TLP:RED in an event that is for all
		s.tlp = "red"
		query.Set("tlp", "green")
		s.contribution = r.sendEvent(author.token, query.Encode(), fmt.Sprintf(`{"Event":{"uuid":%q,"info":"i","date":"2024-01-01","timestamp":"1704100000","distribution":"1","published":true,
			"Attribute":[{"uuid":%q,"type":"domain","to_ids":true,"timestamp":"1704100000","value":%q,"Tag":[{"name":"tlp:red"}]}]}}`, uuid.NewString(), id, s.word))
	}
	return s
}

// holdFeed holds a reader's feed against the oracle.
func (r *running) holdFeed(rt *rapid.T, a *asker, all []*inFeed) {
	var feed strings.Builder
	for id := range r.mispManifest(a.token) {
		feed.WriteString(r.mispFile(a.token, id))
	}
	hashes := r.call(http.MethodGet, "/feeds/misp/hashes.csv", a.token, "", nil).body
	for _, s := range all {
		want := a.maySee(s.secret) && !s.gone
		if got := strings.Contains(feed.String(), s.word); got != want {
			rt.Errorf("%s: the feed has %s, marked %s for %v by %s: %t, want %t", a.name, s.word, s.tlp, s.recipients, s.owner, got, want)
		}
		sum := md5.Sum([]byte(s.word))
		if got := strings.Contains(hashes, hex.EncodeToString(sum[:])); got != want {
			rt.Errorf("%s: the hashes have %s: %t, want %t", a.name, s.word, got, want)
		}
	}
}
