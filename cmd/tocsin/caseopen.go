package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/stix"
)

type caseOpenCommand struct {
	hubFlags
	Question   string   `arg:"" help:"The question."`
	Policy     string   `required:"" help:"Who has to agree, by partners' ids, such as 'all of [ID, ID]', '2 of [ID, ID, ID]' or 'all of [ID, reviewers: 2/3 of [ID, ID, ID]]'. It can never be changed."`
	Hypothesis []string `sep:"none" placeholder:"NAME=TITLE" help:"A hypothesis, or NAME=TITLE=STIX-ID of whom it names; again for more. unknown, other and false-flag are always there."`
	Outbreak   string   `help:"The outbreak that it is about."`
	Simulated  string   `help:"What in this case is simulated; it is shown wherever the case is." placeholder:"TEXT"`
	TLP        string   `name:"tlp" help:"Marking (default amber+strict)."`
	Community  string   `help:"Whose members may see the case (default: all partners)." placeholder:"NAME"`
	JSON       bool     `name:"json" help:"Print JSON."`
}

func (c *caseOpenCommand) Run(env *environment) error {
	policy, err := attribution.ParsePolicy(c.Policy)
	if err != nil {
		return usageError{err}
	}
	in := struct {
		attribution.Opening
		TLP       string `json:"tlp,omitempty"`
		Community string `json:"community,omitempty"`
	}{attribution.Opening{Question: c.Question, Policy: policy, Outbreak: c.Outbreak, Simulated: c.Simulated}, c.TLP, c.Community}
	if len(c.Hypothesis) == 0 {
		return usageError{errors.New("name at least one --hypothesis NAME=TITLE: unknown, other and false-flag alone are no case")}
	}
	for _, text := range c.Hypothesis {
		h, err := parseHypothesis(text)
		if err != nil {
			return usageError{err}
		}
		in.Hypotheses = append(in.Hypotheses, h)
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	return changeCase(env, hub, "/cases", in, c.JSON, func(one scoredCase) error {
		_, err := fmt.Fprintln(env.Stdout, visible(string(one.ID)))
		return err
	})
}

// parseHypothesis reads "NAME=TITLE" or "NAME=TITLE=STIX-ID".
func parseHypothesis(text string) (attribution.Hypothesis, error) {
	name, title, ok := strings.Cut(text, "=")
	if !ok {
		return attribution.Hypothesis{}, fmt.Errorf("hypothesis %q: use NAME=TITLE, such as lazarus='The Lazarus group'", text)
	}
	h := attribution.Hypothesis{ID: attribution.HypothesisID(name), Title: title}
	if at := strings.LastIndexByte(title, '='); at >= 0 && stix.TypeOfID(title[at+1:]) != "" {
		h.Title, h.Ref = title[:at], title[at+1:]
	}
	return h, h.Validate()
}

type caseHypothesisCommand struct {
	hubFlags
	ID         string `arg:"" name:"case" help:"The case."`
	Hypothesis string `arg:"" help:"NAME=TITLE, or NAME=TITLE=STIX-ID of whom it names."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

func (c *caseHypothesisCommand) Run(env *environment) error {
	h, err := parseHypothesis(c.Hypothesis)
	if err != nil {
		return usageError{err}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := attribution.Proposal{Case: attribution.CaseID(c.ID), Hypothesis: h}
	return changeCase(env, hub, "/cases/hypotheses", in, c.JSON, func(one scoredCase) error { return printScores(env, one) })
}
