// Package sealed makes erasure possible on an append-only ledger. It stands
// between the ledger and everyone else and encrypts the bodies of some kinds
// of entries, each under a key of its own. To erase a body is to destroy its
// key: the entry stays, the chain over the encrypted bytes stays whole, and
// nobody can read what it said.
//
// # A sealed body, byte by byte
//
// Integers are big-endian.
//
//	offset  size  field
//	0       1     the mark, ledger.SealMark (0x01): no JSON text begins with it
//	1       8     number of the key, from 1
//	9       12    nonce, random
//	21      n     the body, encrypted with AES-256-GCM
//	21+n    16    GCM's tag
//
// The additional data that GCM authenticates with the body is what the entry
// says in the clear, as in the ledger's record:
//
//	size  field
//	1     k, the length of kind
//	k     kind
//	2     a, the length of actor
//	a     actor
//	2     u, the length of audience
//	u     audience
//
// A body that does not begin with the mark was stored in the clear, and is
// read as it is: all those from before there was sealing, and those of kinds
// that are not sealed. A body of any kind that does begin with the mark is
// sealed as well, so that reading never has to guess.
//
// # The keys file, byte by byte
//
//	offset       size  field
//	0            8     "tocsink1"
//	8            24    zero
//	32*n         32    slot n, from 1: the key with that number; zero bytes once destroyed
//
// Keys are made a block of [blockKeys] at a time, and a block is synced before
// the first of its keys is used, so that an append needs no sync beside the
// ledger's own. Each key seals one body. Which keys of the last block were used
// is not recorded: a clean close cuts off those that were not, and after a
// crash the next block begins behind them. A slot of which a crash left only a
// part was never used, and is never filled up.
//
// # Keys that nodes share
//
// In a cluster the file is one node's copy of the keys that all nodes draw from
// one [Supply], number for number (see [Keyring.Share]). Keys that this node
// draws are in the file, with those of other nodes before them, and synced,
// before one of them is used. A key that the file lacks is read from the supply
// when an entry names it. To destroy a key is to destroy it at the supply and
// then in the file; every node does so when it learns of the erasure, and what
// was destroyed while it was away is destroyed when the file is opened. A
// shared file can be deleted while the node is stopped: it is filled anew.
//
// # Order of an erasure
//
//  1. the caller appends an entry that names what is erased: the intent
//  2. [Ledger.Erase] reads the numbers of the keys from the named entries
//  3. their slots are overwritten in place with zeros, and the file is synced
//
// After a crash between 1 and 3, or with an older keys file from a backup, the
// caller erases again what the ledger's erasures name; a second time changes
// nothing.
//
// Two things are out of reach of this package. A backup of the keys file that
// is older than an erasure still holds the key: keep such backups apart from
// those of the ledger and no longer than needed. And a copy-on-write file
// system or a flash drive may keep the old block for a while after it was
// overwritten; full-disk encryption covers what a thief could find there.
package sealed
