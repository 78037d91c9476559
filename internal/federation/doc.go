// Package federation follows another hub over its change stream and takes what it
// tells as the word of one partner, the one that stands for that hub here.
//
// The other hub releases to this one what its release rule shows to the partner
// whose token this hub holds there, and says of each contribution who may be told.
// [Terms] say which of that is taken, and for whom it is here: never for more than
// the other hub said. Where it began and how it came is kept beside it
// (contribution.Origin); what came from here, or comes from a hub that this one
// follows itself, is left out.
//
// What is taken, what is taken back and how far the stream was read are appended
// together, in one append that is on disk whole or not at all: a hub that is
// stopped at any moment goes on behind what it has, and takes nothing twice. The
// entry that says so is [KindFollowed]. The stream's own chain is checked from the
// first line on, over restarts, and each checkpoint of the other's public log against
// the one before; a hub that tells another story than before is not followed on.
//
// What the other hub decides about protections is a proposal here, and so is what it
// recalls: a coordinator of this hub decides.
//
// Where what is: terms (what is taken), state (the entry), held (what is here of
// which contribution there), follow (the connection), batch (what is appended
// together), take (contributions), takeback (what is taken back), protections (proposals), seen (sightings), again (reading
// from the beginning), checkpoint (the other hub's public log).
package federation
