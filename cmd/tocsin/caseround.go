package main

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// committed lists the partners that have committed in a round, each once.
func committed(r attribution.Round) []access.PartnerID {
	var partners []access.PartnerID
	for _, c := range r.Committed {
		if !slices.Contains(partners, c.By) {
			partners = append(partners, c.By)
		}
	}
	return partners
}

// openRound is the round in which partners commit now; it may be empty.
func openRound(c *attribution.Case) attribution.Round {
	if n := len(c.Rounds); n > 0 && c.Rounds[n-1].Closed == 0 {
		return c.Rounds[n-1]
	}
	return attribution.Round{Number: len(c.Rounds) + 1}
}

type caseCommitCommand struct {
	hubFlags
	ID     string         `arg:"" name:"case" help:"The case."`
	Vector map[string]int `required:"" mapsep:"," placeholder:"NAME=WEIGHT,..." help:"A weight for each hypothesis, whole numbers from 0 to 1000000; they are made to sum to 1. What is left out is 0."`
	Keep   string         `required:"" help:"A new file for what you commit to: it is needed to show it later, and nobody else has it." placeholder:"FILE"`
	JSON   bool           `name:"json" help:"Print JSON."`
}

func (c *caseCommitCommand) Run(env *environment) error {
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	me, err := myself(env.Context, hub)
	if err != nil {
		return err
	}
	vector, err := vectorFor(one.Case, c.Vector)
	if err != nil {
		return usageError{err}
	}
	secret := vectorSecret{Case: one.ID, Partner: me.ID, Round: openRound(one.Case).Number, Vector: vector}
	if _, err := rand.Read(secret.Salt[:]); err != nil {
		return err
	}
	seal, err := attribution.SealVector(secret.Salt, vector)
	if err != nil {
		return err
	}
	if err := keepSecret(c.Keep, secret); err != nil {
		return err
	}
	in := attribution.Commitment{Case: one.ID, Round: secret.Round, Seal: seal.Named()}
	if err := actInCase(env, hub, "/cases/commitments", in, c.JSON); err != nil {
		return unkept(c.Keep, err)
	}
	fmt.Fprintf(env.Stderr, "Committed in round %d; your partner's last commitment in it counts. Once the round is closed: tocsin case reveal %s --keep %s\n", secret.Round, c.ID, c.Keep)
	return nil
}

// vectorFor is a vector that can be shown later: a hypothesis that the case does
// not have would be found only then.
func vectorFor(c *attribution.Case, weights map[string]int) (attribution.Vector, error) {
	vector := make(attribution.Vector, len(weights))
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		id := attribution.HypothesisID(name)
		if !slices.ContainsFunc(c.Hypotheses, func(h attribution.Hypothesis) bool { return h.ID == id }) {
			known := make([]attribution.HypothesisID, len(c.Hypotheses))
			for i, h := range c.Hypotheses {
				known[i] = h.ID
			}
			return nil, fmt.Errorf("--vector: the case has no hypothesis %q: it has %v", name, known)
		}
		vector[id] = weights[name]
	}
	return vector, vector.Validate()
}

type caseCloseCommand struct {
	hubFlags
	ID   string `arg:"" name:"case" help:"The case."`
	Yes  bool   `help:"Do not ask, even if partners of the decision rule have not committed."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *caseCloseCommand) Run(env *environment) error {
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	round := openRound(one.Case)
	have := committed(round)
	missing := slices.DeleteFunc(one.Policy.Partners(), func(p access.PartnerID) bool { return slices.Contains(have, p) })
	if len(missing) > 0 {
		fmt.Fprintf(env.Stderr, "Not committed in round %d: %s. They cannot any more once it is closed.\n", round.Number, names(one, missing))
		if err := sure(env, c.Yes, "Close it?"); err != nil {
			return err
		}
	}
	return actInCase(env, hub, "/cases/rounds", attribution.Closing{Case: one.ID, Round: round.Number}, c.JSON)
}

type caseRevealCommand struct {
	hubFlags
	ID   string `arg:"" name:"case" help:"The case."`
	Keep string `required:"" help:"What \"tocsin case commit\" has kept." placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *caseRevealCommand) Run(env *environment) error {
	secret, err := readSecret[vectorSecret](c.Keep, c.ID)
	if err != nil {
		return err
	}
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	me, err := myself(env.Context, hub)
	if err != nil {
		return err
	}
	// Whatever is sent the hub has, also if it refuses it.
	if secret.Partner != me.ID {
		return fmt.Errorf("%s keeps the vector of %s, and the token is of %s: nothing was sent", c.Keep, secret.Partner, me.ID)
	}
	if n := secret.Round; n > len(one.Rounds) || one.Rounds[n-1].Closed == 0 {
		return fmt.Errorf("round %d is not closed, and others may still commit: nothing was sent; reveal once a coordinator has closed it", n)
	}
	return actInCase(env, hub, "/cases/revelations", attribution.Revelation{
		Case: secret.Case, Round: secret.Round, Salt: secret.Salt, Vector: secret.Vector,
	}, c.JSON)
}
