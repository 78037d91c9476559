package access_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// From few names, so that entries meet.
var (
	anyPartner    = rapid.SampledFrom([]access.PartnerID{"", "identity--a", "identity--b", "identity--c"})
	anyPerson     = rapid.SampledFrom([]string{"", "person--a", "person--b", "person--c"})
	anyCommunity  = rapid.SampledFrom([]string{"", "default", "health", "energy"})
	anySecret     = rapid.SampledFrom([]string{"one", "two", "three"})
	anyRole       = rapid.SampledFrom([]access.Role{"", "viewer", "coordinator", "administrator", "king"})
	anyToken      = rapid.SampledFrom([]string{"token--a", "token--b", "token--c"})
	anyIssuer     = rapid.SampledFrom([]string{"", "token--a", "token--b", "token--c", "person--a"})
	anyCredential = rapid.SampledFrom([]string{"credential--a", "credential--b"})
	anyAddress    = rapid.SampledFrom([]string{"", "a@x.example", "A@x.example", "b@x.example"})
	anySubject    = rapid.SampledFrom([]string{"", "1", "2"})
	anyTime       = rapid.SampledFrom([]time.Time{{}, now, now.Add(time.Hour), now.Add(1000 * time.Hour)})
)

// bodies draw a body for each kind that is folded.
var bodies = map[ledger.Kind]func(*rapid.T) any{
	access.KindPartnerJoined: func(t *rapid.T) any {
		return access.Partner{ID: anyPartner.Draw(t, "partner"), Name: rapid.SampledFrom([]string{"", "One", "one", "Two"}).Draw(t, "name")}
	},
	access.KindPartnerChanged: func(t *rapid.T) any {
		return access.Designation{Partner: anyPartner.Draw(t, "partner"), Organisation: rapid.SampledFrom([]string{"", "trust", "group"}).Draw(t, "organisation"), Designated: rapid.Bool().Draw(t, "designated")}
	},
	access.KindPartnerLeft: func(t *rapid.T) any { return access.Departure{Partner: anyPartner.Draw(t, "partner")} },
	access.KindTokenIssued: func(t *rapid.T) any {
		return access.Token{ID: anyToken.Draw(t, "token"), Partner: anyPartner.Draw(t, "partner"), Role: anyRole.Draw(t, "role"), Hash: access.HashSecret(anySecret.Draw(t, "secret")), Expires: anyTime.Draw(t, "expires"), By: anyIssuer.Draw(t, "by")}
	},
	access.KindTokenRevoked:     func(t *rapid.T) any { return access.Revocation{Token: anyToken.Draw(t, "token")} },
	access.KindCommunityCreated: func(t *rapid.T) any { return access.Community{ID: anyCommunity.Draw(t, "community")} },
	access.KindCommunityJoined:  anyMembership,
	access.KindCommunityLeft:    anyMembership,
	access.KindClientListed:     anyListing,
	access.KindClientUnlisted:   anyListing,
	access.KindCollectionCreated: func(t *rapid.T) any {
		return access.Collection{ID: anySecret.Draw(t, "collection"), Community: anyCommunity.Draw(t, "community")}
	},
	access.KindCollectionRemoved: func(t *rapid.T) any { return access.CollectionRemoval{ID: anySecret.Draw(t, "collection")} },
	access.KindPersonJoined:      anyoneNamed,
	access.KindPersonChanged:     anyoneNamed,
	access.KindPersonInvited: func(t *rapid.T) any {
		return access.Invitation{Person: anyPerson.Draw(t, "person"), Hash: access.HashSecret(anySecret.Draw(t, "secret")), Expires: anyTime.Draw(t, "expires")}
	},
	access.KindPersonLeft: func(t *rapid.T) any { return access.PersonDeparture{Person: anyPerson.Draw(t, "person")} },
	access.KindPersonCredential: func(t *rapid.T) any {
		kind := rapid.SampledFrom([]access.Method{"", access.Password, access.Passkey, access.OIDC}).Draw(t, "method")
		return access.Credential{ID: anyCredential.Draw(t, "credential"), Person: anyPerson.Draw(t, "person"), Kind: kind, Issuer: "x", Subject: anySubject.Draw(t, "subject")}
	},
	access.KindCredentialRemoved: func(t *rapid.T) any {
		return access.CredentialRemoval{Person: anyPerson.Draw(t, "person"), Credential: anyCredential.Draw(t, "credential")}
	},
	access.KindSignInFailed: func(t *rapid.T) any { return access.SignIn{Person: anyPerson.Draw(t, "person")} },
	access.KindSignInEnded:  func(t *rapid.T) any { return access.SignIn{Person: anyPerson.Draw(t, "person")} },
	access.KindClaimed:      func(t *rapid.T) any { return access.Claim{Administrator: anyToken.Draw(t, "token")} },
}

