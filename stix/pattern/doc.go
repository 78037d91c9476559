// Package pattern reads and writes the STIX patterning language (STIX 2.1,
// section 9): Parse makes a tree of a text, and String of the tree makes a text
// that parses to the same tree.
package pattern
