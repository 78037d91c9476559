package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

type caseCommand struct {
	List     caseListCommand     `cmd:"" help:"The cases that you may see."`
	Show     caseShowCommand     `cmd:"" help:"One case with its scores."`
	Open     caseOpenCommand     `cmd:"" help:"Open a case (coordinator)."`
	Evidence caseEvidenceCommand `cmd:"" help:"File an item of evidence."`
	Rate     caseRateCommand     `cmd:"" help:"Rate an item against a hypothesis (analyst)."`
}

type scoredCase struct {
	attribution.Case
	Scores attribution.Scores `json:"scores"`
}

type caseListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *caseListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var answer struct {
		Cases []attribution.Case `json:"cases"`
	}
	if err := hub.Get(env.Context, "/cases", &answer); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	t := env.table()
	for _, one := range answer.Cases {
		fmt.Fprintf(t, "%s\t%d items\t%d ratings\t%s\n", one.ID, len(one.Evidence), len(one.Ratings), one.Question)
	}
	return t.Flush()
}

type caseShowCommand struct {
	hubFlags
	ID   string `arg:"" help:"The case."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *caseShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var one scoredCase
	if err := hub.Get(env.Context, "/cases/"+url.PathEscape(c.ID), &one); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(one)
	}
	return printCase(env, one)
}

func printCase(env *environment, one scoredCase) error {
	fmt.Fprintf(env.Stdout, "%s\n%s\n", one.ID, one.Question)
	t := env.table()
	for _, s := range one.Scores.Ranking {
		fmt.Fprintf(t, "%s\tweighted inconsistency %.3f\n", s.Hypothesis, s.Inconsistency)
	}
	for _, h := range one.Scores.Unranked {
		fmt.Fprintf(t, "%s\tunranked: not rated against every item\n", h)
	}
	for _, row := range one.Scores.Rows {
		if len(row.Missing) > 0 {
			fmt.Fprintf(t, "%s\tdoes not count yet: not rated against %v\n", row.Evidence, row.Missing)
		}
	}
	return t.Flush()
}

type caseOpenCommand struct {
	hubFlags
	Question   string            `arg:"" help:"The question."`
	Policy     string            `required:"" help:"Who has to agree, such as 'all of [ID, ID]' or '2 of [ID, ID, ID]'."`
	Hypothesis map[string]string `help:"NAME=TITLE of a hypothesis; unknown, other and false-flag are always there."`
	TLP        string            `name:"tlp" help:"Marking (default amber+strict)."`
	JSON       bool              `name:"json" help:"Print JSON."`
}

func (c *caseOpenCommand) Run(env *environment) error {
	policy, err := attribution.ParsePolicy(c.Policy)
	if err != nil {
		return usageError{err}
	}
	in := struct {
		attribution.Opening
		TLP string `json:"tlp,omitempty"`
	}{attribution.Opening{Question: c.Question, Policy: policy}, c.TLP}
	for _, id := range slices.Sorted(maps.Keys(c.Hypothesis)) {
		in.Hypotheses = append(in.Hypotheses, attribution.Hypothesis{ID: attribution.HypothesisID(id), Title: c.Hypothesis[id]})
	}
	return changeCase(env, c.hubFlags, "/cases", in, c.JSON)
}

type caseEvidenceCommand struct {
	hubFlags
	ID           string   `arg:"" help:"The case."`
	Title        string   `required:"" help:"What it is."`
	Kind         string   `required:"" help:"technical, infrastructure, linguistic, temporal, behavioural or intelligence."`
	Source       string   `help:"A URL or a citation; this or --digest is needed."`
	Digest       string   `help:"sha256: and 64 hexadecimal digits."`
	Reliability  string   `required:"" help:"Admiralty reliability, A to F."`
	Credibility  int      `required:"" help:"Admiralty credibility, 1 to 6."`
	Relevance    string   `required:"" help:"L, M or H."`
	Forgeability string   `required:"" help:"How easily it could have been planted: L, M or H."`
	Link         []string `help:"STIX ids of what it is about."`
	JSON         bool     `name:"json" help:"Print JSON."`
}

func (c *caseEvidenceCommand) Run(env *environment) error {
	return changeCase(env, c.hubFlags, "/cases/evidence", attribution.Evidence{
		Case: attribution.CaseID(c.ID), Title: c.Title, Kind: attribution.EvidenceKind(c.Kind), Source: c.Source, Digest: c.Digest,
		Reliability: attribution.Reliability(c.Reliability), Credibility: attribution.Credibility(c.Credibility),
		Relevance: attribution.Grade(c.Relevance), Forgeability: attribution.Grade(c.Forgeability), Links: c.Link,
	}, c.JSON)
}

type caseRateCommand struct {
	hubFlags
	ID         string `arg:"" help:"The case."`
	Evidence   string `required:"" help:"The item of evidence."`
	Hypothesis string `required:"" help:"The hypothesis."`
	Value      string `required:"" help:"CC, C, N, I or II."`
	Reason     string `required:"" help:"Why."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

func (c *caseRateCommand) Run(env *environment) error {
	return changeCase(env, c.hubFlags, "/cases/ratings", map[string][]attribution.Rating{"ratings": {{
		Case: attribution.CaseID(c.ID), Evidence: attribution.EvidenceID(c.Evidence), Hypothesis: attribution.HypothesisID(c.Hypothesis),
		Value: attribution.Value(c.Value), Reason: c.Reason,
	}}}, c.JSON)
}

func changeCase(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var one scoredCase
	if err := hub.Post(env.Context, path, in, &one); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(one)
	}
	return printCase(env, one)
}
