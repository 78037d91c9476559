package main

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

type caseVoteCommand struct {
	hubFlags
	ID         string `arg:"" name:"case" help:"The case."`
	Vote       string `arg:"" enum:"endorse,dissent,abstain" help:"endorse, dissent or abstain."`
	Words      string `required:"" help:"Why, in your own words. They become public with the case." placeholder:"TEXT"`
	Confidence string `required:"" enum:"low,moderate,high" help:"Your own confidence: low, moderate or high."`
	Key        string `required:"" help:"The secret key's file. It signs here and does not leave this machine." placeholder:"FILE"`
	Statement  string `help:"The statement's digest; may be left out while only one waits for votes." placeholder:"DIGEST"`
	Occurred   string `help:"When your partner said so, if that is not now." placeholder:"WHEN"`
	Yes        bool   `help:"Do not ask before it is signed."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

func (c *caseVoteCommand) Run(env *environment) error {
	signer, err := signature.ReadSigner(c.Key)
	if err != nil {
		return err
	}
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	me, err := myself(env.Context, hub)
	if err != nil {
		return err
	}
	s, err := one.statement(c.Statement)
	if err != nil {
		return err
	}
	// The digest is made anew of what people are shown.
	digest, err := s.Document.Digest()
	if err != nil {
		return err
	}
	ballot := attribution.Ballot{
		Case: one.ID, Statement: digest.String(), Partner: me.ID, Vote: attribution.Choice(c.Vote), Words: c.Words,
		Confidence: attribution.Confidence(c.Confidence), Occurred: c.Occurred,
	}
	if err := ballot.Validate(); err != nil {
		return err
	}
	printBallot(env, one, s, ballot, me.Name, signer.Public())
	if err := sure(env, c.Yes, "Sign it?"); err != nil {
		return err
	}
	message, err := ballot.Message()
	if err != nil {
		return err
	}
	in := attribution.Vote{Case: one.ID, Document: ballot, Key: signer.Public().String(), Signature: signer.Sign(message)}
	if err := actInCase(env, hub, "/cases/votes", in, c.JSON); err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Keep what shows, whatever the hub says later, that it took this vote: tocsin case prove %s --record N > FILE\n", one.ID)
	return nil
}

// printBallot shows what is about to be signed, and what it rests on, on standard
// error: standard output is for what came of it.
func printBallot(env *environment, c *checkedCase, s attribution.Statement, b attribution.Ballot, name string, key signature.Public) {
	w := env.Stderr
	if c.Simulated != "" {
		fmt.Fprintf(w, "SIMULATED:     %s\n", visible(c.Simulated))
	}
	fmt.Fprintf(w, "Question:      %s\n", visible(c.Question))
	fmt.Fprintf(w, "Decision rule: %s\n", named(c, c.Policy.String()))
	fmt.Fprintf(w, "Statement, version %d (%s)\n", s.Document.Version, s.Document.Act)
	printDocument(w, c, s)
	fmt.Fprintf(w, "Checked here:  %d records are one chain, and hold the statement's basis; the scores are what the ratings give\n", c.Records)
	if leaders := c.Scores.Leaders; len(leaders) > 0 && !slices.Contains(leaders, string(s.Document.Finding)) {
		fmt.Fprintf(w, "NOTE:          by the ratings %v has the least against it, not %s\n", leaders, s.Document.Finding)
	}
	if since := sinceBasis(c, s); since > 0 {
		fmt.Fprintf(w, "NOTE:          since its basis there are %d records more of evidence, marks or ratings: \"tocsin case show %s --records\"\n", since, c.ID)
	}
	if s.Published > 0 {
		fmt.Fprintf(w, "NOTE:          it is published (record %d); your vote becomes public at once\n", s.Published)
	}
	for _, v := range s.Standing() {
		if v.By == b.Partner {
			fmt.Fprintf(w, "NOTE:          this takes the place of your partner's vote of record %d: %s\n", v.Record, v.Document.Vote)
		}
	}
	if !slices.Contains(c.Policy.Partners(), b.Partner) {
		fmt.Fprintln(w, "NOTE:          your partner is not in the decision rule: the vote is kept and published, and does not decide")
	}
	fmt.Fprintf(w, "Your vote:     %s (%s) %s, with %s confidence: %s\n", visible(name), b.Partner, b.Vote.Verb(), b.Confidence, visible(b.Words))
	fmt.Fprintf(w, "Signed with:   %s\n", key.Fingerprint())
}

// sinceBasis counts what was filed, marked and rated after the basis.
func sinceBasis(c *checkedCase, s attribution.Statement) (n int) {
	for _, step := range c.History[s.Document.Basis.N:] {
		switch step.Kind {
		case attribution.KindEvidence, attribution.KindMark, attribution.KindRating, attribution.KindHypothesis, attribution.KindUnsealed:
			n++
		}
	}
	return n
}

type casePublishCommand struct {
	hubFlags
	ID        string `arg:"" name:"case" help:"The case."`
	Statement string `help:"The statement's digest; may be left out while only one waits." placeholder:"DIGEST"`
	Yes       bool   `help:"Do not ask."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

func (c *casePublishCommand) Run(env *environment) error {
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	s, err := one.statement(c.Statement)
	if err != nil {
		return err
	}
	printStatement(env.Stderr, one, s)
	if !one.Carried(s) {
		return fmt.Errorf("statement %s: the votes do not satisfy the decision rule yet: %s", s.Digest, s.Tally())
	}
	fmt.Fprintf(env.Stderr, "All %d records of the case become public with it, for good: who said what when, and every rating.\n", one.Records)
	if err := sure(env, c.Yes, "Publish it?"); err != nil {
		return err
	}
	in := attribution.Publication{Case: one.ID, Statement: s.Digest.String()}
	if err := actInCase(env, hub, "/cases/publications", in, c.JSON); err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Published. The dossier: tocsin case dossier %s --out FILE\n", c.ID)
	return nil
}
