package bundle

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
)

// always is when the hub and the partners were created, as far as a bundle
// knows: they are the same in all cases, and STIX lets no object be created twice.
const always = "1970-01-01T00:00:00.000000Z"

// frame adds what every case has: the marking, the hub, the partners and what
// the question is about.
func (b *bundle) frame() {
	b.put(white, object{
		"type": "marking-definition", "spec_version": "2.1", "id": white, "created": "2017-01-20T00:00:00.000Z",
		"definition_type": "tlp", "name": "TLP:WHITE", "definition": object{"tlp": "white"},
	})
	b.hub = "identity--" + uuid.NewSHA1(namespace, []byte("hub/"+b.Origin)).String()
	b.add("identity", b.hub, always, b.at(1), object{
		"created_by_ref": "", "name": b.Origin, "identity_class": "system",
		"description": b.text("The hub that ran the case and keeps the public log."),
	})
	for _, p := range b.partners() {
		b.add("identity", string(p), always, b.at(1), object{
			"name": b.Case.Called(p), "identity_class": "organization", "description": b.text(""),
		})
	}
	b.about = b.uid("campaign", "campaign")
	b.add("campaign", b.about, b.at(1), b.at(1), object{
		"name": cmp.Or(b.Case.Outbreak, b.Case.Question), "description": b.text(b.Case.Question), "external_references": b.log(1),
	})
}

// partners are the members of the policy and whoever acted.
func (b *bundle) partners() []access.PartnerID {
	all := make(map[access.PartnerID]bool)
	for p := range b.Case.Members {
		all[p] = true
	}
	for _, step := range b.Case.History {
		all[step.By] = true
	}
	list := make([]access.PartnerID, 0, len(all))
	for p := range all {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// grouping holds an open case together.
func (b *bundle) grouping() {
	last := len(b.Case.History)
	b.add("grouping", b.uid("grouping", "grouping"), b.at(1), b.at(last), object{
		"name": b.Case.Question, "context": "unspecified", "description": b.text("The case is open: nothing is published."),
		"object_refs": append([]string{b.about}, b.notes...),
	})
}
