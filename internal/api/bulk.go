package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	bulkPath = "/protections/bulk"
	maxBulk  = 16 << 20 // bytes of one call
	// bulkPatience is with one call's body: that many bytes over 2 Mbit/s.
	bulkPatience = 70 * time.Second
	// maxKept is how many refusals of one call go on the ledger.
	maxKept = 1000
)

func (a *API) bulk() {
	operation(a, huma.Operation{
		OperationID: "ask-protections", Method: http.MethodPost, Path: bulkPath, MaxBodyBytes: maxBulk, BodyReadTimeout: bulkPatience, DefaultStatus: http.StatusCreated,
		Summary: "Ask for protections of many values at once: those that no guard refuses are in force together, the others are told one by one",
	},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newProtections]) (*body[bulkAnswer], error) {
			drafts, answer, err := a.askAll(who, in.Body)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, drafts...); err != nil {
				return nil, err
			}
			return &body[bulkAnswer]{answer}, nil
		})
}

type newProtections struct {
	Values   []string         `json:"values" minItems:"1" maxItems:"100000" doc:"domains, addresses, prefixes, URLs, hashes"`
	Polarity protect.Polarity `json:"polarity" enum:"block,observe" doc:"a must-resolve is asked for one by one"`
	Reason   string           `json:"reason"`
	TLP      access.TLP       `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict" doc:"green, if it does not say"`
}

type bulkAnswer struct {
	Given   int           `json:"given" doc:"how many are in force now"`
	Refused []refusedLine `json:"refused"`
}

// refusedLine is a value that got no protection.
type refusedLine struct {
	Line  int    `json:"line" doc:"its place among the values, from 1"`
	Value string `json:"value"`
	Guard string `json:"guard,omitempty" doc:"which guard refused; none if the value cannot be meant"`
	Why   string `json:"why"`
}

// askAll asks for each value; what is true of the call as a whole fails it.
func (a *API) askAll(who access.Principal, in newProtections) ([]ledger.Draft, bulkAnswer, error) {
	answer := bulkAnswer{Refused: []refusedLine{}}
	drafts, now := make([]ledger.Draft, 0, len(in.Values)), a.Clock()
	lines, kept := make(map[observable.Value]int, len(in.Values)), 0
	for i, text := range in.Values {
		refuse := func(guard string, why any) {
			answer.Refused = append(answer.Refused, refusedLine{i + 1, cut(text, longestPlace), guard, cut(fmt.Sprint(why), longestText)})
		}
		v, err := observable.Infer(text)
		if err != nil {
			refuse("", err)
			continue
		}
		if first, twice := lines[v]; twice {
			refuse("", fmt.Sprintf("%s is in line %d already", v.Text, first))
			continue
		}
		lines[v] = i + 1
		draft, err := a.Views.Protect.Ask(who, protect.Request{Value: v, Polarity: in.Polarity, Reason: in.Reason, TLP: in.TLP}, now)
		var refused *protect.Refused
		switch {
		case errors.As(err, &refused):
			refuse(refused.Guard, err)
			if kept++; kept > maxKept {
				continue
			}
		case errors.Is(err, protect.ErrConflict):
			refuse("", err)
			continue
		case err != nil:
			return nil, answer, fmt.Errorf("line %d: %w", i+1, err)
		default:
			answer.Given++
		}
		drafts = append(drafts, draft)
	}
	return drafts, answer, nil
}
