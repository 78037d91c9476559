package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// The limits of a lookup. A value may be named by any number of indicators,
// most of which the caller may not see.
const (
	indicatorsEach = 16      // that are told for a fingerprint
	versionsEach   = 1 << 16 // that are looked at for one
	lookupPatience = 2 * time.Second

	fingerprintDigits = 16
)

func (a *API) lookup(s *sets) {
	operation(a, huma.Operation{OperationID: "lookup-indicators", Method: http.MethodPost, Path: "/indicators/lookup", Summary: "The indicators that name values with these fingerprints, at most 16 for each"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *body[lookedFor]) (*body[lookedUp], error) {
			x, err := s.ready(ctx, lookupPatience)
			if err != nil {
				return nil, err
			}
			out := lookedUp{Indicators: []NamedValue{}}
			asked := make(map[uint64]bool, len(in.Body.Fingerprints))
			for i, text := range in.Body.Fingerprints {
				fingerprint, err := strconv.ParseUint(text, 16, 64)
				if err != nil || len(text) != fingerprintDigits {
					return nil, fmt.Errorf("%w: /fingerprints/%d: a fingerprint has %d hexadecimal digits", errInvalid, i, fingerprintDigits)
				}
				if asked[fingerprint] {
					continue
				}
				asked[fingerprint] = true
				found, err := a.namedBy(ctx, who, x, fingerprint)
				if err != nil {
					return nil, err
				}
				out.Indicators = append(out.Indicators, found...)
			}
			return &body[lookedUp]{out}, nil
		})
}

// namedBy is the indicators that name a value with the fingerprint, as the
// principal may see them now.
func (a *API) namedBy(ctx context.Context, who access.Principal, x *indexed, fingerprint uint64) (found []NamedValue, err error) {
	numbers := x.versions(fingerprint, a.Clock(), versionsEach)
	if len(numbers) == 0 {
		return nil, nil
	}
	objects, err := a.Views.Catalog.Newest(ctx, who, numbers, indicatorsEach)
	if err != nil {
		return nil, err
	}
	for i := range objects {
		found = append(found, valuesWith(&objects[i], fingerprint, a.Clock())...)
	}
	return found, nil
}

// valuesWith is what of an object's values has the fingerprint, while it is
// valid.
func valuesWith(o *catalog.Object, fingerprint uint64, now time.Time) (found []NamedValue) {
	what, err := indicates(o.Raw)
	if err != nil || !what.Until.IsZero() && !what.Until.After(now) {
		return nil
	}
	values, err := what.values()
	if err != nil {
		return nil // it is not in the index
	}
	for _, v := range values {
		if hashset.Fingerprint(string(v.Type), v.Text) == fingerprint {
			found = append(found, NamedValue{ID: o.ID, Value: v, Fingerprint: fmt.Sprintf("%016x", fingerprint)})
			break
		}
	}
	return found
}

type lookedFor struct {
	Fingerprints []string `json:"fingerprints" minItems:"1" maxItems:"1000" doc:"16 hexadecimal digits each: xxh3 of a value's type, a zero byte and its text, with the seed 746f6373696e2031"`
}

type lookedUp struct {
	Indicators []NamedValue `json:"indicators"`
}

// NamedValue is a value that an indicator names.
type NamedValue struct {
	ID string `json:"id" doc:"the indicator's"`
	observable.Value
	Fingerprint string `json:"fingerprint"`
}
