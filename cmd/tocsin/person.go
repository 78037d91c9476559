package main

import (
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

type personCommand struct {
	List   personListCommand   `cmd:"" help:"The people of your partner; an administrator's are all (coordinator)."`
	Invite personInviteCommand `cmd:"" help:"Let a person in; the enrolment secret is shown this once (coordinator)."`
	Renew  personRenewCommand  `cmd:"" help:"Make another enrolment secret, where the first expired or all credentials are lost."`
	Leave  personLeaveCommand  `cmd:"" help:"End a person's access."`
	Erase  personEraseCommand  `cmd:"" help:"Erase what the ledger says of a person, for good (administrator)."`
}

type listedPerson struct {
	ID      string    `json:"id"`
	Partner string    `json:"partner"`
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Role    string    `json:"role"`
	Methods []string  `json:"methods"`
	Joined  time.Time `json:"joined,omitzero"`
	Left    time.Time `json:"left,omitzero"`
	Invited time.Time `json:"invited_until,omitzero"`
}

func (p listedPerson) state() string {
	switch {
	case !p.Left.IsZero():
		return "left " + p.Left.Format(time.RFC3339)
	case len(p.Methods) > 0:
		return strings.Join(p.Methods, ",")
	case !p.Invited.IsZero():
		return "invited until " + p.Invited.Format(time.RFC3339)
	}
	return "cannot sign in: renew the invitation"
}

type personListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *personListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/people", "people", c.JSON, func(t *tabwriter.Writer, p listedPerson) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, orHub(p.Partner), p.Role, p.Name, p.Email, p.state())
	})
}

type personInviteCommand struct {
	hubFlags
	Partner string `arg:"" help:"The partner's id, or 'hub' for an administrator of the hub itself."`
	Name    string `arg:"" help:"The person's name."`
	Email   string `required:"" help:"With which the person signs in."`
	Role    string `required:"" help:"viewer, contributor, analyst, coordinator or administrator."`
	JSON    bool   `name:"json" help:"Print JSON, with the person's id."`
}

func (c *personInviteCommand) Run(env *environment) error {
	in := map[string]string{"partner": c.Partner, "name": c.Name, "email": c.Email, "role": c.Role}
	return invite(env, c.hubFlags, "/people", in, c.JSON)
}

type personRenewCommand struct {
	hubFlags
	ID   string `arg:"" help:"The person's id."`
	JSON bool   `name:"json" help:"Print JSON, with the person's id."`
}

func (c *personRenewCommand) Run(env *environment) error {
	return invite(env, c.hubFlags, personPath(c.ID, "invitation"), nil, c.JSON)
}

// invite asks for an enrolment secret and prints it.
func invite(env *environment, flags hubFlags, path string, in any, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var made struct {
		ID        string    `json:"id"`
		Enrolment string    `json:"enrolment"`
		Expires   time.Time `json:"expires"`
	}
	if err := hub.Post(env.Context, path, in, &made); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(made)
	}
	fmt.Fprintf(env.Stderr, "Hand this secret over in person or by telephone; it is entered at the hub's page /enrol, once, until %s:\n", made.Expires.UTC().Format(time.RFC3339))
	_, err = fmt.Fprintln(env.Stdout, made.Enrolment)
	return err
}

type personLeaveCommand struct {
	hubFlags
	ID     string `arg:"" help:"The person's id."`
	Reason string `required:"" help:"Why, for the audit."`
	Tokens string `enum:",revoke,keep" default:"" help:"What becomes of the tokens that the person issued: revoke or keep; left out, those of its partner are revoked, and an administrator's kept."`
}

func (c *personLeaveCommand) Run(env *environment) error {
	return end(env, c.hubFlags, personPath(c.ID, "departure"), c.Reason, c.Tokens)
}

type personEraseCommand struct {
	hubFlags
	ID     string `arg:"" help:"The person's id."`
	Reason string `required:"" help:"Why, for the audit; it stays, so name nobody in it."`
}

func (c *personEraseCommand) Run(env *environment) error {
	return end(env, c.hubFlags, personPath(c.ID, "erasure"), c.Reason, "")
}

// end ends somebody or something, and says what becomes of the tokens that it issued.
func end(env *environment, flags hubFlags, path, reason, tokens string) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	return hub.Post(env.Context, path, struct {
		Reason string `json:"reason"`
		Tokens string `json:"tokens,omitempty"`
	}{reason, tokens}, nil)
}

func personPath(id, what string) string { return "/people/" + url.PathEscape(id) + "/" + what }
