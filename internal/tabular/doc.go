// Package tabular reads what others publish as rows: plain lists, CSV with a
// declared mapping, the forms of abuse.ch (URLhaus, ThreatFox, Feodo Tracker)
// and the catalog of known exploited vulnerabilities of CISA. Each row becomes
// STIX objects with ids and times that depend on nothing but the row and the
// partner, so that a row sent again is the same version.
//
// Every reader has the shape of stix.ReadBundle: it calls each for what it
// made, and for a row that cannot be taken with the Problem, its line or JSON
// pointer in it. The error is for a text that cannot be read on.
package tabular
