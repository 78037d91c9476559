// Package taxii speaks TAXII 2.1 (OASIS Standard, 10 June 2021), by which
// organisations exchange STIX objects over HTTPS. Section numbers in comments
// are those of that document.
//
// A server is a Handler over a Backend: the handler knows the protocol, the
// backend knows who may do what and where the objects lie. A page of objects
// goes out as it is stored: see Page.Body. A Client finds its way from the
// discovery resource (Discover, or Locate before that), pulls collections with
// resume, pushes and deletes.
//
// Both are liberal in what they accept and strict in what they send: see
// ParseTimestamp, ParseFilter, Handler and Client.PullWith for where peers are
// known to differ from the specification.
//
// Where the specification leaves a choice, a Handler answers as follows. A match
// field that the resource does not take is 400, since to leave it out would
// answer more than was asked for (section 3.4 allows both); HEAD is served like
// GET; a DELETE that names no version deletes all of them, so that the object
// is not found afterwards (section 5.7); a collection that can be neither read
// nor written holds nothing (404). Pages of nothing have no X-TAXII-Date-Added
// headers, though section 3.2 asks for them: there is no date to give.
package taxii
