package collections

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/taxii"
)

// Status is what became of an Add of the same partner, read from the ledger: it
// is the same after a restart.
func (s *session) Status(ctx context.Context, root, id string) (taxii.Status, error) {
	if _, err := s.Root(ctx, root); err != nil {
		return taxii.Status{}, err
	}
	status, of := taxii.Status{ID: id, State: taxii.Complete}, "contribution--"+id
	if seq, ok := s.Views.Reports.Find(id); ok {
		e, err := s.own(ctx, seq)
		if err != nil {
			return taxii.Status{}, err
		}
		var report contribution.Report
		if err := json.Unmarshal(e.Body, &report); err != nil {
			return taxii.Status{}, err
		}
		status.Requested, status.Failures, of = report.Requested, failures(report), report.Contribution
		if of == "" {
			return status, nil
		}
	}
	entries, visible, err := s.Views.Contribution(ctx, s.who.Actor(), of)
	if err != nil {
		return taxii.Status{}, err
	}
	if len(entries) == 0 && len(status.Failures) == 0 {
		return taxii.Status{}, taxii.ErrNotFound
	}
	list := &status.Successes
	if !visible {
		list, status.State = &status.Pendings, taxii.Pending
	}
	for _, seq := range entries {
		e, err := s.own(ctx, seq)
		if err != nil {
			return taxii.Status{}, err
		}
		if status.Requested.IsZero() {
			status.Requested = e.Time
		}
		if err := details(e, list); err != nil {
			return taxii.Status{}, err
		}
	}
	return status, nil
}

// own reads an entry of the principal's own.
func (s *session) own(ctx context.Context, seq ledger.Seq) (ledger.Entry, error) {
	e, err := s.Views.Entry(ctx, seq)
	if err == nil && e.Actor != s.who.Actor() {
		err = taxii.ErrNotFound
	}
	return e, err
}

// details lists the objects of an entry.
func details(e ledger.Entry, list *[]taxii.StatusDetail) error {
	if string(e.Body) == ledger.Erased {
		return nil
	}
	var part contribution.Part
	if err := json.Unmarshal(e.Body, &part); err != nil {
		return err
	}
	for _, raw := range part.Objects {
		head, err := stix.ParseHeader(raw)
		if err != nil {
			return err
		}
		*list = append(*list, taxii.StatusDetail{ID: head.ID, Version: head.Version()})
	}
	return nil
}
