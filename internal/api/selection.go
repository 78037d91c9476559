package api

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// selection is what of the stream a reader wants: the kinds of entry, and of
// contributions the types of objects. The empty selection is everything, and so
// is a kind without types.
type selection map[ledger.Kind][]string

// selected reads the names of kinds; a type follows its kind after a slash.
func selected(names []string) selection {
	s := selection{}
	for _, name := range names {
		kind, object, only := strings.Cut(name, "/")
		types, known := s[ledger.Kind(kind)]
		switch {
		case !only:
			s[ledger.Kind(kind)] = nil
		case !known || len(types) > 0:
			s[ledger.Kind(kind)] = append(types, object)
		}
	}
	return s
}

func (s selection) wants(kind ledger.Kind) bool {
	_, wanted := s[kind]
	return wanted || len(s) == 0
}

// alone lists the kinds that this reader needs to be woken for; nil is all. Who
// reads contributions learns of what was taken back, too.
func (s selection) alone() []ledger.Kind {
	kinds := slices.Collect(maps.Keys(s))
	if _, contributions := s[contribution.KindAccepted]; contributions {
		kinds = append(kinds, contribution.KindTightened)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// of cuts a contribution's body down to the objects that are wanted; nil is
// nothing. A body that cannot hold any is not taken apart: its types' names, or
// an escape that may write one, have to be in it.
func (s selection) of(kind ledger.Kind, body []byte) ([]byte, error) {
	types := s[kind]
	if kind != contribution.KindAccepted || len(types) == 0 {
		return body, nil
	}
	if !bytes.Contains(body, []byte(`\u`)) && !slices.ContainsFunc(types, func(t string) bool { return bytes.Contains(body, []byte(`"`+t+`"`)) }) {
		return nil, nil
	}
	var part contribution.Part
	if err := json.Unmarshal(body, &part); err != nil {
		return nil, fmt.Errorf("select objects: %w", err)
	}
	kept, audiences := part.Objects[:0], part.Audiences[:0]
	for i, object := range part.Objects {
		var one struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(object, &one); err != nil {
			return nil, fmt.Errorf("select objects: %w", err)
		}
		if slices.Contains(types, one.Type) {
			kept = append(kept, object)
			if i < len(part.Audiences) {
				audiences = append(audiences, part.Audiences[i])
			}
		}
	}
	if part.Objects, part.Audiences = kept, audiences; len(kept) == 0 {
		return nil, nil
	}
	return json.Marshal(part)
}
