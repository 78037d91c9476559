// Package mispfeed is the hub's way out to MISP: a feed of events in the MISP
// core format (misp.ManifestFile, misp.HashesFile and UUID.json), made for each
// reader of what is released to it. A MISP instance subscribes to it, and
// another Tocsin pulls it.
//
// # Which events there are
//
// An event that came from MISP is one again, with all of its elements that are
// released to the reader. Elements whose event is not, because it was withdrawn
// or is for fewer, appear nowhere: an event does not come back under another name.
//
// A STIX report or grouping is an event, too. What no report names appears in
// events of its own: one for each partner, UTC day of its coming in, and level
// of the Traffic Light Protocol, and another after each 5,000 objects. A
// contribution would be no good measure: a sensor contributes one object at a
// time. Only what becomes an attribute or an event report is there; a malware or
// an attack pattern is a tag of the reports that name it, and MISP has galaxies
// of its own. The UUIDs of such events are UUIDv5 of partner, day, level and
// number.
//
// The published, distribution and tlp: tag of these say what their audience is:
// distribution 3 for CLEAR, 1 for GREEN, 0 for what is narrower. An event that
// came from MISP keeps its own, unless its audience is narrower than they say:
// then it, or the element, gets the tlp: tag of the audience.
//
// # When an event changed
//
// Followers fetch an event again if the manifest has a later timestamp for it,
// and MISP takes it only if the event says the same. The timestamp of an event
// that came from MISP is its own until something in it changes for the reader:
// a new version of an element, a sighting, something that was taken back, or
// the reader's joining or leaving a community. Then it is the second after that
// change; if the event itself comes again, its own again if that is later. All
// of it follows from the catalog and the ledger, so that it is the same after a
// restart.
//
// A second that is not over may still bring another change, which must not
// have the timestamp of one that has been fetched: a change gets its timestamp
// a few seconds after it can be seen (see stamps).
//
// # What it costs
//
// For each kind of reader (partner, communities, whose client) there is an
// index in memory: of the newest events what the manifest says, and of their
// elements a hash each. It is made by reading once what is released, goes on from
// there with what was added since, and is made again when something that the
// reader had been shown is taken back. Events beyond Config.Events, and elements
// beyond a limit, leave the feed with the oldest first; what was fetched stays
// with its follower. An event's file is written from the catalog as it is asked for.
//
// On two shared cores the first manifest takes about 5 microseconds for each
// object that is released, and one that nothing has changed since half a
// millisecond; the index of 100,000 objects takes 4 MiB (BenchmarkFeed).
package mispfeed
