package main

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

type caseStatementCommand struct {
	hubFlags
	ID          string   `arg:"" name:"case" help:"The case."`
	File        string   `help:"The statement's document as JSON (docs/dossier.md); \"-\" is standard input. What the case knows (case, question, policy, version, previous, basis) may be left out." placeholder:"F.json"`
	Finding     string   `help:"The hypothesis." placeholder:"NAME"`
	Text        string   `help:"The statement in words; of a withdrawal, why."`
	Likelihood  string   `help:"almost-no-chance, very-unlikely, unlikely, even-chance, likely, very-likely or almost-certain (ICD 203)." placeholder:"WORD"`
	Confidence  string   `help:"In the grounds for it: low, moderate or high." placeholder:"WORD"`
	Cite        []string `sep:"none" help:"An item of evidence that it rests on; again for more." placeholder:"EVIDENCE"`
	Gap         []string `sep:"none" help:"What is not known; again for more." placeholder:"TEXT"`
	WouldChange []string `sep:"none" help:"What would change the partners' mind; again for more." placeholder:"TEXT"`
	Occurred    string   `help:"When it was said, if that is not now." placeholder:"WHEN"`
	Update      bool     `help:"It takes the place of the published one." xor:"act"`
	Withdraw    bool     `help:"It takes the published one back, whose finding and grounds it repeats: only --text is needed." xor:"act"`
	JSON        bool     `name:"json" help:"Print JSON."`
}

func (c *caseStatementCommand) Run(env *environment) error {
	d, err := c.document(env)
	if err != nil {
		return err
	}
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	if err := complete(one, &d); err != nil {
		return err
	}
	digest, err := d.Digest()
	if err != nil {
		return err
	}
	var answer struct {
		acted
		Digest   string               `json:"digest"`
		Document attribution.Document `json:"document"`
	}
	in := struct {
		Case     attribution.CaseID   `json:"case"`
		Document attribution.Document `json:"document"`
	}{one.ID, d}
	if err := hub.Post(env.Context, "/cases/statements", in, &answer); err != nil {
		return err
	}
	if answer.Digest != digest.String() {
		return &inconsistentError{c.ID, fmt.Errorf("the statement that was sent has the digest %s, the hub put %s to the vote", digest, answer.Digest)}
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	fmt.Fprintf(env.Stderr, "Put to the vote: %s. Partners vote with: tocsin case vote %s endorse|dissent|abstain --statement %s ...\n", answer.acted, c.ID, digest)
	_, err = fmt.Fprintln(env.Stdout, digest)
	return err
}

// document is what the file or the flags say.
func (c *caseStatementCommand) document(env *environment) (d attribution.Document, err error) {
	if c.File == "" {
		d = attribution.Document{
			Finding: attribution.HypothesisID(c.Finding), Text: c.Text, Likelihood: attribution.Likelihood(c.Likelihood),
			Confidence: attribution.Confidence(c.Confidence), Gaps: c.Gap, WouldChange: c.WouldChange, Occurred: c.Occurred,
		}
		for _, id := range c.Cite {
			d.Cites = append(d.Cites, attribution.EvidenceID(id))
		}
		switch {
		case c.Update:
			d.Act = attribution.Update
		case c.Withdraw:
			d.Act = attribution.Withdrawal
		}
		return d, nil
	}
	flags := caseStatementCommand{hubFlags: c.hubFlags, ID: c.ID, File: c.File, JSON: c.JSON}
	if !reflect.DeepEqual(*c, flags) {
		return d, usageError{errors.New("--file has all that the other flags could say")}
	}
	text, err := readAtMost(env, c.File, maxSmall)
	if err == nil && len(text) > maxSmall {
		err = errors.New("it is too long")
	}
	if err == nil {
		err = json.Unmarshal(text, &d, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return d, fmt.Errorf("read statement %s: %w", c.File, err)
	}
	return d, nil
}

// complete fills in what the case knows better: so its digest is known here, and
// its basis is what was checked here.
func complete(c *checkedCase, d *attribution.Document) error {
	current := c.Current()
	d.Case, d.Question, d.Policy = cmp.Or(d.Case, c.ID), cmp.Or(d.Question, c.Question), cmp.Or(d.Policy, c.Policy.String())
	if d.Basis == (attribution.Basis{}) {
		d.Basis = attribution.Basis{N: c.Records, Commitment: c.Head.String()}
	}
	if current == nil {
		if d.Act == attribution.Update || d.Act == attribution.Withdrawal {
			return usageError{fmt.Errorf("%s: nothing is published yet, so there is nothing for this %s to follow", c.ID, d.Act)}
		}
		d.Act, d.Version = cmp.Or(d.Act, attribution.Finding), cmp.Or(d.Version, 1)
	} else {
		last := current.Document
		if d.Act == "" || d.Act == attribution.Finding {
			return usageError{fmt.Errorf("%s: version %d is published: say whether this is an --update or takes it back (--withdraw)", c.ID, last.Version)}
		}
		d.Version, d.Previous = cmp.Or(d.Version, last.Version+1), cmp.Or(d.Previous, current.Digest.String())
		if d.Act == attribution.Withdrawal {
			d.Finding, d.Likelihood, d.Confidence = cmp.Or(d.Finding, last.Finding), cmp.Or(d.Likelihood, last.Likelihood), cmp.Or(d.Confidence, last.Confidence)
			if d.Cites == nil {
				d.Cites = last.Cites
			}
		}
	}
	if d.Gaps == nil {
		d.Gaps = []string{}
	}
	if d.WouldChange == nil {
		d.WouldChange = []string{}
	}
	if d.Cites == nil {
		d.Cites = []attribution.EvidenceID{}
	}
	return nil
}
