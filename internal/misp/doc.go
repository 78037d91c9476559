// Package misp reads and writes the MISP core format (draft-dulaunoy-misp-core-format):
// events become STIX 2.1 objects and come back as they were.
//
// What becomes of what:
//
//	Event            report if it is published, else grouping; its UUID stays
//	Orgc             identity, the author of all
//	Attribute        with to_ids, and a pattern for its type: indicator
//	                 without, and an observable for its type: observed-data and the observable
//	                 vulnerability, campaign-name, threat-actor: those objects
//	                 of any other type: note, whose content is the value
//	Object           grouping of its attributes
//	ObjectReference  relationship
//	Sighting         type 0: sighting; 1: opinion that strongly disagrees; 2: the indicator's valid_until
//	Tag              label; tlp:* a marking too. PAP:* stays the label that it is
//	GalaxyCluster    attack-pattern, malware, tool, threat-actor, intrusion-set ...; a
//	                 relationship "indicates" leads there from an indicator
//	EventReport      note about the event
//
// Of a combined value such as "domain|ip" both halves are looked up; of one with a
// port or a file name, the address or the hash is.
//
// # Who may see it
//
// The level of an event or attribute is the narrowest of its tlp: tags and
// those of what it stands in, or what the submission says where there are
// none. Distribution narrows it further and never widens it:
//
//	0 own organisation       TLP:RED to the submitter alone
//	1 this community         GREEN at the widest
//	2 connected communities  GREEN at the widest
//	3 all communities        as the tags say
//	4 sharing group          AMBER+STRICT at the widest, to the community that the submission maps the
//	                         group to; without one, TLP:RED to the submitter alone, with a note
//	5 inherited              as what it stands in
//
// Where an attribute goes to fewer than its event, the event's report does not
// name it: a second grouping, that goes where the attribute goes, does.
//
// # Nothing is lost
//
// What an object's STIX properties do not say is kept, as JSON text, in an
// extension (ExtensionID) of the object: at the import the object is exported
// again, and what differs from the original is what is kept.
//
// Times: modified is the latest time in the element, its sightings included;
// created is the event's date, which does not change with it.
package misp
