package dossiertest

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// Small is a case with everything in it: evidence under a seal that is opened
// later, an item replaced, one withdrawn, one contested, a round of
// probabilities, a statement with dissent and abstention, a key rotated before
// its vote, a vote by passkey, a published finding, a signed and a recorded reply.
func Small(tb testing.TB) *Case {
	tb.Helper()
	c := NewCase(tb)
	a, b, e := c.Partners[0], c.Partners[1], c.Partners[4]
	c.World.Keep()
	c.Add("case.hypothesis", a, Body{"id": "insider", "title": "Somebody from within", "ref": "threat-actor--8f4b0a8e-7b0d-4c55-9f55-3ad7c1c4a2b1"})

	salt := Named([]byte("salt of the seal"))[len("sha256:"):]
	code := c.Evidence("Shared code, 'mkv' \"random\" table", a, Body{
		"custody": []any{Body{"at": "2017-05-15", "by": "Lab A", "note": "Fetched from the public collection."}},
		"method":  Body{"tool": "bindiff", "version": "4.2", "arguments": []string{"-x"}, "inputs": []string{Named([]byte("sample"))}, "outputs": []string{Named([]byte("diff"))}},
		"links":   []string{"malware--0f3b1a52-4c2e-4d5a-9b13-0f9a1c6b7d21"},
	})
	sealed := c.Evidence("Told by an intelligence service <i>", b, Body{
		"kind": "intelligence", "digest": nil, "seal": "sha256:" + Seal(tb, salt, []byte("the secret report")), "reliability": "A",
	})
	old := c.Evidence("Compile times", a, Body{"kind": "temporal", "forgeability": "H", "reliability": "F", "credibility": 3})
	times := c.Evidence("Compile times, all samples", a, Body{"kind": "temporal", "forgeability": "H", "replaces": old})
	rumour := c.Evidence("A rumour in a forum", e, Body{"digest": nil, "source": "https://forum.example/t/1", "reliability": "E", "credibility": 5})
	c.Add("case.mark", e, Body{"evidence": rumour, "status": "withdrawn", "reason": "The author took it back."})
	c.Add("case.mark", b, Body{"evidence": times, "status": "contested", "reason": "Times can be set at will."})
	for i, p := range c.Partners[:3] {
		for _, item := range []string{code, sealed, times} {
			for j, hypothesis := range []string{"lazarus", "criminals", "insider", "false-flag"} {
				values := []string{"CC", "I", "II", "N"}
				c.Rate(p, item, hypothesis, values[(j+i*len(item)%2)%4], float64(j+1)/8)
			}
		}
	}
	c.Flush()
	c.World.Keep()

	vectors := []map[attribution.HypothesisID]int{{"lazarus": 700_000, "unknown": 300_000}, {"lazarus": 5, "criminals": 3, "false-flag": 2}}
	for i, v := range vectors {
		c.Add("case.committed", c.Partners[i], Body{"round": 1, "seal": "sha256:" + vectorSeal(tb, salt, v)})
	}
	c.Add("case.round", a, Body{"round": 1})
	for i, v := range vectors {
		c.Add("case.revealed", c.Partners[i], Body{"round": 1, "salt": salt, "vector": v})
	}

	c.Propose(a, []string{code, sealed}, Body{"occurred": "December 2017"})
	c.rotateFifth()
	for i, vote := range []string{"endorse", "endorse", "dissent", "endorse", "endorse", "abstain"} { // the seventh is silent
		c.Flush()
		c.Vote(c.Partners[i], vote, fmt.Sprintf("In our own words: %s. – “%c”", vote, 'A'+i))
	}
	c.Publish(a)
	c.Flush()
	c.World.Keep()
	c.Reply(b, "denial", "Without any forensic evidence.", nil)
	c.Reply(b, "comment", "We have signed this one.", NewKey(tb))
	c.Add("case.unsealed", b, Body{"evidence": sealed, "salt": salt, "digest": Named([]byte("the secret report"))})
	c.Flush()
	return c
}

// rotateFifth has the fifth partner exchange its key.
func (c *Case) rotateFifth() {
	c.tb.Helper()
	p, fresh := c.Partners[4], NewKey(c.tb)
	c.Flush()
	c.Act("rotate", p, fresh.Text(), p.Key)
	c.retired, p.Key = p.Key, fresh
}

// Large is a case of n records (at least 300): items, ratings of them by all
// partners, a statement, all votes, and replies.
func Large(tb testing.TB, n int) *Case {
	tb.Helper()
	c := NewCase(tb)
	hypotheses := []string{"lazarus", "criminals"}
	per := 1 + len(c.Partners)*len(hypotheses) // records an item
	var items []string
	for len(c.Records)+per < n-40 {
		item := c.Evidence(fmt.Sprintf("Item %d", len(items)+1), c.Partners[len(items)%7], nil)
		items = append(items, item)
		for i, p := range c.Partners {
			for j, h := range hypotheses {
				c.Rate(p, item, h, []string{"CC", "C", "N", "I", "II"}[(len(items)*j+i+3*j)%5], float64(1+(len(items)+i+j)%9)/10)
			}
		}
		if len(items)%50 == 0 {
			c.Flush()
			c.World.Keep()
		}
	}
	c.Propose(c.Partners[0], items[:min(len(items), 20)], nil)
	for _, p := range c.Partners {
		c.Vote(p, "endorse", "We have looked at the samples ourselves.")
	}
	c.Publish(c.Partners[0])
	for i := 0; len(c.Records) < n; i++ {
		c.Reply(c.Partners[1], "denial", fmt.Sprintf("We deny it for the %d. time.", i+1), nil)
	}
	c.Flush()
	return c
}

// Seal is hex of the seal of content under a salt in hex.
func Seal(tb testing.TB, salt string, content []byte) string {
	return Tagged("tocsin-seal/v1\n", unhex(tb, salt), unhex(tb, Named(content)[len("sha256:"):]))
}

func vectorSeal(tb testing.TB, salt string, v map[attribution.HypothesisID]int) string {
	return Tagged("tocsin-vector/v1\n", unhex(tb, salt), unhex(tb, Tagged("", Canonical(tb, v))))
}
