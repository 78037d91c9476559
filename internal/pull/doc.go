// Package pull fetches from remote sources, over and over: TAXII collections,
// MISP feeds, and texts over HTTP such as plain lists and abuse.ch exports; other
// hubs it has package federation follow.
// What it gets goes through intake like everything else and counts as the
// contribution of the partner that the configuration names.
//
// How far a source has been pulled is on the ledger, as entries [KindPulled],
// written page by page after the page's contribution: a hub that is stopped at
// any moment goes on where it was, and at worst reads one page a second time,
// which changes nothing. Each source has a goroutine and a connection of its
// own; none waits for another. Every connection obeys the dial policy.
package pull
