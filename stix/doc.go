// Package stix reads, checks and makes STIX 2.1 objects (OASIS Standard,
// 10 June 2021, with its errata). Section numbers in comments and errors are
// those of that document.
//
// Objects stay the bytes that came in: what a reader needs is in the Header,
// and the rest is neither decoded nor rewritten, so that unknown properties
// survive. Bundles are streamed and never held whole.
//
// Validate reports what an object MUST be as errors and what it SHOULD be as
// warnings, by tables that are compiled once. Redact takes out the parts that
// granular markings hide from a reader.
package stix
