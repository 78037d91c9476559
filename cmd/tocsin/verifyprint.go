package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
)

const verifiedTime = "2 January 2006 15:04:05 UTC"

// meanings says in plain words what a verdict means.
var meanings = map[dossier.Verdict]string{
	dossier.Verified:       "VERIFIED: the votes were signed by keys that you trust; everything else stood in the public log as it is here, at times that witnesses saw, and has not been changed since. Whether it is true is for you to judge.",
	dossier.SelfConsistent: "SELF-CONSISTENT, NOT VERIFIED: the dossier agrees with itself, by keys that it brings along. Anybody could have made it.",
	dossier.Rejected:       "REJECTED: do not rely on this dossier. What failed is marked below.",
}

// unwitnessed is what Verified means to who trusts no witness.
const unwitnessed = "VERIFIED: the votes were signed by keys that you trust; everything else stood in the log that the hub shows, for which nobody else vouches. Whether it is true is for you to judge."

// printReport writes a report for people: what the verdict means, what the
// dossier says, and then check by check.
func printReport(env *environment, r dossier.Report) error {
	meaning := meanings[r.Verdict]
	if r.Verdict == dossier.Verified && r.Summary.Seen.IsZero() {
		meaning = unwitnessed
	}
	fmt.Fprintf(env.Stdout, "%s\n\n", meaning)
	if r.Verdict != dossier.Rejected {
		printSummary(env.Stdout, r.Summary)
	}
	t := env.table()
	for _, c := range r.Checks {
		state := "ok"
		if !c.OK {
			state = "FAILED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.Name, state, visible(c.Detail))
	}
	return t.Flush()
}

func printSummary(w io.Writer, s dossier.Summary) {
	if s.Simulated != "" {
		fmt.Fprintf(w, "SIMULATED: %s\n\n", visible(s.Simulated))
	}
	fmt.Fprintf(w, "Question:     %s\n", visible(s.Question))
	endorsed := "Endorsed by"
	if s.Act == attribution.Withdrawal {
		// What is taken back must not read as held.
		endorsed = "Withdrawn by"
		fmt.Fprintf(w, "WITHDRAWN:    %s\n", visible(s.Text))
		fmt.Fprintf(w, "It had said:  %s (%s; %s confidence)\n", visible(s.Finding), s.Likelihood.Words(), s.Confidence)
	} else {
		fmt.Fprintf(w, "Finding:      %s\n              %s\n", visible(s.Finding), visible(s.Text))
		fmt.Fprintf(w, "Likelihood:   %s\n", s.Likelihood.Words())
		fmt.Fprintf(w, "Confidence:   %s\n", s.Confidence)
	}
	fmt.Fprintf(w, "Published:    %s by the hub's clock, version %d (%s)\n", s.Published.Format(verifiedTime), s.Version, s.Act)
	if s.Seen.IsZero() {
		fmt.Fprintln(w, "WARNING:      no quorum of witnesses is asked for (\"quorum none\"): nobody but the hub vouches for the log, and for any time here.")
	} else {
		fmt.Fprintf(w, "              witnesses had seen it in the log by %s\n", s.Seen.Format(verifiedTime))
	}
	fmt.Fprintf(w, "Rule:         %s\n", visible(s.Rule))
	for _, label := range s.Labels {
		fmt.Fprintf(w, "NOTE:         %s\n", attribution.LabelWords(label))
	}
	printVoices(w, endorsed, s.Endorsed)
	printVoices(w, "Dissent of", s.Dissented)
	printVoices(w, "Abstained", s.Abstained)
	if len(s.Silent) > 0 {
		fmt.Fprintf(w, "Did not vote: %s\n", visible(strings.Join(s.Silent, ", ")))
	}
	for _, v := range s.Earlier {
		fmt.Fprintf(w, "Before that:  version %d (%s), published %s: %s\n", v.Version, v.Act, v.Published.Format("2 January 2006"), v.Tally)
		for _, voice := range v.Dissented {
			fmt.Fprintf(w, "              dissent of %s, with %s confidence: %s\n", voiceName(voice), voice.Confidence, visible(voice.Words))
		}
	}
	if len(s.Replies) == 0 {
		fmt.Fprintln(w, "Replies:      nobody has replied")
	}
	for _, r := range s.Replies {
		how := "not signed, source: " + r.Source
		if r.Signed {
			how = "signed"
		}
		fmt.Fprintf(w, "Reply:        %s, %s to version %d (%s):\n              %s\n", visible(r.From), r.Relation, r.Version, visible(how), visible(r.Text))
	}
	fmt.Fprintln(w)
}

func printVoices(w io.Writer, what string, voices []dossier.Voice) {
	for _, v := range voices {
		fmt.Fprintf(w, "%-13s %s, with %s confidence: %s\n", what+":", voiceName(v), v.Confidence, visible(v.Words))
	}
}

// voiceName is who a vote is said to be of.
func voiceName(v dossier.Voice) string {
	if v.Unknown {
		return visible(v.Name) + " (key not known to you)"
	}
	return visible(v.Name)
}

// visible is text from outside for a terminal: what it could be steered with, or
// what cannot be seen, is shown as its number.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}
