// Package intake turns what comes from outside into a contribution: it reads,
// validates, finds out who may see each object, and drafts the ledger's
// entries. It appends nothing.
//
// Whatever the format, everything becomes STIX objects first and goes through
// the same checks, the same rule of who may see it and the same report of what
// was not taken. What is not STIX gets ids and times that depend on nothing
// but its content and the partner (package compose): sent again it is the same
// contribution, and a value that stands in two of them is the same version.
package intake
