package access

import (
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its body.
const (
	KindPartnerJoined  ledger.Kind = "partner.joined"  // Partner
	KindPartnerChanged ledger.Kind = "partner.changed" // Designation
	KindPartnerLeft    ledger.Kind = "partner.left"    // Departure
	KindTokenIssued    ledger.Kind = "token.issued"    // Token
	KindTokenRevoked   ledger.Kind = "token.revoked"   // Revocation
	KindTokenRefused   ledger.Kind = "token.refused"   // Refusal: of tokens and certificates that are worth nothing

	KindCommunityCreated ledger.Kind = "community.created" // Community
	KindCommunityJoined  ledger.Kind = "community.joined"  // Membership
	KindCommunityLeft    ledger.Kind = "community.left"    // Membership
	KindClientListed     ledger.Kind = "client.listed"     // Listing
	KindClientUnlisted   ledger.Kind = "client.unlisted"   // Listing

	KindCollectionCreated ledger.Kind = "collection.created" // Collection
	KindCollectionRemoved ledger.Kind = "collection.removed" // CollectionRemoval

	KindPersonJoined      ledger.Kind = "person.joined"      // Person
	KindPersonInvited     ledger.Kind = "person.invited"     // Invitation
	KindPersonChanged     ledger.Kind = "person.changed"     // Person
	KindPersonLeft        ledger.Kind = "person.left"        // PersonDeparture
	KindPersonErased      ledger.Kind = "person.erased"      // PersonErasure
	KindPersonCredential  ledger.Kind = "person.credential"  // Credential
	KindCredentialRemoved ledger.Kind = "credential.removed" //nolint:gosec // a kind, and no credential; its body is a CredentialRemoval

	KindClaimed      ledger.Kind = "administration.claimed" // Claim
	KindClaimRefused ledger.Kind = "administration.refused" // Refusal

	KindSignInSucceeded ledger.Kind = "signin.succeeded" // SignIn
	KindSignInFailed    ledger.Kind = "signin.failed"    // SignIn
	KindSignInLocked    ledger.Kind = "signin.locked"    // SignIn
	KindSignInEnded     ledger.Kind = "signin.ended"     // SignIn
)

// securityKinds are what an administrator's audit lists. The last two are
// those of package contribution, which stands beside this one.
var securityKinds = []ledger.Kind{
	KindPartnerJoined, KindPartnerChanged, KindPartnerLeft, KindTokenIssued, KindTokenRevoked, KindTokenRefused,
	KindCommunityCreated, KindCommunityJoined, KindCommunityLeft, KindClientListed, KindClientUnlisted,
	KindCollectionCreated, KindCollectionRemoved,
	KindPersonJoined, KindPersonInvited, KindPersonChanged, KindPersonLeft, KindPersonErased, KindPersonCredential, KindCredentialRemoved,
	KindClaimed, KindClaimRefused, KindSignInSucceeded, KindSignInFailed, KindSignInLocked, KindSignInEnded,
	"contribution.tightened", "contribution.erased",
}

// SecurityKinds are the kinds of entry that are acts of security.
func SecurityKinds() []ledger.Kind { return slices.Clone(securityKinds) }

// KindPersonal says whether bodies of the kind are about a person, who can have
// them erased: they are to be kept under keys of their own, and may read back
// as ledger.Erased. That somebody was erased stays.
func KindPersonal(kind ledger.Kind) bool {
	area, _, _ := strings.Cut(string(kind), ".")
	return kind != KindPersonErased && slices.Contains([]string{"person", "credential", "signin"}, area)
}
