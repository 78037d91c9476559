// Package stix reads, checks and makes STIX 2.1 objects (OASIS Standard,
// 10 June 2021). Section numbers in comments and errors are those of that
// document.
//
// Objects stay the bytes that came in: what a reader needs is in the Header,
// and the rest is neither decoded nor rewritten, so that unknown properties
// survive. Bundles are streamed and never held whole.
package stix
