package hub

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/tracing"
)

// accepting is the hub's ledger as everything in the hub appends to it: it keeps room
// on the disk, and times what it takes. It stands outside the sealing, so that what is
// refused uses up no keys.
type accepting struct {
	*sealed.Ledger
	guard   *headroom.Guard
	count   *metrics.Metrics
	failing *atomic.Bool // the last append found that the storage fails
}

// Append appends if there is room for what is that urgent: see [ledger.Ledger]. It
// fails with *headroom.Low otherwise.
func (a accepting) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if err := a.guard.Admit(urgency(drafts)); err != nil {
		a.count.Refused(metrics.DiskLow)
		return nil, err
	}
	ctx, step := tracing.Step(ctx, "append")
	step.Count("entries", len(drafts))
	begun := time.Now()
	entries, err := a.Ledger.Append(ctx, expected, drafts...)
	step.End(err)
	switch {
	case err == nil:
		a.failing.Store(false)
		a.count.Appended(time.Since(begun))
	case errors.Is(err, ledger.ErrUnavailable):
		a.failing.Store(true)
		a.count.Refused(metrics.Unavailable)
	default:
		a.count.Refused(metrics.Other)
	}
	return entries, err
}

// urgencies are those of kinds that are not usual. What can be deferred is knowledge:
// it is what fills a disk, and its sender sends it again. What is urgent takes
// something back, or lets in or keeps out who does.
var urgencies = map[ledger.Kind]headroom.Urgency{
	contribution.KindAccepted: headroom.Deferrable,
	contribution.KindReported: headroom.Deferrable,
	sighting.KindReported:     headroom.Deferrable,
	exposure.KindReported:     headroom.Deferrable,
	attribution.KindEvidence:  headroom.Deferrable,
	attribution.KindSealed:    headroom.Deferrable,

	contribution.KindTightened:   headroom.Urgent,
	contribution.KindErased:      headroom.Urgent,
	protect.KindDecided:          headroom.Urgent,
	protect.KindStopped:          headroom.Urgent,
	protect.KindQuarantined:      headroom.Urgent,
	access.KindTokenRevoked:      headroom.Urgent,
	access.KindPartnerLeft:       headroom.Urgent,
	access.KindPersonLeft:        headroom.Urgent,
	access.KindPersonErased:      headroom.Urgent,
	access.KindCredentialRemoved: headroom.Urgent,
	access.KindSignInSucceeded:   headroom.Urgent,
	access.KindSignInEnded:       headroom.Urgent,
}

// urgency is that of an append, which is taken as a whole: it can be deferred if
// anything in it can, and is urgent if anything in it is. What the hub itself decides,
// or its administrator in its name, is urgent unless it is knowledge.
func urgency(drafts []ledger.Draft) headroom.Urgency {
	u := headroom.Usual
	for _, d := range drafts {
		of, known := urgencies[d.Kind]
		switch {
		case known && of == headroom.Deferrable:
			return headroom.Deferrable
		case known || d.Actor == access.Hub:
			u = headroom.Urgent
		}
	}
	return u
}
