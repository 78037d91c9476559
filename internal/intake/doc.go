// Package intake turns what comes from outside into a contribution: it reads,
// validates, finds out who may see each object, and drafts the ledger's
// entries. It appends nothing.
package intake
