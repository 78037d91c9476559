// Package taxii speaks TAXII 2.1 (OASIS Standard, 10 June 2021), by which
// organisations exchange STIX objects over HTTPS. Section numbers in comments
// are those of that document.
//
// A server is a Handler over a Backend: the handler knows the protocol, the
// backend knows who may do what and where the objects lie. A Client pulls
// collections with resume, and pushes.
//
// Both are liberal in what they accept and strict in what they send: see
// ParseTimestamp, Handler and Client.Pull for where peers are known to differ
// from the specification.
package taxii
