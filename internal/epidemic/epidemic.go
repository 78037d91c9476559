// Package epidemic says how a worm spreads: deterministic models, fits to
// published counts, and a seeded simulation. It counts hosts; it holds nothing
// that could infect anything.
//
// Rates are an hour and a host, times of the models are hours, and counts of the
// models are hosts, as real numbers. The simulation counts whole hosts.
package epidemic
