package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/dossier"
)

// checkedCase is a case as its records have it: the hub was asked for them, and
// believed in nothing else.
type checkedCase struct {
	*attribution.Case
	Scores score.Scores // computed here
	shown  jsontext.Value
}

// inconsistentError says that what a hub shows of a case cannot all be true.
type inconsistentError struct {
	id    string
	cause error
}

func (e *inconsistentError) Error() string {
	return fmt.Sprintf("%s: what the hub shows of this case does not hold: %s\nSign nothing on it. Ask another partner what it sees; the hub is wrong, somebody stands between it and you, or this program is older than the hub.", e.id, visible(e.cause.Error()))
}

func (e *inconsistentError) Unwrap() error { return e.cause }

// checkTimes is how often a case is asked for again that grows while it is read.
const checkTimes = 5

// errGrew says that the hub had taken another act in between.
var errGrew = errors.New("it grows while it is read: try again")

// fetchCase asks the hub for a case's records and folds them here, by the rules
// by which a dossier is verified: the chain, every body, that each statement's
// basis is in the chain, the signatures. Then what the hub shows people has to be
// what the records give, and its scores those that are computed here.
func fetchCase(ctx context.Context, hub *client.Client, id string) (*checkedCase, error) {
	var records []attribution.Opened
	var err error
	for range checkTimes {
		var more struct {
			Records []attribution.Opened `json:"records"`
		}
		if err := hub.Get(ctx, fmt.Sprintf("%s/records?after=%d", casePath(id), len(records)), &more); err != nil {
			return nil, err
		}
		var shown jsontext.Value
		if err := hub.Get(ctx, casePath(id), &shown); err != nil {
			return nil, err
		}
		if errors.Is(err, errGrew) && len(more.Records) == 0 {
			return nil, &inconsistentError{id, fmt.Errorf("it shows more than the %d records that it hands out", len(records))}
		}
		records = append(records, more.Records...)
		var c *checkedCase
		if c, err = checkCase(id, records, shown); !errors.Is(err, errGrew) {
			return c, err
		}
	}
	return nil, err
}

func checkCase(id string, records []attribution.Opened, shown jsontext.Value) (*checkedCase, error) {
	c, err := attribution.Replay(records)
	if err != nil {
		return nil, &inconsistentError{id, err}
	}
	if string(c.ID) != id {
		return nil, &inconsistentError{id, fmt.Errorf("the records are of %s", c.ID)}
	}
	var hubs scoredCase
	if err := json.Unmarshal(shown, &hubs); err != nil {
		return nil, &inconsistentError{id, err}
	}
	if hubs.Records > c.Records {
		return nil, fmt.Errorf("%s: %w", id, errGrew)
	}
	checked := &checkedCase{Case: c, Scores: c.Scores(), shown: shown}
	if err := checked.compare(hubs); err != nil {
		return nil, &inconsistentError{id, err}
	}
	return checked, nil
}

// checked connects to the hub, and fetches and checks a case of it.
func (f hubFlags) checked(ctx context.Context, id string) (*client.Client, *checkedCase, error) {
	hub, err := f.client()
	if err != nil {
		return nil, nil, err
	}
	one, err := fetchCase(ctx, hub, id)
	return hub, one, err
}

// compare says where the case that the hub shows is not what the records give.
func (c *checkedCase) compare(hubs scoredCase) error {
	if hubs.Head != c.Head || hubs.Records != c.Records {
		return fmt.Errorf("it shows a case of %d records ending with %s, and hands out %d that end with %s", hubs.Records, hubs.Head, c.Records, c.Head)
	}
	shown, computed, err := canonicals(hubs.Case, *c.Case)
	if err != nil {
		return err
	}
	if !bytes.Equal(shown, computed) {
		at := 0
		for at < min(len(shown), len(computed)) && shown[at] == computed[at] {
			at++
		}
		return fmt.Errorf("it shows ...%.200s, where the records say ...%.200s", shown[max(0, at-50):], computed[max(0, at-50):])
	}
	shown, computed, err = canonicals(hubs.Scores, c.Scores)
	if err != nil {
		return err
	}
	if err := dossier.CompareScores(computed, shown); err != nil {
		return fmt.Errorf("its scores are not what the ratings give: %w", err)
	}
	return nil
}

// canonicals are two documents, each in its one form.
func canonicals(a, b any) (one, other jsontext.Value, err error) {
	for _, side := range []struct {
		in  any
		out *jsontext.Value
	}{{a, &one}, {b, &other}} {
		text, err := json.Marshal(side.in)
		if err != nil {
			return nil, nil, err
		}
		*side.out = text
		if err := side.out.Canonicalize(); err != nil {
			return nil, nil, err
		}
	}
	return one, other, nil
}

// pending lists the statements that can still be published, in order: not
// published, and next after the last published one.
func (c *checkedCase) pending() []attribution.Statement {
	previous := ""
	if current := c.Current(); current != nil {
		previous = current.Digest.String()
	}
	var list []attribution.Statement
	for _, s := range c.Statements {
		if s.Published == 0 && s.Document.Previous == previous {
			list = append(list, s)
		}
	}
	return list
}

// statement is the one that a digest names; without one the only one that is put
// to the vote.
func (c *checkedCase) statement(digest string) (attribution.Statement, error) {
	if digest != "" {
		d, err := attribution.ParseDigest(digest)
		if err != nil {
			return attribution.Statement{}, usageError{fmt.Errorf("--statement: %w", err)}
		}
		s := c.Statement(d)
		if s == nil {
			return attribution.Statement{}, fmt.Errorf("the case has no statement %s: \"tocsin case show\" lists them", digest)
		}
		return *s, nil
	}
	pending := c.pending()
	switch len(pending) {
	case 0:
		return attribution.Statement{}, errors.New("no statement waits for votes: put one with \"tocsin case statement\", or name one with --statement")
	case 1:
		return pending[0], nil
	}
	var text bytes.Buffer
	for _, s := range pending {
		fmt.Fprintf(&text, "\n  %s  %s, %s (record %d, by %s)",
			s.Digest, visible(c.Title(s.Document.Finding)), s.Document.Likelihood, s.Record, visible(c.Called(s.By)))
	}
	return attribution.Statement{}, usageError{fmt.Errorf("%d statements wait for votes: name one with --statement:%s", len(pending), &text)}
}
