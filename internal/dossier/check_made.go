package dossier

import (
	"bytes"
	"fmt"
	"math"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/canonical"
	"github.com/tocsin-project/tocsin/internal/dossier/bundle"
	"github.com/tocsin-project/tocsin/internal/dossier/page"
)

// tolerance is how far two verifiers' arithmetic may be apart, in millionths,
// which is what numbers of scores are counted in.
const tolerance = 2

// checkScores computes the scores anew.
func (v *verifier) checkScores() (string, error) {
	text, err := v.file(fileScores)
	if err != nil {
		return "", err
	}
	if v.theCase == nil {
		return "", notMade("records")
	}
	computed := v.theCase.Scores()
	v.scores = &computed
	own, err := canonical.JSON(computed)
	if err != nil {
		return "", fmt.Errorf("compute scores: %w", err)
	}
	var stated score.Scores
	if err := readCanonical(text, &stated); err != nil {
		return "", fmt.Errorf("%s: %w", fileScores, err)
	}
	if !bytes.Equal(own, text) {
		if err := CompareScores(own, text); err != nil {
			return "", fmt.Errorf("%s: %w", fileScores, err)
		}
		v.scores = &stated // page and bundle show the numbers as they are written
	}
	return fmt.Sprintf("computed anew: %s over %s of evidence", count(len(stated.Hypotheses), "hypothesis"), count(len(stated.Rows), "item")), nil
}

// CompareScores says where stated scores are not those that were computed from
// the records, both as JSON. Numbers may be apart as far as two verifiers'
// arithmetic may be (docs/dossier.md, "scores.json").
func CompareScores(computed, stated []byte) error {
	var a, b any
	if err := json.Unmarshal(computed, &a); err != nil {
		return err
	}
	if err := json.Unmarshal(stated, &b); err != nil {
		return err
	}
	return compareValues("", a, b)
}

// compareValues compares JSON exactly but for numbers of scores, which are the
// only strings with a point in them.
func compareValues(at string, computed, stated any) error {
	switch c := computed.(type) {
	case map[string]any:
		s, ok := stated.(map[string]any)
		if !ok || len(s) != len(c) {
			break
		}
		for name, value := range c {
			other, there := s[name]
			if !there {
				return fmt.Errorf("%s: it has no %q", at, name)
			}
			if err := compareValues(at+"/"+name, value, other); err != nil {
				return err
			}
		}
		return nil
	case []any:
		s, ok := stated.([]any)
		if !ok || len(s) != len(c) {
			break
		}
		for i, value := range c {
			if err := compareValues(fmt.Sprintf("%s/%d", at, i), value, s[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if s, ok := stated.(string); ok && (s == c || areClose(c, s)) {
			return nil
		}
	default:
		if computed == stated {
			return nil
		}
	}
	return fmt.Errorf("%s: it says %.200s, the records give %.200s", at, text(stated), text(computed))
}

func areClose(a, b string) bool {
	var x, y score.Number
	return x.UnmarshalText([]byte(a)) == nil && y.UnmarshalText([]byte(b)) == nil && math.Abs(math.Round(float64(x-y)*1e6)) <= tolerance
}

func text(value any) []byte {
	b, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

// checkPage renders the page anew.
func (v *verifier) checkPage() (string, error) {
	return v.checkMade(filePage, func(m made) ([]byte, error) { return page.Render(page.Input(m)), nil })
}

// checkBundle makes the STIX bundle anew.
func (v *verifier) checkBundle() (string, error) {
	return v.checkMade(fileBundle, func(m made) ([]byte, error) { return bundle.Render(bundle.Input(m)) })
}

func (v *verifier) checkMade(name string, render func(made) ([]byte, error)) (string, error) {
	text, err := v.file(name)
	if err != nil {
		return "", err
	}
	switch {
	case v.theCase == nil:
		return "", notMade("records")
	case v.places == nil:
		return "", notMade("inclusion")
	case v.checkpoint == nil:
		return "", notMade("checkpoint")
	}
	want, err := render(made{v.theCase, v.recordIndexes(), *v.scores, v.checkpoint.Checkpoint.Origin})
	if err != nil {
		return "", fmt.Errorf("make %s anew: %w", name, err)
	}
	if !bytes.Equal(want, text) {
		return "", fmt.Errorf("%s: %s: it is not what the records, their places in the log and the scores give", name, whereDiffers(want, text))
	}
	return fmt.Sprintf("made anew from the records, the same %s", count(len(text), "byte")), nil
}
