package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/stix"
)

// observables is the namespace of identifiers that everybody makes of an
// observable (STIX 2.1, section 2.9).
var observables = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// evidence adds a note for each item and, for a technical one with a method,
// what was analysed with which tool.
func (b *bundle) evidence() {
	last := b.lastTouched()
	opened := make(map[attribution.EvidenceID]string)
	marks := make(map[attribution.EvidenceID][]attribution.Marked)
	for _, u := range slices.Backward(b.Case.Openings) {
		opened[u.Evidence] = u.Digest
	}
	for _, m := range b.Case.Marks {
		marks[m.Evidence] = append(marks[m.Evidence], m)
	}
	for i, item := range b.Case.Evidence {
		refs := []string{b.about}
		if item.Kind == attribution.Technical && item.Method != nil {
			refs = append(refs, b.analysis(item))
		}
		for _, link := range item.Links {
			if isPublic(link) && !slices.Contains(refs, link) {
				refs = append(refs, link)
			}
		}
		id := b.uid("note", "evidence/"+string(item.ID))
		b.notes = append(b.notes, id)
		b.add("note", id, b.at(item.Record), b.at(last[item.ID]), object{
			"created_by_ref": string(item.By), "abstract": item.Title, "object_refs": refs,
			"revoked":             b.Scores.Rows[i].Status == string(attribution.ItemWithdrawn),
			"external_references": b.sourced(item.Record, item.Source),
			"content":             b.text(content(item, b.Scores.Rows[i], opened[item.ID], marks[item.ID])),
		})
	}
}

// lastTouched is the last record that concerns each item itself.
func (b *bundle) lastTouched() map[attribution.EvidenceID]int {
	last := make(map[attribution.EvidenceID]int)
	touch := func(id attribution.EvidenceID, record int) { last[id] = max(last[id], record) }
	for _, item := range b.Case.Evidence {
		touch(item.ID, item.Record)
		touch(item.ID, item.Unsealed)
		if item.Replaces != "" {
			touch(item.Replaces, item.Record)
		}
	}
	for _, m := range b.Case.Marks {
		touch(m.Evidence, m.Record)
	}
	return last
}

func content(item attribution.Filed, s score.RowScore, opened string, marks []attribution.Marked) string {
	lines := []string{
		item.Title,
		"Kind: " + string(item.Kind),
		fmt.Sprintf("Graded: %s%d", item.Reliability, item.Credibility),
		"Relevance: " + item.Relevance.Word(),
		"Forgeability: " + item.Forgeability.Word(),
		"Status: " + s.Status,
	}
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, label+": "+text)
		}
	}
	add("Digest", item.Digest)
	add("Seal", item.Seal)
	add("Opened", opened)
	add("Source", item.Source)
	add("Occurred", item.Occurred)
	for _, c := range item.Custody {
		add("Custody", c.At+", "+c.By+": "+c.Note)
	}
	if m := item.Method; m != nil {
		add("Method", m.Tool+" "+m.Version)
		add("Arguments", strings.Join(m.Arguments, " "))
		add("Inputs", strings.Join(m.Inputs, " "))
		add("Outputs", strings.Join(m.Outputs, " "))
	}
	for _, m := range marks {
		add("Marked "+string(m.Status), m.Reason)
	}
	add("Links", strings.Join(item.Links, " "))
	return strings.Join(lines, "\n")
}

// analysis adds what a tool was given, what came out, and that it was run.
func (b *bundle) analysis(item attribution.Filed) string {
	m := item.Method
	o := object{"created_by_ref": string(item.By), "product": m.Tool, "version": m.Version, "external_references": b.log(item.Record)}
	for i, digest := range m.Inputs {
		if id := b.file(digest); i == 0 {
			o["sample_ref"] = id
		}
	}
	var outputs []string
	for _, digest := range m.Outputs {
		if id := b.file(digest); !slices.Contains(outputs, id) {
			outputs = append(outputs, id)
		}
	}
	o["analysis_sco_refs"] = outputs
	if len(outputs) == 0 {
		o["result"] = "unknown"
	}
	id := b.uid("malware-analysis", "analysis/"+string(item.ID))
	b.add("malware-analysis", id, b.at(item.Record), b.at(item.Record), o)
	return id
}

// file adds a file of which the digest is known, once.
func (b *bundle) file(digest string) string {
	hash := strings.TrimPrefix(digest, "sha256:")
	id := "file--" + uuid.NewSHA1(observables, []byte(`{"hashes":{"SHA-256":"`+hash+`"}}`)).String()
	if !b.has[id] {
		b.put(id, object{
			"type": "file", "id": id, "spec_version": "2.1", "object_marking_refs": []string{white}, "hashes": object{"SHA-256": hash},
		})
	}
	return id
}

// linkable are the types of STIX 2.1 that a note may be about.
var linkable = []string{
	"attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
	"intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report",
	"threat-actor", "tool", "vulnerability", "relationship", "sighting", "artifact", "autonomous-system", "directory",
	"domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
	"network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate",
}

// isPublic says whether a STIX id is of a type of the specification and has a
// UUID that OASIS' schemas accept: versions 6 to 8 are younger than they are.
func isPublic(id string) bool {
	return slices.Contains(linkable, stix.TypeOfID(id)) && hasOldUUID(id)
}

func hasOldUUID(id string) bool {
	_, u, err := stix.SplitID(id)
	return err == nil && u.Version() >= 1 && u.Version() <= 5
}
