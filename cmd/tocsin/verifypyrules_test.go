package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// addition is what is added to a case that was published: records, or a line of
// keys.txt and of the trust file.
type addition struct {
	fails string // the check; "" for none
	add   func(c *dossiertest.Case)
	voter string
}

// TestSecondVerifierOnRules has both verifiers judge what a hub or a partner
// might try that signatures and the log alone do not prevent.
func TestSecondVerifierOnRules(t *testing.T) {
	needPython(t)
	c := dossiertest.Small(t)
	files := unzip(t, publishStory(t, c))
	for _, name := range []string{"manifest.txt", "proofs.jsonl", "checkpoint", "history.jsonl"} {
		delete(files, name)
	}
	var samples []sample
	var want []string
	additions := additions(t, c)
	for _, name := range slices.Sorted(maps.Keys(additions)) {
		a := additions[name]
		other := c.Under(c.Edit(func(*attribution.Record, dossiertest.Body) bool { return true }))
		if a.add != nil {
			a.add(other)
			other.Flush()
		}
		keys := []byte(other.Keys() + a.voter)
		if a.fails == "" {
			samples, want = append(samples, sample{name, publishStory(t, other), keys}), append(want, "verified ")
			continue
		}
		changed := maps.Clone(files)
		changed["records.jsonl"], changed["keys.txt"] = other.Lines(), keys
		samples, want = append(samples, sample{name, other.Pack(changed, 2), keys}), append(want, "rejected "+a.fails)
	}
	first, second := bothOpinions(t, samples)
	for i, s := range samples {
		if first[i] != want[i] || second[i] != want[i] {
			t.Errorf("%s: tocsin says %s, verify.py %s, want %s", s.name, first[i], second[i], want[i])
		}
	}
}

// said is the body of the first record of a kind by a partner.
func said(t *testing.T, c *dossiertest.Case, kind string, by *dossiertest.Partner) (body dossiertest.Body) {
	t.Helper()
	for _, o := range c.Records {
		if string(o.Record.Kind) == kind && o.Record.By == by.ID {
			if err := json.Unmarshal(o.Record.Body, &body); err != nil {
				t.Fatal(err)
			}
			return body
		}
	}
	t.Fatalf("no %s by %s", kind, by.Name)
	return nil
}

