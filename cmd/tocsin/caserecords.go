package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// deeds says what a record of each kind does.
var deeds = map[ledger.Kind]string{
	attribution.KindOpened: "opened the case", attribution.KindHypothesis: "added a hypothesis", attribution.KindEvidence: "filed",
	attribution.KindMark: "marked", attribution.KindRating: "rated", attribution.KindCommitted: "committed to probabilities",
	attribution.KindRound: "closed a round", attribution.KindRevealed: "showed probabilities", attribution.KindStatement: "put a statement to the vote",
	attribution.KindVote: "voted", attribution.KindPublished: "published", attribution.KindReply: "recorded a reply", attribution.KindUnsealed: "opened the seal of",
}

// printRecords writes one line for each record, and what it says if it still counts.
func printRecords(env *environment, c *checkedCase) error {
	said := sayings(c)
	t := env.table()
	for _, step := range c.History {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\n", step.Record, step.At.Format(time.RFC3339), visible(step.Party), strings.TrimSpace(deeds[step.Kind]+" "+said[step.Record]))
	}
	return t.Flush()
}

// sayings are, by record, what the case still shows of it. A rating that another
// has replaced is not among them.
func sayings(c *checkedCase) map[int]string {
	said := make(map[int]string)
	item := func(id attribution.EvidenceID) string { return numbered(c.Case, string(id)) }
	for i, e := range c.Evidence {
		said[e.Record] = fmt.Sprintf("E%d: %s", i+1, visible(e.Title))
	}
	for _, m := range c.Marks {
		said[m.Record] = fmt.Sprintf("%s %s: %s", item(m.Evidence), m.Status, visible(m.Reason))
	}
	for _, r := range c.Ratings {
		said[r.Record] = fmt.Sprintf("%s %s: %s: %s", item(r.Evidence), r.Hypothesis, r.Value, visible(r.Reason))
	}
	for _, s := range c.Statements {
		about := fmt.Sprintf("%.12s, version %d (%s)", s.Digest, s.Document.Version, s.Document.Act)
		said[s.Record] = about
		if s.Published > 0 {
			said[s.Published] = about
		}
		for _, v := range s.Votes {
			said[v.Record] = fmt.Sprintf("%s on %s: %s", v.Document.Vote, about, visible(v.Document.Words))
		}
		for _, r := range c.RepliesTo(s) {
			said[r.Record] = fmt.Sprintf("of %s to %s: %s", visible(r.Document.From), about, visible(r.Document.Text))
		}
	}
	for _, u := range c.Openings {
		said[u.Record] = item(u.Evidence)
	}
	return said
}
