package edge

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/spool"
)

// send empties the spool.
func (r *reporter) send(ctx context.Context) error {
	select {
	case r.sending <- struct{}{}:
		defer func() { <-r.sending }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		id, text, err := r.spool.Next()
		if errors.Is(err, spool.ErrEmpty) {
			return nil
		}
		if err != nil {
			return err
		}
		var report sighting.Report
		if err := json.Unmarshal(text, &report); err != nil {
			r.log.Error("a report that was kept cannot be read and is left out", "report", id, "error", err)
		} else if err := r.post(ctx, report); err != nil {
			return err
		}
		if err := r.spool.Done(id); err != nil {
			return err
		}
	}
}

// post sends one report. Of what the hub refuses for good the half is tried, so
// that one bad finding does not take the others with it; a single one that it
// refuses is logged and dropped, for it would be refused again. Only an answer
// that names the report is the hub's word for it.
func (r *reporter) post(ctx context.Context, report sighting.Report) error {
	var answer struct {
		ID string `json:"id"`
	}
	err := r.client.Report(ctx, "/sightings", report, &answer)
	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && problem.Final():
		if report.Findings() <= 1 {
			r.log.Error("a finding was refused by the hub", "report", report.ID, "error", err)
			return nil
		}
		first, second := halves(report)
		return errors.Join(r.post(ctx, first), r.post(ctx, second))
	case err != nil:
		return err
	case answer.ID != report.ID:
		return fmt.Errorf("post report %s: what answered was not the hub: it names %.40q", report.ID, answer.ID)
	}
	return nil
}

// halves parts a report. The parts' ids are the same each time, so that they
// count once however often they are sent.
func halves(r sighting.Report) (first, second sighting.Report) {
	first, second = r, r
	half := r.Findings() / 2
	first.Sightings, second.Sightings, half = parted(r.Sightings, half)
	first.Scans, second.Scans, half = parted(r.Scans, half)
	first.Encryptions, second.Encryptions, _ = parted(r.Encryptions, half)
	first.ID, second.ID = r.ID+"0", r.ID+"1"
	return first, second
}

// parted gives the first so many, the others, and how many are wanted still.
func parted[T any](list []T, want int) (first, second []T, still int) {
	n := min(want, len(list))
	return list[:n], list[n:], want - n
}
