package edge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
)

// introduce finds out whose edge this is. Another partner's memory counts for
// nothing.
func introduce(ctx context.Context, cfg Config, kept remembered) (remembered, error) {
	var me struct {
		access.Partner
		Role access.Role `json:"role"`
	}
	err := cfg.Client.Get(ctx, "/me", &me)
	place := me.Partner
	if err == nil && me.Role == access.Viewer {
		return kept, fmt.Errorf("the token's role is viewer: an edge reports and acknowledges, for which it has to be a contributor's")
	}
	var problem *client.Problem
	switch {
	case err == nil && place.ID == kept.Partner.ID:
		kept.Partner = place
		return kept, nil
	case err == nil:
		return remembered{Partner: place, Protections: newDecided(), Told: map[string]map[string]word{}}, nil
	case ctx.Err() != nil, errors.As(err, &problem) && problem.Status < 500 && problem.Status != http.StatusTooManyRequests, kept.Partner.ID == "":
		return kept, err
	}
	cfg.Logger.Warn("the hub is away, what it decided last is put in force", "error", err)
	return kept, nil
}

// firstPatience is how long telemetry waits for what the hub has decided so far.
const firstPatience = 5 * time.Second

// learnFirst returns when telemetry can be matched against what the hub has
// decided and its partners know: what is read before is found only by looking
// back. A hub that does not answer keeps nobody from reading.
func (e *Edge) learnFirst(ctx context.Context) {
	if len(e.sensors) == 0 {
		return
	}
	ctx, stop := context.WithTimeout(ctx, firstPatience)
	defer stop()
	err := e.enforcer.watching.Wait(ctx, 1)
	if err == nil && e.learner.current.Load().Mark().N == 0 {
		err = e.known(ctx)
	}
	if err != nil {
		e.cfg.Logger.Warn("telemetry is read before all that the hub knows is")
	}
}

// known returns when the stream has told all there is, or its fingerprints have
// come first.
func (e *Edge) known(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	first := make(chan error, 2)
	go func() { first <- e.learner.known.Wait(ctx, 1) }()
	go func() { first <- e.bootstrap.Ready(ctx) }()
	return <-first
}
