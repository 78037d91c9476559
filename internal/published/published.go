// Package published holds what was published about detecting outbreaks beside
// what this code does, measured in the same way: docs/outbreak.md.
package published
