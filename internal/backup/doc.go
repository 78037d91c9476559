// Package backup copies a hub's data directory, while the hub serves or after it
// has stopped, into a directory of files that never change: made by [Dir.Run],
// read by [Check], brought back by [Restore]. It knows of the ledger and of the
// keys of what is sealed in it; what else there is to keep, a [Layout] says.
//
// # Files
//
//	00000007.run          run 7: JSON, then its SHA-256 on a line of its own
//	00000007-001.tar.age  its segments: what was new
//	keys/000003-00000007.age  a block of the keys file as of run 7
//
// Without encryption the names end in .tar and .keys. Runs are numbered from 1.
// Each names the SHA-256 of the run before and of every file that it added, so that
// what is missing, cut short or changed shows without any key. The .run comes last:
// what a run leaves that did not end belongs to nobody and is removed by the next.
//
// A .run is in the clear. It tells how many entries there are and when they were
// copied; of files it has digests of their paths and contents only.
//
// A segment is an age file with a tar archive in it:
//
//	files/PATH      a file of the data directory, as it was; a later one replaces it
//	entries/SEQ     records of the ledger from SEQ on, each after its length in
//	                four bytes, big-endian (package ledger has the record)
//
// # Keys, and what was erased
//
// What is erased stays readable in a copy of the ledger for who has its key. So keys
// are the one thing that is replaced: when a key is destroyed, the next run writes
// its block anew and removes the older one. [Restore] takes the newest blocks
// whatever moment it goes back to: what was erased does not return.
//
// # Order of a run
//
//  1. files, the public log's checkpoint last, until it stayed the same meanwhile
//  2. entries, up to the head as it is then: the ledger is never behind the log
//  3. keys: those of every entry that was copied are there
//  4. the .run, once all of it is on disk
package backup
