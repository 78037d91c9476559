package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/taxii"
)

// taxiiRoot is the one API root, and its one collection: what the community
// shares, to each reader what it is released.
const (
	taxiiRoot       = "default"
	taxiiCollection = "community"
)

// pageBytes bounds a page, which is held in memory while it is sent.
const pageBytes = 16 << 20

// taxiiBackend serves TAXII 2.1 from the catalog and takes in through intake.
type taxiiBackend struct {
	hub *Hub

	mu       sync.Mutex
	statuses map[string]ownStatus
	order    []string
}

// maxStatuses is how many results of POSTs are remembered; an older one is
// answered as unknown.
const maxStatuses = 4096

type ownStatus struct {
	owner  access.PartnerID
	status taxii.Status
}

func (h *Hub) taxii() http.Handler {
	return &taxii.Handler{Backend: &taxiiBackend{hub: h, statuses: map[string]ownStatus{}}, Log: h.cfg.Logger}
}

// Session finds who asks by the token.
func (b *taxiiBackend) Session(r *http.Request) (taxii.Session, error) {
	token, ok := taxii.Credential(r)
	if !ok {
		return nil, taxii.ErrUnauthorized
	}
	who, ok := b.hub.Views.Access.Authenticate(token)
	if !ok {
		return nil, taxii.ErrUnauthorized
	}
	return &taxiiSession{b, who}, nil
}

// taxiiSession answers one principal.
type taxiiSession struct {
	backend *taxiiBackend
	who     access.Principal
}

// Discovery names the one root.
func (s *taxiiSession) Discovery(context.Context) (taxii.Discovery, error) {
	return taxii.Discovery{Title: "Tocsin", Description: "A collective-defence hub", Default: taxiiRoot, APIRoots: []string{taxiiRoot}}, nil
}

// Root describes the one root.
func (s *taxiiSession) Root(_ context.Context, root string) (taxii.APIRoot, error) {
	if root != taxiiRoot {
		return taxii.APIRoot{}, taxii.ErrNotFound
	}
	return taxii.APIRoot{Title: "Tocsin", Versions: []string{taxii.MediaType}, MaxContentLength: s.backend.hub.cfg.MaxBody}, nil
}

// Collections lists the one collection: every partner reads what it is
// released, contributors write.
func (s *taxiiSession) Collections(_ context.Context, root string) ([]taxii.Collection, error) {
	if root != taxiiRoot {
		return nil, taxii.ErrNotFound
	}
	return []taxii.Collection{{
		ID: s.backend.hub.secrets.Collection, Title: taxiiCollection, Description: "What the community shares",
		CanRead: true, CanWrite: s.who.AtLeast(access.Contributor), MediaTypes: []string{taxii.STIXMediaType},
	}}, nil
}

