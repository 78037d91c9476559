package collections

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/views"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/taxii"
)

// Add takes an envelope in, object by object, and answers when what was taken
// is on disk: complete if it can be found by then, pending if not.
//
// The status has the id of the contribution, so that it needs no place of its
// own; where something was not taken, that of the report on it.
func (s *session) Add(ctx context.Context, root, _ string, body io.Reader) (taxii.Status, error) {
	who := access.PartnerID(s.who.Actor())
	audience := access.Audience{TLP: access.Green, Community: root}
	if err := s.Views.Access.CheckAudience(s.who, audience); err != nil {
		return taxii.Status{}, &taxii.Error{Status: http.StatusForbidden, Title: "nobody shares into a community of others", Description: err.Error()}
	}
	outcome, done, err := s.Views.Read(ctx, body, intake.Submission{
		Partner: who, Audience: audience,
		Source: "taxii", Format: intake.STIX, PerObject: true, MaxBytes: s.MaxBody,
	})
	if err != nil {
		return taxii.Status{}, unreadable(busy(err))
	}
	defer done()
	taken, err := s.Views.Contribute(ctx, who, outcome)
	if err != nil {
		return taxii.Status{}, busy(err)
	}
	status := taxii.Status{ID: strings.TrimPrefix(outcome.ID, "contribution--"), State: taxii.Complete, Requested: taken.At}
	if status.Requested.IsZero() {
		status.Requested = s.Clock().UTC().Truncate(time.Microsecond)
	}
	list := &status.Successes
	if !taken.Visible {
		list, status.State = &status.Pendings, taxii.Pending
	}
	kept := map[string]string{}
	for _, k := range taken.Kept {
		kept[k.ID] = k.Reason
	}
	for _, o := range outcome.Taken {
		*list = append(*list, taxii.StatusDetail{ID: o.ID, Version: o.Version, Message: kept[o.ID]})
	}
	if len(outcome.Rejected) == 0 {
		return status, nil
	}
	report := contribution.Report{ID: uuid.NewString(), Requested: status.Requested, Failures: byObject(outcome.Rejected)}
	if len(outcome.Taken) > 0 {
		report.Contribution = outcome.ID
	}
	status.ID, status.Failures = report.ID, failures(report)
	return status, s.keep(ctx, report)
}

// byObject is one failure an object, whatever is wrong with it: the counts of a
// status are of objects (TAXII 2.1, section 4.3.1).
func byObject(rejected []intake.Rejection) (list []contribution.Failure) {
	at := map[string]int{}
	for _, r := range rejected {
		object := r.Pointer
		if parts := strings.SplitN(r.Pointer, "/", 4); len(parts) == 4 {
			object = strings.Join(parts[:3], "/") // "/objects/7" of "/objects/7/name"
		}
		i, known := at[object]
		if !known {
			at[object] = len(list)
			list = append(list, contribution.Failure{ID: r.ID, Reason: r.Reason})
			continue
		}
		list[i].Reason += "; " + r.Reason
	}
	for i := range list {
		list[i].ID, list[i].Reason = cut(list[i].ID), cut(list[i].Reason)
	}
	return list
}

// maxReported keeps a report within one entry.
const maxReported = 2000

// maxReason is how much of a reason is kept, in bytes.
const maxReason = 400

// keep puts a report on the ledger, for nobody but its partner.
func (s *session) keep(ctx context.Context, report contribution.Report) error {
	if over := len(report.Failures) - maxReported; over > 0 {
		report.Failures, report.Omitted = report.Failures[:maxReported], over
	}
	own := access.Audience{TLP: access.Red, Community: access.DefaultCommunity}
	draft, err := ledger.NewDraft(contribution.KindReported, s.who.Actor(), own.String(), report)
	if err != nil {
		return err
	}
	_, err = s.Views.Append(ctx, draft)
	return err
}

func cut(text string) string {
	if len(text) <= maxReason {
		return text
	}
	return strings.ToValidUTF8(text[:maxReason], "") + "…"
}

func failures(report contribution.Report) (list []taxii.StatusDetail) {
	for _, f := range report.Failures {
		list = append(list, taxii.StatusDetail{ID: f.ID, Message: f.Reason})
	}
	return list
}

// busy tells the client when to come back.
func busy(err error) error {
	var behind *views.Backlogged
	var full *headroom.Low
	switch {
	case errors.As(err, &full):
		return &taxii.Error{Status: http.StatusServiceUnavailable, Title: "the hub's disk is nearly full", Description: full.Error(), RetryAfter: full.RetryAfter}
	case !errors.As(err, &behind):
		return err
	}
	return &taxii.Error{
		Status: http.StatusServiceUnavailable, Title: "the hub is catching up", Description: behind.Error(),
		RetryAfter: time.Duration(math.Ceil(behind.RetryAfter.Seconds())) * time.Second,
	}
}

// unreadable tells the client what is wrong with its envelope.
func unreadable(err error) error {
	var refused *intake.Refused
	var unread *intake.Unread
	switch {
	case errors.As(err, &unread):
		return &taxii.Error{Status: http.StatusBadRequest, Title: "the envelope ended before its end", Description: unread.Error()}
	case !errors.As(err, &refused):
		return err
	}
	var about *stix.Error
	if errors.As(refused.Cause, &about) && about.Rule == stix.RuleSize {
		return &taxii.Error{Status: http.StatusRequestEntityTooLarge, Title: "the envelope is too large", Description: refused.Error()}
	}
	return &taxii.Error{Status: http.StatusUnprocessableEntity, Title: "the envelope cannot be read", Description: refused.Error()}
}
