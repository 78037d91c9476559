package access_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// crowd is a directory of many tokens and people of one partner.
func crowd(b *testing.B, n int) (d *access.Directory, secret, email string) {
	b.Helper()
	d = access.NewDirectory()
	var seq ledger.Seq
	apply := func(drafts ...ledger.Draft) {
		for _, draft := range drafts {
			seq++
			if err := d.Apply(ledger.Entry{Seq: seq, Time: now, Kind: draft.Kind, Actor: draft.Actor, Body: draft.Body}); err != nil {
				b.Fatal(err)
			}
		}
	}
	p, joined, err := d.Join("A clinic", "healthcare", "GB", "operator")
	if err != nil {
		b.Fatal(err)
	}
	apply(joined)
	for i := range n {
		var issued ledger.Draft
		if _, secret, issued, err = d.Issue(p.ID, access.Viewer, now); err != nil {
			b.Fatal(err)
		}
		email = fmt.Sprintf("person-%d@clinic.example", i)
		person, err := ledger.NewDraft(access.KindPersonJoined, access.Hub, "", access.Person{ID: fmt.Sprintf("person--%d", i), Partner: p.ID, Email: email, Role: access.Viewer})
		if err != nil {
			b.Fatal(err)
		}
		apply(issued, person)
	}
	return d, secret, email
}

// Every request of a program asks this.
func BenchmarkAuthenticate(b *testing.B) {
	d, secret, _ := crowd(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := d.Authenticate(secret); !ok {
			b.Fatal("the token does not work")
		}
	}
}

// Every sign-in asks this; there is no index, and among 10,000 people none is needed.
func BenchmarkPersonByEmail(b *testing.B) {
	d, _, email := crowd(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := d.PersonByEmail(email); !ok {
			b.Fatal("nobody has the address")
		}
	}
}