func additions(t *testing.T, c *dossiertest.Case) map[string]addition {
	t.Helper()
	a, b, third := c.Partners[0], c.Partners[1], c.Partners[2]
	item, sealed := said(t, c, "case.evidence", a)["id"].(string), said(t, c, "case.evidence", b)["seal"]
	stranger := dossiertest.NewPartner(t, "A stranger")
	commit := func(c *dossiertest.Case, by *dossiertest.Partner, what string) {
		c.Add("case.committed", by, dossiertest.Body{"round": 2, "seal": dossiertest.Named([]byte(what))})
	}
	seal := func(c *dossiertest.Case, by *dossiertest.Partner) {
		c.Evidence("Sealed again", by, dossiertest.Body{"digest": nil, "seal": sealed})
	}
	named := func(p *dossiertest.Partner, name string) func(*dossiertest.Case) {
		other := *p
		other.Name = name
		return func(c *dossiertest.Case) { c.Rate(&other, item, "lazarus", "C", 0) }
	}
	repeated := func(kind string, by *dossiertest.Partner, change func(body dossiertest.Body, i int), times int) func(*dossiertest.Case) {
		return func(c *dossiertest.Case) {
			for i := range times {
				body := said(t, c, kind, by)
				change(body, i)
				c.Add(kind, by, body)
			}
		}
	}
	drafts := func(n int) func(*dossiertest.Case) {
		return func(c *dossiertest.Case) {
			published := c.Statement
			for i := range n {
				c.Propose(third, []string{item}, dossiertest.Body{"act": "update", "version": 2, "previous": published, "text": fmt.Sprint("Draft ", i)})
			}
		}
	}
	renamed := func(body dossiertest.Body, i int) { body["id"] = fmt.Sprint("more-", i) }
	dated := func(by time.Duration) func(*dossiertest.Case) {
		return func(c *dossiertest.Case) {
			c.World.Keep()
			c.Rate(a, item, "lazarus", "C", 0)
			last := &c.Records[len(c.Records)-1].Record
			last.At.Time = last.At.Add(by)
		}
	}
	same := func(dossiertest.Body, int) {}
	neutral := slices.Concat([]byte{0xee}, []byte(strings.Repeat("\xff", 31))) // y = 1 written as p + 1, x negative
	return map[string]addition{
		"a rating more":               {add: func(c *dossiertest.Case) { c.Rate(a, item, "lazarus", "C", 0) }},
		"a vote by a stranger":        {add: func(c *dossiertest.Case) { c.Vote(stranger, "dissent", "No.") }},
		"another vote":                {add: func(c *dossiertest.Case) { c.Vote(a, "dissent", "On second thoughts.") }},
		"a vote cast again":           {"records", repeated("case.vote", a, same, 1), ""},
		"under another's name":        {"records", named(a, b.Name), ""},
		"under a new name":            {"records", named(a, "Somebody"), ""},
		"a stranger, a member's name": {"records", named(stranger, a.Name), ""},
		"a stranger's rating":         {add: named(stranger, "A stranger")},
		"an hour late":                {add: dated(time.Hour)},
		"two hours late":              {"inclusion", dated(2 * time.Hour), ""},
		"two hours early":             {"inclusion", dated(-2 * time.Hour), ""},
		"half an hour early":          {"records", dated(-time.Hour / 2), ""}, // than the record before
		"a seal copied":               {"records", func(c *dossiertest.Case) { seal(c, third) }, ""},
		"one's own seal once more":    {add: func(c *dossiertest.Case) { seal(c, b) }},
		"a commitment copied":         {"records", func(c *dossiertest.Case) { commit(c, a, "x"); commit(c, a, "y"); commit(c, b, "x") }, ""},
		"one's own commitment again":  {add: func(c *dossiertest.Case) { commit(c, a, "x"); commit(c, a, "x"); commit(c, b, "y") }},
		"a blank source":              {"records", func(c *dossiertest.Case) { c.Evidence("L", a, dossiertest.Body{"source": "\u2003"}) }, ""},
		"a reply from nowhere":        {"records", repeated("case.reply", b, func(body dossiertest.Body, _ int) { body["source"] = " " }, 1), ""},
		"a stranger's hypothesis": {"records", func(c *dossiertest.Case) {
			c.Add("case.hypothesis", stranger, dossiertest.Body{"id": "x", "title": "X"})
		}, ""},
		"a stranger closes a round":    {"records", func(c *dossiertest.Case) { c.Add("case.round", stranger, dossiertest.Body{"round": 2}) }, ""},
		"20 hypotheses":                {add: repeated("case.hypothesis", a, renamed, 19)},
		"21 hypotheses":                {"records", repeated("case.hypothesis", a, renamed, 20), ""},
		"50 statements":                {add: drafts(50)},
		"51 statements":                {"records", drafts(51), ""},
		"200 replies":                  {add: repeated("case.reply", b, same, 198)},
		"201 replies":                  {"records", repeated("case.reply", b, same, 199), ""},
		"a round of strangers":         {add: func(c *dossiertest.Case) { strangersRound(t, c, a) }},
		"a key for two partners":       {fails: "keys", voter: fmt.Sprintf("voter %s %s\n", b.ID, a.Key.Text())},
		"a key that verifies anything": {fails: "keys", voter: fmt.Sprintf("voter %s ed25519:%s\n", b.ID, base64.StdEncoding.EncodeToString(neutral))},
	}
}

// strangersRound is a round in which more strangers than partners of the policy reveal what they say.
func strangersRound(t *testing.T, c *dossiertest.Case, closes *dossiertest.Partner) {
	t.Helper()
	salt := bytes.Repeat([]byte{0xab}, 32)
	strangers, vectors := make([]*dossiertest.Partner, 3), make([]dossiertest.Body, 3)
	for i := range strangers {
		strangers[i], vectors[i] = dossiertest.NewPartner(t, fmt.Sprint("Stranger ", i)), dossiertest.Body{"criminals": i + 1}
		vector := sha256.Sum256(dossiertest.Canonical(t, vectors[i]))
		seal := dossiertest.Tagged("tocsin-vector/v1\n", salt, vector[:])
		c.Add("case.committed", strangers[i], dossiertest.Body{"round": 2, "seal": "sha256:" + seal})
	}
	c.Add("case.round", closes, dossiertest.Body{"round": 2})
	for i, p := range strangers {
		c.Add("case.revealed", p, dossiertest.Body{"round": 2, "salt": hex.EncodeToString(salt), "vector": vectors[i]})
	}
}