func anyMembership(t *rapid.T) any {
	return access.Membership{Community: anyCommunity.Draw(t, "community"), Partner: anyPartner.Draw(t, "partner")}
}

func anyListing(t *rapid.T) any {
	return access.Listing{Partner: anyPartner.Draw(t, "partner"), Client: anyPartner.Draw(t, "client")}
}

func anyoneNamed(t *rapid.T) any {
	return access.Person{ID: anyPerson.Draw(t, "person"), Partner: anyPartner.Draw(t, "partner"), Email: anyAddress.Draw(t, "email"), Role: anyRole.Draw(t, "role")}
}

// everything is what a directory answers.
func everything(d *access.Directory) map[string]any {
	all := map[string]any{
		"partners": d.Partners(), "tokens": d.Tokens(), "communities": d.Communities(), "people": d.People(),
		"claimed": d.Claimed(), "issued": d.IssuedCounts(access.Principal{Role: access.Administrator}),
	}
	for _, c := range []string{"", "default", "health", "energy"} {
		all["members of "+c], all["collections of "+c] = d.Members(c), d.Collections(c)
	}
	for _, p := range []access.PartnerID{"", "identity--a", "identity--b", "identity--c"} {
		one, present := d.Partner(p)
		all["partner "+string(p)] = fmt.Sprint(one, present, d.Clients(p), d.ClientOf(p))
	}
	for _, id := range []string{"", "person--a", "person--b", "person--c"} {
		who, acts := d.PersonPrincipal(id)
		all["person "+id] = fmt.Sprint(who, acts, d.Held(id), d.Erased(id), d.EnrolsUntil(id))
		all["credentials of "+id] = d.Credentials(id)
	}
	for _, s := range []string{"one", "two", "three"} {
		who, known := d.Authenticate(s)
		enrols, open := d.Enrolment(s)
		all["secret "+s] = fmt.Sprint(who, known, enrols, open)
	}
	for _, s := range []string{"", "a@x.example", "b@x.example", "1", "2"} {
		byEmail, _ := d.PersonByEmail(s)
		bySubject, _ := d.PersonBySubject("x", s)
		all["who is "+s] = []access.Person{byEmail, bySubject}
	}
	return all
}

