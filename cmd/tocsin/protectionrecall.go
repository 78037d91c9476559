package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/protect"
)

type protectionRecallCommand struct {
	hubFlags
	Value  string        `arg:"" help:"The value whose protection is recalled."`
	Reason string        `required:"" help:"Why, for the ledger."`
	Wait   time.Duration `help:"Follow the receipts for so long at most, until it is gone everywhere; then status 1 if it is not." placeholder:"DURATION"`
	JSON   bool          `name:"json" help:"Print JSON."`
}

func (c *protectionRecallCommand) Run(env *environment) error {
	began := time.Now()
	p, err := changeProtection(env, c.hubFlags, "/protections/recall", map[string]string{"value": c.Value, "reason": c.Reason}, c.JSON)
	if err != nil || c.Wait <= 0 {
		return err
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(env.Context, c.Wait)
	defer cancel()
	coverage, err := followRecall(ctx, env, hub, p)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := env.printJSON(coverage); err != nil {
			return err
		}
	} else if err := printRecall(env, hub, coverage, time.Since(began)); err != nil {
		return err
	}
	if coverage.Lagging.N > 0 {
		return fmt.Errorf("recall %s: after %s it is not gone at %s; they are asked on, and where they are away it expires at %s by itself",
			p.Text, c.Wait, outletCount(coverage.Lagging), p.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// followRecall asks for the receipts until nobody lags or ctx ends: first soon,
// then once a second.
func followRecall(ctx context.Context, env *environment, hub *client.Client, p protect.Protection) (c protect.Coverage, err error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		if err := hub.Get(env.Context, "/protections/"+url.PathEscape(p.ID)+"/receipts", &c); err != nil || c.Lagging.N == 0 {
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, env.Context.Err()
		case <-time.After(pause):
		}
	}
}

// printRecall says where it is gone, and names the stragglers.
func printRecall(env *environment, hub *client.Client, c protect.Coverage, took time.Duration) error {
	if c.Gone.N+c.Lagging.N == 0 { // such as what was merely proposed
		_, err := fmt.Fprintln(env.Stdout, "no outlet has said that it had it in force")
		return err
	}
	fmt.Fprintf(env.Stdout, "gone at %d of %d partners' outlets after %.1f s", c.Gone.N, c.Gone.N+c.Lagging.N, took.Seconds())
	if len(c.Stragglers) > 0 {
		names := partnerNames(env, hub)
		lag := make([]string, 0, len(c.Stragglers))
		for _, s := range c.Stragglers {
			lag = append(lag, fmt.Sprintf("%s, %s (%s%s)", names(s.Partner), s.Outlet, s.Why, lastHeard(s)))
		}
		fmt.Fprintf(env.Stdout, "; stragglers: %s", strings.Join(lag, "; "))
	}
	_, err := fmt.Fprintln(env.Stdout)
	return err
}

// partnerNames are how people call partners; their ids if the hub does not say.
func partnerNames(env *environment, hub *client.Client) func(access.PartnerID) string {
	var answer struct {
		Partners []access.Partner `json:"partners"`
	}
	names := map[access.PartnerID]string{}
	if err := client.Collect(env.Context, hub, "/partners", "partners", &answer.Partners); err == nil {
		for _, p := range answer.Partners {
			names[p.ID] = p.Name
		}
	}
	return func(id access.PartnerID) string {
		if name := names[id]; name != "" {
			return name
		}
		return string(id)
	}
}
