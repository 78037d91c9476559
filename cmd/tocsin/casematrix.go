package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// printMatrix writes hypotheses and evidence with their scores, where partners
// disagree, and the rounds.
func printMatrix(env *environment, c *checkedCase) error {
	fmt.Fprintln(env.Stdout, "\nHypotheses, the least inconsistent with the evidence first")
	if err := printRanking(env, c.Case, c.Scores); err != nil {
		return err
	}
	if err := printItems(env, c); err != nil {
		return err
	}
	w := env.Stdout
	fmt.Fprintln(w)
	for _, d := range c.Scores.Disagreements {
		if d.Band != score.Consensus {
			fmt.Fprintf(w, "  Partners disagree about %s and %s: %s (%d ratings, standard deviation %.2f).\n",
				numbered(c.Case, d.Evidence), visible(title(c.Case, d.Hypothesis)), d.Band, d.Raters, d.Stdev)
		}
	}
	for _, f := range c.Scores.Flips {
		without := make([]string, len(f.Without))
		for i, id := range f.Without {
			without[i] = numbered(c.Case, id)
		}
		fmt.Fprintf(w, "  Without %s, %s would be level with a leader or ahead of it.\n", strings.Join(without, ", "), visible(title(c.Case, f.Against)))
	}
	printRounds(w, c)
	return nil
}

// printRanking writes the hypotheses in the order of their scores, and those that
// have none.
func printRanking(env *environment, c *attribution.Case, s score.Scores) error {
	t := env.table()
	for _, r := range s.Ranking {
		fmt.Fprintf(t, "  %s\t%s\tweighted inconsistency %.3f", visible(r.Hypothesis), visible(title(c, r.Hypothesis)), r.Inconsistency+0) // no minus nought
		if p, ok := belief(s.Posterior, r.Hypothesis); ok {
			fmt.Fprintf(t, "\tBayes %.1f %%", 100*p)
		}
		if s.Vectors != nil {
			p, _ := belief(s.Vectors.Mean, r.Hypothesis)
			fmt.Fprintf(t, "\tpartners' mean %.1f %%", 100*p)
		}
		if slices.Contains(s.Leaders, r.Hypothesis) {
			fmt.Fprint(t, "\tleads")
		}
		fmt.Fprintln(t)
	}
	for _, h := range s.Unranked {
		fmt.Fprintf(t, "  %s\t%s\tunranked: not rated against every item that counts\n", visible(h), visible(title(c, h)))
	}
	return t.Flush()
}

func belief(of []score.Belief, hypothesis string) (float64, bool) {
	for _, b := range of {
		if b.Hypothesis == hypothesis {
			return float64(b.Probability), true
		}
	}
	return 0, false
}

func title(c *attribution.Case, hypothesis string) string {
	return c.Title(attribution.HypothesisID(hypothesis))
}

// numbered is an item as the page of a dossier calls it: E1 is the first one filed.
func numbered(c *attribution.Case, id string) string {
	for i, e := range c.Evidence {
		if string(e.ID) == id {
			return fmt.Sprintf("E%d", i+1)
		}
	}
	return id
}

func printItems(env *environment, c *checkedCase) error {
	if len(c.Evidence) == 0 {
		return nil
	}
	fmt.Fprintln(env.Stdout, "\nEvidence")
	t := env.table()
	for i, row := range c.Scores.Rows {
		e := c.Evidence[i]
		fmt.Fprintf(t, "  E%d\t%s\t%s\t%s\tweight %.2f\t%s\t%s\n", i+1, e.ID, visible(e.Title), itemWords(e), row.Weight, rowWords(row), visible(c.Called(e.By)))
	}
	return t.Flush()
}

// rowWords is what an item does to the scores.
func rowWords(row score.RowScore) string {
	switch {
	case row.Status == string(attribution.ItemUpdated) || row.Status == string(attribution.ItemWithdrawn):
		return "does not count: " + row.Status
	case !row.Counts:
		return fmt.Sprintf("does not count yet: not rated against %s", strings.Join(row.Missing, ", "))
	case row.NonDiagnostic:
		return "NOT DIAGNOSTIC: it fits all alike"
	case row.Decisive:
		return fmt.Sprintf("DECISIVE: without it others lead (diagnosticity %.2f)", row.Diagnosticity)
	}
	return fmt.Sprintf("diagnosticity %.2f", row.Diagnosticity)
}

func printRounds(w io.Writer, c *checkedCase) {
	for _, r := range c.Rounds {
		state := "open"
		if r.Closed > 0 {
			state = "closed"
		}
		fmt.Fprintf(w, "  Round %d of probabilities: %s; committed: %s; shown: %d\n", r.Number, state, names(c, committed(r)), len(r.Revealed))
	}
}

// printScores is what a person sees after evidence was rated or a hypothesis added.
func printScores(env *environment, one scoredCase) error {
	if err := printRanking(env, &one.Case, one.Scores); err != nil {
		return err
	}
	for _, row := range one.Scores.Rows {
		if !row.Counts {
			fmt.Fprintf(env.Stdout, "  %s  %s\n", visible(row.Evidence), visible(rowWords(row)))
		}
	}
	return nil
}