// Page reads a run of versions in the order in which they were added.
func (s *taxiiSession) Page(ctx context.Context, q taxii.PageRequest) (taxii.Page, error) {
	if len(q.Filter.SpecVersions) > 0 && !contains21(q.Filter.SpecVersions) {
		return taxii.Page{}, nil // everything here is STIX 2.1
	}
	query := catalog.PageQuery{
		AddedAfter: q.Filter.AddedAfter, Limit: q.Limit, Bytes: pageBytes, IDs: q.Filter.IDs, Types: q.Filter.Types, WithoutRaw: q.WithoutRaw,
		Versions: catalog.VersionQuery{First: q.Filter.Versions.First, Last: q.Filter.Versions.Last, All: q.Filter.Versions.All, At: q.Filter.Versions.At},
	}
	if q.After != "" {
		after, err := strconv.ParseUint(q.After, 10, 64)
		if err != nil {
			return taxii.Page{}, taxii.ErrCursor
		}
		query.After = catalog.Place(after)
	}
	page, err := s.backend.hub.Views.Catalog.Page(ctx, s.who, query)
	if err != nil {
		return taxii.Page{}, err
	}
	out := taxii.Page{More: page.More, Next: strconv.FormatUint(uint64(page.Next), 10)}
	for _, o := range page.Objects {
		item := taxii.Item{ID: o.ID, Version: o.Modified, Added: o.Added, Raw: o.Raw}
		if item.Version.IsZero() {
			item.Version = o.Added
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func contains21(versions []string) bool {
	for _, v := range versions {
		if v == "2.1" {
			return true
		}
	}
	return false
}

// Add takes an envelope in, object by object, and answers when what was taken
// is on disk and can be found.
func (s *taxiiSession) Add(ctx context.Context, _, _ string, body io.Reader) (taxii.Status, error) {
	h := s.backend.hub
	if !s.who.AtLeast(access.Contributor) {
		return taxii.Status{}, taxii.ErrForbidden
	}
	owner := access.PartnerID(s.who.Actor())
	status := taxii.Status{ID: uuid.NewString(), State: taxii.Complete, Requested: h.cfg.Clock().UTC()}
	outcome, err := intake.Read(ctx, body, intake.Submission{Partner: owner, Source: "taxii", Format: intake.STIX, PerObject: true, MaxBytes: h.cfg.MaxBody})
	if err != nil {
		return taxii.Status{}, unreadable(err)
	}
	if status.Successes, err = taken(outcome.Drafts); err != nil {
		return taxii.Status{}, err
	}
	for _, r := range outcome.Rejected {
		status.Failures = append(status.Failures, taxii.StatusDetail{ID: r.ID, Message: r.Reason})
	}
	known, err := h.Views.Catalog.HasContribution(ctx, outcome.ID)
	if err != nil {
		return taxii.Status{}, err
	}
	if len(outcome.Drafts) > 0 && !known {
		entries, err := h.Views.Append(ctx, outcome.Drafts...)
		if err != nil {
			return taxii.Status{}, err
		}
		if err := h.Views.WaitCatalog(ctx, entries[len(entries)-1].Seq); err != nil {
			return taxii.Status{}, err
		}
	}
	s.backend.remember(owner, status)
	return status, nil
}

// taken lists the objects that the drafts hold.
func taken(drafts []ledger.Draft) ([]taxii.StatusDetail, error) {
	var details []taxii.StatusDetail
	for _, d := range drafts {
		var part contribution.Part
		if err := json.Unmarshal(d.Body, &part); err != nil {
			return nil, fmt.Errorf("read back what was drafted: %w", err)
		}
		for _, raw := range part.Objects {
			head, err := stix.ParseHeader(raw)
			if err != nil {
				return nil, fmt.Errorf("read back what was drafted: %w", err)
			}
			details = append(details, taxii.StatusDetail{ID: head.ID, Version: version(head)})
		}
	}
	return details, nil
}

func version(h stix.Header) time.Time {
	if h.Modified.IsZero() {
		return h.Created
	}
	return h.Modified
}

func (b *taxiiBackend) remember(owner access.PartnerID, s taxii.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.statuses[s.ID] = ownStatus{owner, s}
	b.order = append(b.order, s.ID)
	if len(b.order) > maxStatuses {
		delete(b.statuses, b.order[0])
		b.order = b.order[1:]
	}
}

// Status is what became of an Add of the same partner.
func (s *taxiiSession) Status(_ context.Context, root, id string) (taxii.Status, error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	one, ok := s.backend.statuses[id]
	owner := access.PartnerID(s.who.Actor())
	if !ok || root != taxiiRoot || one.owner != owner {
		return taxii.Status{}, taxii.ErrNotFound
	}
	return one.status, nil
}

// unreadable tells the client what is wrong with its envelope.
func unreadable(err error) error {
	var refused *intake.Refused
	if !errors.As(err, &refused) {
		return err
	}
	var about *stix.Error
	if errors.As(refused.Cause, &about) && about.Rule == stix.RuleSize {
		return &taxii.Error{Status: http.StatusRequestEntityTooLarge, Title: "the envelope is too large", Description: refused.Error()}
	}
	return &taxii.Error{Status: http.StatusUnprocessableEntity, Title: "the envelope cannot be read", Description: refused.Error()}
}
