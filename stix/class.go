package stix

// Class is the kind of a STIX object (section 1.4).
type Class int

const (
	// Custom is a type that the specification does not define.
	Custom Class = iota
	// SDO is a domain object: what analysts know.
	SDO
	// SRO is a relationship object: a relationship or a sighting.
	SRO
	// SCO is a cyber-observable object: what was seen on a machine or a network.
	SCO
	// Meta is about other objects: markings, extensions, translations.
	Meta
)

// String is the class as the specification abbreviates it.
func (c Class) String() string {
	return [...]string{"custom object", "SDO", "SRO", "SCO", "meta object"}[c]
}

// ClassOf is the class of an object type; Custom for one that STIX 2.1 does
// not define. A bundle is no object and counts as Custom.
func ClassOf(objectType string) Class { return classes[objectType] }

var classes = map[string]Class{
	"attack-pattern": SDO, "campaign": SDO, "course-of-action": SDO, "grouping": SDO, "identity": SDO,
	"incident": SDO, "indicator": SDO, "infrastructure": SDO, "intrusion-set": SDO, "location": SDO,
	"malware": SDO, "malware-analysis": SDO, "note": SDO, "observed-data": SDO, "opinion": SDO,
	"report": SDO, "threat-actor": SDO, "tool": SDO, "vulnerability": SDO,

	"relationship": SRO, "sighting": SRO,

	"artifact": SCO, "autonomous-system": SCO, "directory": SCO, "domain-name": SCO, "email-addr": SCO,
	"email-message": SCO, "file": SCO, "ipv4-addr": SCO, "ipv6-addr": SCO, "mac-addr": SCO, "mutex": SCO,
	"network-traffic": SCO, "process": SCO, "software": SCO, "url": SCO, "user-account": SCO,
	"windows-registry-key": SCO, "x509-certificate": SCO,

	"extension-definition": Meta, "language-content": Meta, "marking-definition": Meta,
}

// commonProperties are those that mean the same in every class (section 3.2).
var commonProperties = map[string]bool{
	"type": true, "spec_version": true, "id": true, "created_by_ref": true, "created": true,
	"modified": true, "revoked": true, "labels": true, "confidence": true, "lang": true,
	"external_references": true, "object_marking_refs": true, "granular_markings": true,
	"defanged": true, "extensions": true,
}
