package collections

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/taxii"
)

// Delete withdraws what the principal's own partner shared: it is in no outlet
// any more. The ledger still says that it was there.
func (s *session) Delete(ctx context.Context, _, _, id string, versions taxii.Versions, specVersions []string) error {
	if !is21(specVersions) {
		return taxii.ErrNotFound
	}
	known, err := s.Views.Catalog.Versions(ctx, s.who, id)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return taxii.ErrNotFound
	case err != nil:
		return err
	}
	wanted := asked(known, versions)
	if len(wanted) == 0 {
		return taxii.ErrNotFound
	}
	own := slices.DeleteFunc(wanted, func(o catalog.Object) bool { return string(o.Owner) != s.who.Actor() })
	if len(own) == 0 {
		return &taxii.Error{Status: http.StatusForbidden, Title: "not yours to delete", Description: "another partner shared this object: only that partner, or an administrator, takes it back"}
	}
	t := contribution.Tightening{Owner: s.who.Actor(), Object: id, Reason: "deleted by TAXII", By: s.who.By()}
	if all := versions.All || !versions.First && !versions.Last && len(versions.At) == 0; !all {
		for _, o := range own {
			t.Versions = append(t.Versions, o.Modified)
		}
	}
	err = s.Views.TakeBack(ctx, t)
	if errors.Is(err, access.ErrNotFound) {
		return taxii.ErrNotFound
	}
	return err
}

// asked are the versions that a request means, of all that there are, newest
// first.
func asked(known []catalog.Object, v taxii.Versions) (wanted []catalog.Object) {
	for i, o := range known {
		last, first := i == 0, i == len(known)-1
		none := !v.First && !v.Last && len(v.At) == 0
		if v.All || none || v.Last && last || v.First && first || slices.ContainsFunc(v.At, func(t time.Time) bool { return t.Equal(o.Modified) }) {
			wanted = append(wanted, o)
		}
	}
	return wanted
}
