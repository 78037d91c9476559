package catalog_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Partners of the tests, and the principals that ask for them.
const (
	alpha access.PartnerID = "identity--a0000000-0000-4000-8000-000000000001"
	bravo access.PartnerID = "identity--b0000000-0000-4000-8000-000000000002"
)

var (
	green = access.ToCommunity(access.Green)
	red   = access.Audience{TLP: access.Red, Community: access.DefaultCommunity}
	start = time.Date(2017, 5, 12, 7, 44, 0, 0, time.UTC)
)

func member(id access.PartnerID) access.Principal {
	return access.Principal{Partner: id, Role: access.Viewer, Communities: []string{access.DefaultCommunity}}
}

// chain seals drafts into entries as a ledger would.
type chain struct {
	entries []ledger.Entry
	head    ledger.Head
	at      time.Time
}

func (c *chain) add(t testing.TB, kind ledger.Kind, actor access.PartnerID, to access.Audience, body any) {
	t.Helper()
	raw, err := json.Marshal(body, jsontext.PreserveRawStrings(true))
	if err != nil {
		t.Fatal(err)
	}
	if c.at.IsZero() {
		c.at = start
	}
	e, _, err := ledger.Seal(ledger.Draft{Kind: kind, Actor: string(actor), Audience: to.String(), Body: raw}, c.head, c.at)
	if err != nil {
		t.Fatal(err)
	}
	c.entries = append(c.entries, e)
	c.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	c.at = c.at.Add(time.Millisecond)
}

func (c *chain) contribute(t testing.TB, actor access.PartnerID, to access.Audience, objects ...string) {
	t.Helper()
	part := contribution.Part{ID: fmt.Sprintf("contribution--%d", c.head.Seq+1), Part: 1, Parts: 1, Source: "stix"}
	for _, o := range objects {
		part.Objects = append(part.Objects, jsontext.Value(o))
	}
	c.add(t, contribution.KindAccepted, actor, to, part)
}

func (c *chain) report(t testing.TB, actor access.PartnerID, to access.Audience, id string, seen ...sighting.Sighting) {
	t.Helper()
	c.add(t, sighting.KindReported, actor, to, sighting.Report{ID: id, Sector: "healthcare", Country: "GB", Sightings: seen})
}

func open(t testing.TB, path string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// folded is a new catalog with the chain's entries.
func folded(t testing.TB, log *chain) *catalog.Catalog {
	t.Helper()
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	apply(t, c, log.entries)
	return c
}

func apply(t testing.TB, c *catalog.Catalog, entries []ledger.Entry) {
	t.Helper()
	if err := c.Apply(context.Background(), entries); err != nil {
		t.Fatal(err)
	}
}

func digest(t testing.TB, c *catalog.Catalog) [32]byte {
	t.Helper()
	d, err := c.Digest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// malware writes an object of that type.
func malware(id, name, modified, more string) string {
	return fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":"malware--%s","created":"2017-05-12T08:00:00.000Z","modified":%q,"name":%q,"is_family":true%s}`,
		id, modified, name, more)
}

func relationship(id, kind, source, target string) string {
	return fmt.Sprintf(`{"type":"relationship","spec_version":"2.1","id":"relationship--%s","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","relationship_type":%q,"source_ref":%q,"target_ref":%q}`,
		id, kind, source, target)
}
