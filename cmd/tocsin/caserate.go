package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

type caseRateCommand struct {
	hubFlags
	ID         string  `arg:"" name:"case" help:"The case."`
	Evidence   string  `help:"The item."`
	Hypothesis string  `help:"The hypothesis."`
	Value      string  `help:"CC (very consistent), C, N (neutral), I or II (very inconsistent)."`
	Reason     string  `help:"Why."`
	Likelihood float64 `help:"How probable it would be to see the item if the hypothesis held, above 0 and at most 1." placeholder:"P"`
	File       string  `help:"Many ratings, all or none of them taken: CSV with a first line of evidence,hypothesis,value,reason and perhaps likelihood, or a JSON list of such; \"-\" is standard input." placeholder:"FILE"`
	JSON       bool    `name:"json" help:"Print the case as JSON."`
}

// maxRatings is more than a file of as many ratings as the hub takes at once has.
const maxRatings = 16 << 20

func (c *caseRateCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	ratings, err := c.ratings(env)
	if err != nil {
		return err
	}
	for i := range ratings {
		ratings[i].Case = attribution.CaseID(c.ID)
		if err := ratings[i].Validate(); err != nil {
			return fmt.Errorf("rating %d: %w", i+1, err)
		}
	}
	in := map[string][]attribution.Rating{"ratings": ratings}
	return changeCase(env, hub, "/cases/ratings", in, c.JSON, func(one scoredCase) error { return printScores(env, one) })
}

func (c *caseRateCommand) ratings(env *environment) ([]attribution.Rating, error) {
	single := c.Evidence != "" || c.Hypothesis != "" || c.Value != "" || c.Reason != "" || c.Likelihood != 0
	switch {
	case c.File == "" && (c.Evidence == "" || c.Hypothesis == "" || c.Value == "" || c.Reason == ""):
		return nil, usageError{errors.New("say --evidence, --hypothesis, --value and --reason, or --file")}
	case c.File != "" && single:
		return nil, usageError{errors.New("--file has all that the other flags could say")}
	case c.File == "":
		return []attribution.Rating{{
			Evidence: attribution.EvidenceID(c.Evidence), Hypothesis: attribution.HypothesisID(c.Hypothesis),
			Value: attribution.Value(c.Value), Reason: c.Reason, Likelihood: c.Likelihood,
		}}, nil
	}
	text, err := readAtMost(env, c.File, maxRatings)
	if err == nil && len(text) > maxRatings {
		err = errors.New("it is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("read ratings: %w", err)
	}
	ratings, err := parseRatings(text)
	if err != nil {
		return nil, fmt.Errorf("read ratings: %s: %w", c.File, err)
	}
	return ratings, nil
}

// parseRatings reads CSV, or a JSON list if it begins like one.
func parseRatings(text []byte) (ratings []attribution.Rating, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		err = json.Unmarshal(text, &ratings, json.RejectUnknownMembers(true))
	} else {
		ratings, err = ratingsOfCSV(text)
	}
	if err == nil && len(ratings) == 0 {
		err = errors.New("there is no rating in it")
	}
	return ratings, err
}

func ratingsOfCSV(text []byte) ([]attribution.Rating, error) {
	lines := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	head, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("read the first line: %w", err)
	}
	at := make(map[string]int)
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, again := at[name]; again || !slices.Contains([]string{"evidence", "hypothesis", "value", "reason", "likelihood"}, name) {
			return nil, fmt.Errorf("line 1: column %q: use evidence, hypothesis, value, reason and likelihood, each once", head[i])
		}
		at[name] = i
	}
	_, graded := at["likelihood"]
	if needed := len(at); !graded && needed < 4 || graded && needed < 5 {
		return nil, errors.New("line 1: the columns evidence, hypothesis, value and reason are all needed")
	}
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	ratings := make([]attribution.Rating, len(rows))
	for i, row := range rows {
		cell := func(name string) string { return strings.TrimSpace(row[at[name]]) }
		ratings[i] = attribution.Rating{
			Evidence: attribution.EvidenceID(cell("evidence")), Hypothesis: attribution.HypothesisID(cell("hypothesis")),
			Value: attribution.Value(cell("value")), Reason: cell("reason"),
		}
		if graded && cell("likelihood") != "" {
			if ratings[i].Likelihood, err = strconv.ParseFloat(cell("likelihood"), 64); err != nil {
				return nil, fmt.Errorf("rating %d: likelihood %q is no number", i+1, cell("likelihood"))
			}
		}
	}
	return ratings, nil
}
