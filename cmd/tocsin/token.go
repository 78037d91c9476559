package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
)

type tokenCommand struct {
	List   tokenListCommand   `cmd:"" help:"All tokens ever issued (administrator)."`
	Issue  tokenIssueCommand  `cmd:"" help:"Issue a token (administrator); it is shown this once."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke a token by its id (administrator)."`
	Claim  tokenClaimCommand  `cmd:"" help:"Become the administrator of a new hub, with the secret that it printed."`
}

type tokenListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

type listedToken struct {
	ID          string    `json:"id"`
	Partner     string    `json:"partner"`
	Role        string    `json:"role"`
	Scopes      []string  `json:"scopes,omitempty"`
	Description string    `json:"description,omitzero"`
	Issued      time.Time `json:"issued"`
	Expires     time.Time `json:"expires,omitzero"`
	Revoked     time.Time `json:"revoked,omitzero"`
	LastUsed    time.Time `json:"last_used,omitzero"`
}

func (t listedToken) state(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + t.Revoked.Format(time.RFC3339)
	case t.Expires.IsZero():
		return "works"
	case now.Before(t.Expires):
		return "until " + t.Expires.Format(time.RFC3339)
	}
	return "expired " + t.Expires.Format(time.RFC3339)
}

func (c *tokenListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/tokens", "tokens", c.JSON, func(table *tabwriter.Writer, t listedToken) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, orHub(t.Partner), t.Role, t.state(time.Now()), strings.Join(t.Scopes, ","), t.Description)
	})
}

// orHub names what acts for no partner.
func orHub(partner string) string {
	if partner == "" {
		return "hub"
	}
	return partner
}

type tokenIssueCommand struct {
	hubFlags
	Partner     string   `arg:"" help:"The partner's id, or 'hub' for another administrator of the hub itself."`
	Role        string   `required:"" help:"viewer, contributor, analyst, coordinator or administrator."`
	Scope       []string `help:"What it is confined to: taxii, api, stream, feeds, log or metrics, each alone or as in taxii:read; everything if not given."`
	Expires     string   `help:"When it stops working: an RFC 3339 time, or how long from now, as 12h or 90d; never if not given."`
	Description string   `help:"What it is for."`
	Certificate []byte   `type:"filecontent" placeholder:"FILE" help:"A TLS client certificate, PEM, that stands for the token; nothing is printed then but the token's id."`
	JSON        bool     `name:"json" help:"Print JSON, with the token's id."`
}

type issuedToken struct {
	ID      string    `json:"id"`
	Token   string    `json:"token"`
	Scopes  []string  `json:"scopes,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

func (c *tokenIssueCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := struct {
		Partner     string   `json:"partner"`
		Role        string   `json:"role"`
		Scopes      []string `json:"scopes,omitempty"`
		Expires     string   `json:"expires,omitempty"`
		Description string   `json:"description,omitempty"`
		Certificate string   `json:"certificate,omitempty"`
	}{c.Partner, c.Role, c.Scope, c.Expires, c.Description, string(c.Certificate)}
	var issued issuedToken
	if err := hub.Post(env.Context, "/tokens", in, &issued); err != nil {
		return err
	}
	return printToken(env, issued, c.JSON)
}

func printToken(env *environment, issued issuedToken, asJSON bool) error {
	if asJSON {
		return env.printJSON(issued)
	}
	_, err := fmt.Fprintln(env.Stdout, cmp.Or(issued.Token, issued.ID))
	return err
}

type tokenRevokeCommand struct {
	hubFlags
	ID     string `arg:"" help:"The token's id."`
	Reason string `required:"" help:"Why, for the audit."`
	Tokens string `enum:",revoke,keep" default:"" help:"What becomes of the tokens that were issued with it: revoke or keep; left out, those of its partner are revoked, and an administrator's kept."`
}

func (c *tokenRevokeCommand) Run(env *environment) error {
	return end(env, c.hubFlags, "/tokens/"+url.PathEscape(c.ID)+"/revocation", c.Reason, c.Tokens)
}

type tokenClaimCommand struct {
	Hub        string `help:"URL of the hub." default:"http://127.0.0.1:8440" env:"TOCSIN_HUB" placeholder:"URL"`
	SecretFile string `required:"" help:"File with the secret that the hub printed when it started." placeholder:"FILE"`
	Name       string `help:"Whose token it is, or what for."`
	JSON       bool   `name:"json" help:"Print JSON, with the token's id."`
}

func (c *tokenClaimCommand) Run(env *environment) error {
	secret, err := client.ReadToken(c.SecretFile)
	if err != nil {
		return err
	}
	hub, err := client.New(c.Hub, secret)
	if err != nil {
		return err
	}
	var issued issuedToken
	if err := hub.Post(env.Context, "/claim", map[string]string{"secret": secret, "name": c.Name}, &issued); err != nil {
		return err
	}
	return printToken(env, issued, c.JSON)
}
