package playbook

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// boardExtension is how the state of an incident's actions goes into a playbook.
var boardExtension = newID("extension-definition", "board, 1")

// ofBoard says of which incident a playbook is the board.
type ofBoard struct {
	Outbreak string `json:"outbreak"`
}

// ofAction is where an action stands.
type ofAction struct {
	Action      response.ActionID   `json:"action"`
	Kind        response.Kind       `json:"kind"`
	Status      response.Status     `json:"status"`
	By          access.PartnerID    `json:"by"`
	Opened      time.Time           `json:"opened"`
	Volunteered bool                `json:"volunteered,omitzero"`
	AskedOf     []string            `json:"asked_of,omitempty"`
	Authority   string              `json:"authority,omitempty"`
	Approval    string              `json:"approval,omitempty"`
	Deadline    time.Time           `json:"deadline,omitzero"`
	After       []response.ActionID `json:"after,omitempty"`
	Template    string              `json:"template,omitempty"`
	Parts       []ofPart            `json:"parts,omitempty"`
}

// ofPart is one partner's part of an action.
type ofPart struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"`
	Status  response.Status  `json:"status"`
	DoneAt  time.Time        `json:"done_at,omitzero"`
}

// Board writes the actions of an incident as a playbook, the oldest first: what
// has to be done before another comes before it, and what each one's state is,
// stands in an extension. raised is when the incident began. It is marked as the
// narrowest of the actions and the incident, which is at marked, are: its reader may
// see them all.
func Board(outbreak, title string, marked access.TLP, raised time.Time, actions []response.Action) (Playbook, error) {
	actions = slices.Clone(actions)
	slices.SortStableFunc(actions, func(a, b response.Action) int { return a.Opened.Compare(b.Opened) })
	modified, tlp := raised, access.Narrower(marked, access.Green)
	steps := make([]work, 0, len(actions))
	for _, a := range actions {
		state := ofAction{
			Action: a.ID, Kind: a.Kind, Status: a.Status, By: a.By, Opened: a.Opened, Volunteered: a.Volunteered, AskedOf: a.AskedOf,
			Authority: a.Authority, Approval: string(a.Approval), Deadline: a.Deadline, After: a.After, Template: a.Template,
		}
		for _, c := range a.Commitments {
			state.Parts = append(state.Parts, ofPart{c.Partner, c.At, c.Status, c.DoneAt})
		}
		for _, e := range a.History {
			modified = latest(modified, e.At)
		}
		modified = latest(modified, a.Opened)
		if a.Audience.TLP != "" && access.Narrower(a.Audience.TLP, tlp) == a.Audience.TLP {
			tlp = a.Audience.TLP
		}
		w := work{key: string(a.ID), title: a.Title, text: a.Title, kind: a.Kind, askedOf: a.AskedOf, extended: state}
		if a.Volunteered {
			w.askedOf = []string{string(a.By)}
		}
		for _, before := range a.After {
			w.after = append(w.after, string(before))
		}
		steps = append(steps, w)
	}
	p := begin(newID("playbook", "board "+outbreak), cut(title, maxTitle), Hub, raised, modified, tlp)
	p.extend(boardExtension, "board of an incident", "where each action stood when this was written, in the ledger's own times")
	return p, p.write(boardExtension, ofBoard{outbreak}, steps)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
