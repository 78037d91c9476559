package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
)

// What a principal is answered does not depend on what is hidden from it: the
// answers are the same, byte for byte and in the same order, in a world in
// which that was never shared. Only places and added times tell them apart.
func TestHiddenLeavesNoTrace(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r, t)
		p := drawPrincipal(r)
		with, without := opened(r, t, &w.log), opened(r, t, w.without(t, p))
		check(r, "answers", answers(r, with, p), answers(r, without, p))
	})
}

// without is the log without what is hidden from a principal, and without its
// parts that are.
func (w *world) without(t *testing.T, p access.Principal) *chain {
	t.Helper()
	visible := map[string]bool{}
	for _, r := range w.standing() {
		if r.sees(p) {
			visible[r.version()] = true
		}
	}
	byEntry := map[int][]*row{}
	for _, r := range w.rows {
		byEntry[r.entry] = append(byEntry[r.entry], r)
	}
	log := &chain{}
	for i, e := range w.log.entries {
		to, err := access.ParseAudience(e.Audience)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != contribution.KindAccepted {
			log.add(t, e.Kind, access.PartnerID(e.Actor), to, jsontext.Value(e.Body))
			continue
		}
		var part contribution.Part
		if err := json.Unmarshal(e.Body, &part); err != nil {
			t.Fatal(err)
		}
		part.Objects = nil
		for _, r := range byEntry[i] {
			if visible[r.version()] {
				part.Objects = append(part.Objects, jsontext.Value(r.text(p)))
			}
		}
		log.add(t, e.Kind, access.PartnerID(e.Actor), to, part)
	}
	return log
}

func (r *row) version() string { return fmt.Sprint(r.owner, r.id, r.modified) }

// answers is everything that can be asked, as text.
func answers(r *rapid.T, c *catalog.Catalog, p access.Principal) (all []string) {
	ctx := context.Background()
	tell := func(question string, objects ...catalog.Object) {
		for _, o := range objects {
			o.Place, o.Added = 0, start
			all = append(all, fmt.Sprintf("%s: %+v", question, o))
		}
	}
	for _, v := range []catalog.VersionQuery{{}, {First: true}, {All: true}} {
		page, err := c.Page(ctx, p, catalog.PageQuery{Limit: 1000, Versions: v})
		if err != nil {
			r.Fatal(err)
		}
		tell(fmt.Sprintf("page %+v", v), page.Objects...)
	}
	for _, q := range []string{"Alder", "b", "cedar"} {
		found, err := c.Search(ctx, p, q, 3)
		if err != nil {
			r.Fatal(err)
		}
		tell("search "+q, found...)
	}
	for _, kind := range []string{"malware", "relationship"} {
		for n := range 4 {
			id := fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n)
			o, err := c.Object(ctx, p, id)
			all = append(all, fmt.Sprint("object ", id, " ", err))
			versions, versionsErr := c.Versions(ctx, p, id)
			related, relatedErr := c.Related(ctx, p, id)
			all = append(all, fmt.Sprint(versionsErr, relatedErr))
			if found := !errors.Is(err, catalog.ErrNotFound); slices.Contains([]bool{versionsErr == nil, relatedErr == nil}, !found) {
				r.Fatalf("%s is found by some and not by others: %v, %v, %v", id, err, versionsErr, relatedErr)
			}
			tell("object", o)
			tell("versions", versions...)
			for _, relation := range related {
				tell(fmt.Sprint("related ", id, relation.ID, relation.Type, relation.Outgoing, relation.Owner), relation.Other)
			}
		}
	}
	return all
}
