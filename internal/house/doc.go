// Package house holds the plan of the house: which package may import which.
// It is nothing but a test of the table in docs/architecture.md; it has no
// place in the table, and nothing imports it.
package house
