package contribution

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// MaxHops is how many hubs a contribution may come through. More than that is a
// loop in which some hub forgets where things came from.
const MaxHops = 8

// Origin is where a contribution that came from another hub began, and how it
// came here. The entry's actor is the partner that stands for the hub that told
// of it: its word is that partner's alone, whoever spoke first.
type Origin struct {
	Hub          string    `json:"hub"`          // the id of the hub that accepted it first: "hub--" and a UUID
	Contribution string    `json:"contribution"` // its id there
	By           string    `json:"by"`           // who contributed it there: a partner's id, or "hub"
	Time         time.Time `json:"time"`         // when it was accepted there, by that hub's clock
	Via          []string  `json:"via"`          // the hubs that it came through: Hub first, last the one that told this hub
	As           string    `json:"as"`           // its id at the last of them, by which that hub takes back
}

var (
	hubID   = regexp.MustCompile(`^hub--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	namedID = regexp.MustCompile(`^(hub|identity--[0-9a-f-]{36})$`)
	ownID   = regexp.MustCompile(`^contribution--[0-9a-f-]{36}$`)
)

// IsHub says whether a text is the id of a hub.
func IsHub(id string) bool { return hubID.MatchString(id) }

// IsID says whether a text is the id of a contribution.
func IsID(id string) bool { return ownID.MatchString(id) }

// Validate says what is wrong with an origin that another hub told.
func (o Origin) Validate() error {
	switch {
	case !IsHub(o.Hub):
		return fmt.Errorf("origin: %.60q is no hub's id", o.Hub)
	case !IsID(o.Contribution) || !IsID(o.As):
		return fmt.Errorf("origin: %.60q, as %.60q: these are no ids of contributions", o.Contribution, o.As)
	case !namedID.MatchString(o.By):
		return fmt.Errorf("origin: %.60q is no partner's id", o.By)
	case len(o.Via) == 0 || len(o.Via) > MaxHops || o.Via[0] != o.Hub:
		return fmt.Errorf("origin: it came through %d hubs; they are 1 to %d and begin with the first", len(o.Via), MaxHops)
	case o.Time.IsZero() || o.Time.Year() > 9999:
		return fmt.Errorf("origin: it has no time")
	}
	for i, id := range o.Via {
		if !IsHub(id) || slices.Contains(o.Via[:i], id) {
			return fmt.Errorf("origin: %.60q stands twice on the way, or is no hub's id", id)
		}
	}
	return nil
}

// Through is the origin of what a hub told that had it from elsewhere, or from a
// partner of its own if from is nil. told is the contribution's id at that hub, by
// and at the actor and the time of its entry there.
func Through(hub string, from *Origin, told, by string, at time.Time) Origin {
	if from == nil {
		return Origin{Hub: hub, Contribution: told, By: by, Time: at, Via: []string{hub}, As: told}
	}
	next := *from
	next.Via, next.As = append(slices.Clone(from.Via), hub), told
	return next
}
