// Package rpz is the hub's DNS primary: it serves the protections in force as
// response policy zones (draft-vixie-dnsop-dns-rpz-00) to resolvers that follow
// them by zone transfer (AXFR, RFC 5936; IXFR, RFC 1995; NOTIFY, RFC 1996; TSIG,
// RFC 8945; over TLS, RFC 9103), and answers itself for must-resolve names.
//
// # What a zone says
//
//   - a blocked domain: "evil.example CNAME ." and "*.evil.example CNAME .";
//     the name and what is beneath it does not exist. A block beneath another
//     one adds nothing and is not written. A block that is Exact has no wildcard.
//   - a must-resolve name: "kill.example A <answer>" (or AAAA); without an answer
//     "kill.example CNAME rpz-passthru.". Beneath a blocked name it has
//     "*.kill.evil.example CNAME rpz-passthru." as well, and the names between
//     the two are written: an engine that looks for the closest name that exists
//     (RFC 4592, section 3.3.1: BIND, Unbound) and one that tries the wildcard of
//     every name above (PowerDNS) read the same in the zone.
//   - a blocked address or prefix: a trigger below rpz-ip; an answer that holds
//     such an address does not exist. Of several triggers the longest counts.
//
// URLs and hashes are not for DNS.
//
// # Two zones
//
// A resolver that takes in one change of a zone of a million names works on it for
// seconds. So what is recent is in a small zone of its own, the hot one, which
// stands before the large one, the cold one, in a resolver's policy: the first
// zone with a record for a name decides. Every few minutes the cold zone takes a
// turn. A name is recent if its protection has changed since the cold zone of the turn
// before the last one; let a cold zone be good if it was served then or later. The
// hot zone holds
//
//   - for each recent name that has no other above it, all that is to be said of
//     the name and of everything beneath it: of a blocked name what is written of
//     one anyway; of one that is free "CNAME rpz-passthru." for the name and its
//     wildcard, and then each blocked name beneath it, which the wildcard would
//     free otherwise, with the names between;
//   - every must-resolve name's own record.
//
// So every name, with the hot zone and any good cold zone, is what the protections
// say. What is said of a name depends on what is in force for itself and for the
// names above it. If none of these is recent, all good cold zones and the present
// say the same of it, and the hot zone says nothing, or, of a must-resolve name,
// again the same. If one is, the hot zone says all beneath that one, since there every
// wildcard is written, and the cold zone is not asked. Addresses go the same way,
// with prefixes for names. A property test holds this.
//
// Turns are minutes apart, since a resolver may have missed a NOTIFY, or take none,
// and then asks after the SOA's refresh.
//
// What this does not cover: changes that are too many for the hot zone (Bulk, Few) go
// into the cold zone alone, at once; and a resolver that is further behind with the cold zone but
// has the hot one. Since a passthru in the hot zone ends the search, a name that was
// recalled escapes for some minutes a resolver's own policy zones that stand after it.
//
// While all is small the cold zone follows every change, too, within
// milliseconds: who follows it alone is right. Beyond Small it follows in batches.
// It is made beside the work: neither answers nor the hot zone wait for it. What
// is served is on disk first, so that after a restart the same serial means the same
// content and a follower gets the difference. The hot zone is made anew.
//
// # Who may ask what
//
// A zone is released content. A transfer key leads to a view: what those may see
// who share the key's rights. Transfers need the key. The SOA is given without it
// only where there is but one view, as at an edge, since it tells no more than that
// something changed. A hub has a view for anyone, with the answers below, and more as
// soon as somebody asks it for a key or a list: from then on it refuses that, too.
// An engine that knows no keys follows over TLS, under names that begin with a
// label made from its key, and from the addresses alone that its partner has
// registered. The label travels in the clear when the engine asks for the SOA
// over UDP: it is no secret to who listens on that path, and hence the address as
// well. The address of a must-resolve name marked no narrower than TLP:GREEN is
// given to anyone, authoritatively, so that a resolver without RPZ can forward
// just that name here. Anything else is refused.
package rpz