// Whatever entries come, in whatever order: nothing fails, and what is rebuilt
// from the ledger is what was live, also when what was erased reads as nothing.
func TestAnyOrderOfEntries(t *testing.T) {
	kinds := make([]ledger.Kind, 0, len(bodies))
	for k := range bodies {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	rapid.Check(t, func(t *rapid.T) {
		live := access.NewDirectory()
		clock := func() time.Time { return now.Add(time.Minute) }
		live.SetClock(clock)
		var head ledger.Head
		var entries []ledger.Entry
		erased, gone := map[ledger.Seq]bool{}, map[string]bool{}
		add := func(kind ledger.Kind, body any) {
			actor := string(anyPartner.Draw(t, "actor"))
			d, err := ledger.NewDraft(kind, actor, "", body)
			if err != nil {
				t.Fatal(err)
			}
			e, _, err := ledger.Seal(d, head, now.Add(time.Duration(head.Seq)*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
			entries = append(entries, e)
			if err := live.Apply(e); err != nil {
				t.Fatalf("%s %s: %v", e.Kind, e.Body, err)
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "entries") {
			if rapid.IntRange(0, 9).Draw(t, "erase") == 0 {
				id := anyPerson.Draw(t, "person")
				erasure := access.PersonErasure{Person: id, Entries: live.Held(id)}
				add(access.KindPersonErased, erasure)
				for _, seq := range erasure.Entries {
					erased[seq] = true
				}
				if gone[id] = true; len(live.Held(id)) > 0 {
					t.Fatalf("%s is erased and held", id)
				}
				continue
			}
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			add(kind, bodies[kind](t))
		}
		rebuilt := access.NewDirectory()
		rebuilt.SetClock(clock)
		for _, e := range entries {
			if erased[e.Seq] {
				e.Body = []byte(ledger.Erased)
			}
			if err := rebuilt.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(everything(live), everything(rebuilt)); diff != "" {
			t.Fatalf("rebuilt after erasures (-live +rebuilt): %s", diff)
		}
		for id := range gone {
			if p, there := live.Person(id); there || len(live.Credentials(id)) > 0 {
				t.Fatalf("%s is erased and there: %+v", id, p)
			}
		}
		invariants(t, live)
	})
}

// invariants hold whatever was folded.
func invariants(t *rapid.T, d *access.Directory) {
	here := func(what string, all []access.PartnerID) {
		for _, p := range all {
			if _, present := d.Partner(p); !present {
				t.Fatalf("%s takes no part and is among the %s", p, what)
			}
		}
	}
	for _, c := range []string{"", "default", "health", "energy"} {
		here("members of "+c, d.Members(c))
	}
	for _, p := range []access.PartnerID{"", "identity--a", "identity--b", "identity--c"} {
		here("clients of "+string(p), d.Clients(p))
		here("partners that list "+string(p), d.ClientOf(p))
	}
	for _, s := range []string{"one", "two", "three"} {
		who, ok := d.Authenticate(s)
		if !ok {
			continue
		}
		if _, present := d.Partner(who.Partner); !present && (who.Partner != "" || who.Role != access.Administrator) {
			t.Fatalf("%+v acts for nobody who takes part", who)
		}
		if !slices.Contains(who.Communities, access.DefaultCommunity) || !slices.IsSorted(who.Communities) {
			t.Fatalf("%+v is not of everyone's community", who)
		}
		for _, c := range who.Communities {
			if who.Partner != "" && !slices.Contains(d.Members(c), who.Partner) {
				t.Fatalf("%+v is no member of %s", who, c)
			}
		}
		for _, p := range who.ClientOf {
			if _, present := d.Partner(p); !present || p == who.Partner || !slices.Contains(d.Clients(p), who.Partner) {
				t.Fatalf("%+v is the client of %s, which does not list it", who, p)
			}
		}
	}
}

// What no fold can read is an error, and changes nothing.
func TestUnreadableEntries(t *testing.T) {
	for kind := range bodies {
		d := access.NewDirectory()
		before := everything(d)
		for _, body := range []string{"", "[", `"x"`, `{"id":7}x`, `{"person":1,"partner":1,"id":1,"token":1,"community":1,"administrator":1}`} {
			if err := d.Apply(ledger.Entry{Seq: 1, Time: now, Kind: kind, Body: []byte(body)}); err == nil {
				t.Errorf("%s with the body %q is taken", kind, body)
			}
		}
		if err := d.Apply(ledger.Entry{Seq: 1, Time: now, Kind: kind, Body: []byte(ledger.Erased)}); err != nil {
			t.Errorf("%s, erased: %v", kind, err)
		}
		if diff := cmp.Diff(before, everything(d)); diff != "" {
			t.Errorf("%s: what cannot be read changed something: %s", kind, diff)
		}
	}
}
