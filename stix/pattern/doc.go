// Package pattern reads, writes, matches and compares the STIX patterning
// language (STIX 2.1, section 9).
//
// Parse makes a tree of a text, and String of the tree a text that parses to
// the same tree. Compile makes a Program of the tree: its Match asks a batch of
// observations; over a stream, ask each Atom of each observation, and keep what
// held in a Window. Equivalent compares two patterns. Where the specification
// leaves room, docs/conformance.md says what is done here.
package pattern
