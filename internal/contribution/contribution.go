// Package contribution is the ledger's word for what a partner submitted and
// the hub accepted: STIX objects, as they came in.
package contribution

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindAccepted is the ledger entry whose body is a Part.
const KindAccepted ledger.Kind = "contribution.accepted"

// Part is a contribution, or a piece of one that does not fit into one entry
// or whose objects do not share one audience. All parts of a contribution are
// appended together or not at all. The contributing partner is the entry's
// actor, and the entry's audience says who may see every object in the part.
type Part struct {
	ID     string `json:"id"`             // "contribution--" and a UUIDv5 of partner and content under the hub's key: a re-sent one has the same
	Part   int    `json:"part,omitzero"`  // from 1
	Parts  int    `json:"parts,omitzero"` // how many there are
	Source string `json:"source"`         // how it came: "stix", "list", "taxii"
	// Granular says that an object here carries granular markings: what a
	// reader is told of it depends on the reader.
	Granular bool `json:"granular,omitzero"`
	// Recipients are the partners that are told of parts of objects marked
	// TLP:RED by granular markings, beside the contributing one.
	Recipients []string `json:"recipients,omitempty"`
	// Origin is where the part began, if another hub told of it.
	Origin *Origin `json:"origin,omitempty"`
	// Audience and Audiences are on the change stream alone, for readers that ask
	// who may be told (access.Audience as a string): of the part, and of those of its
	// objects that were narrowed since, "" for the others. They name no recipients,
	// and no community of which the reader is not a member.
	Audience  string           `json:"audience,omitempty"`
	Audiences []string         `json:"audiences,omitempty"`
	Objects   []jsontext.Value `json:"objects"`
}
