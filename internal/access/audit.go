package access

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Record is an act of security as an administrator is shown it.
type Record struct {
	Seq    ledger.Seq  `json:"seq"`
	Time   time.Time   `json:"time"`
	Kind   ledger.Kind `json:"kind"`
	Actor  string      `json:"actor"`       // the partner, or "hub"
	By     string      `json:"by,omitzero"` // the token or the person
	Erased bool        `json:"erased,omitzero"`
	// About is what the entry says, without secrets and what they are checked
	// against.
	About map[string]any `json:"about,omitempty"`
}

// shown are the members of bodies that a record repeats. Others are left out,
// for a hash or a key of a kind yet to come must not slip through.
var shown = []string{
	"id", "name", "sector", "country", "partner", "reason", "token", "role", "scopes", "description", "issued", "expires", "certificate",
	"community", "title", "policy", "client", "tlps", "types", "labels", "person", "email", "entries", "credential", "label", "issuer",
	"administrator", "method", "address", "count", "waited", "owner", "object", "versions", "contribution", "audience", "kind", "organisation", "designated",
}

// NewRecord shows an entry of one of SecurityKinds. A body that is no JSON
// object says nothing.
func NewRecord(e ledger.Entry) Record {
	r := Record{Seq: e.Seq, Time: e.Time, Kind: e.Kind, Actor: e.Actor, Erased: string(e.Body) == ledger.Erased}
	var body map[string]any
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return r
	}
	r.By, _ = body["by"].(string)
	for name, value := range body {
		if !slices.Contains(shown, name) {
			continue
		}
		if r.About == nil {
			r.About = map[string]any{}
		}
		r.About[name] = value
	}
	return r
}
