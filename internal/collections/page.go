package collections

import (
	"context"
	"slices"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/taxii"
)

// Page is a run of versions in the order in which they were added.
func (s *session) Page(ctx context.Context, q taxii.PageRequest) (taxii.Page, error) {
	view, ok := s.view(q.Root, q.Collection)
	if !ok {
		return taxii.Page{}, taxii.ErrNotFound
	}
	if !is21(q.Filter.SpecVersions) {
		return taxii.Page{}, nil
	}
	query := catalog.PageQuery{
		Collection: view, AddedAfter: q.Filter.AddedAfter, Limit: q.Limit, Bytes: int(q.MaxBytes),
		IDs: q.Filter.IDs, Types: q.Filter.Types, Versions: versionQuery(q.Filter.Versions),
	}
	if q.After != "" {
		after, err := strconv.ParseUint(q.After, 10, 64)
		if err != nil {
			return taxii.Page{}, taxii.ErrCursor
		}
		query.After = catalog.Place(after)
	}
	if q.WithoutRaw {
		return s.list(ctx, query)
	}
	page, err := s.Views.Catalog.PageBody(ctx, s.who, query)
	if err != nil {
		return taxii.Page{}, err
	}
	return taxii.Page{
		Body: page.Body, Count: page.Objects, First: page.First, Last: page.Last,
		More: page.More, Next: next(page.Next),
	}, nil
}

// list is a page without the objects themselves.
func (s *session) list(ctx context.Context, query catalog.PageQuery) (taxii.Page, error) {
	query.WithoutRaw = true
	page, err := s.Views.Catalog.Page(ctx, s.who, query)
	if err != nil {
		return taxii.Page{}, err
	}
	out := taxii.Page{More: page.More, Next: next(page.Next)}
	for _, o := range page.Objects {
		item := taxii.Item{ID: o.ID, Version: o.Modified, Added: o.Added}
		if item.Version.IsZero() {
			item.Version = o.Added
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func next(place catalog.Place) string { return strconv.FormatUint(uint64(place), 10) }

// view is what of the catalog a collection shows. The default community's
// first collection shows all that is released to the reader.
func (s *session) view(root, id string) (catalog.Collection, bool) {
	switch {
	case id == s.Home:
		return catalog.Collection{}, true
	case id == s.home(root):
		return catalog.Collection{Community: root}, true
	}
	all := s.Views.Access.Collections(root)
	i := slices.IndexFunc(all, func(c access.Collection) bool { return c.ID == id })
	if i < 0 {
		return catalog.Collection{}, false
	}
	return catalog.Collection{Community: root, TLPs: all[i].TLPs, Types: all[i].Types, Labels: all[i].Labels}, true
}

// is21 says whether STIX 2.1, which everything here is, is asked for.
func is21(versions []string) bool {
	return len(versions) == 0 || slices.Contains(versions, "2.1")
}

func versionQuery(v taxii.Versions) catalog.VersionQuery {
	return catalog.VersionQuery{First: v.First, Last: v.Last, All: v.All, At: v.At}
}
