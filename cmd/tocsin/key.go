package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/voters"
)

type keyCommand struct {
	Generate keyGenerateCommand `cmd:"" help:"Make a key to vote with. Its secret half stays in the file that it is written to."`
	Register keyRegisterCommand `cmd:"" help:"Tell the hub a partner's first key (coordinator), or any (administrator)."`
	Rotate   keyRotateCommand   `cmd:"" help:"Have a new key take a key's place, which signs that (coordinator)."`
	Revoke   keyRevokeCommand   `cmd:"" help:"End a key, which signs that (coordinator), or a lost one (administrator)."`
	List     keyListCommand     `cmd:"" help:"The keys that partners vote with, and those that have ended."`
}

type keyGenerateCommand struct {
	Out string `required:"" help:"A new file for the secret key; only its owner may read it." placeholder:"FILE"`
}

func (c *keyGenerateCommand) Run(env *environment) error {
	signer, err := signature.Generate()
	if err != nil {
		return err
	}
	if err := signer.Write(c.Out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\n%s\n", signer.Public(), signer.Public().Fingerprint())
	return err
}

// keyAct is what the hub is told of a key.
type keyAct struct {
	Act       voters.Verb      `json:"act"`
	Partner   access.PartnerID `json:"partner"`
	Key       string           `json:"key"`
	Previous  string           `json:"previous,omitempty"`
	Signature string           `json:"signature,omitempty"`
}

// actOnKey asks the hub for an act, signed by the signer if there is one.
func actOnKey(env *environment, hub *client.Client, act voters.Claim, signer *signature.Signer) error {
	if signer != nil {
		act.Signature = signer.Sign(act.Message()).Text()
	}
	in := keyAct{act.Verb, act.Partner, act.Key, act.Previous, act.Signature}
	var answer keyList
	if err := hub.Post(env.Context, "/keys", in, &answer); err != nil {
		return err
	}
	return answer.print(env)
}

type keyList struct {
	Keys []voters.Held `json:"keys"`
}

func (l keyList) print(env *environment) error {
	t := env.table()
	for _, k := range l.Keys {
		state := "since " + k.Since.Format(time.RFC3339)
		if !k.Until.IsZero() {
			state = "ended " + k.Until.Format(time.RFC3339)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", k.Partner, state, k.Fingerprint, k.Key)
	}
	return t.Flush()
}

// myself is the token's partner.
func myself(ctx context.Context, hub *client.Client) (access.Partner, error) {
	var me access.Partner // and more
	if err := hub.Get(ctx, "/me", &me); err != nil {
		return me, err
	}
	if me.ID == "" {
		return me, errNoPartner
	}
	return me, nil
}

var errNoPartner = usageError{errors.New("the token is of no partner: use one of a partner's")}

// whose connects to the hub, and says of which partner a key is: the one that is
// named, or the token's.
func (f hubFlags) whose(ctx context.Context, named string) (*client.Client, access.PartnerID, error) {
	hub, err := f.client()
	if err != nil || named != "" {
		return hub, access.PartnerID(named), err
	}
	me, err := myself(ctx, hub)
	if errors.Is(err, errNoPartner) {
		err = usageError{fmt.Errorf("%w, or name with --partner whose key it is", err)}
	}
	return hub, me.ID, err
}

// publicHalf is the public key of a secret key's file, or the text if there is none.
func publicHalf(file, text string) (string, error) {
	if file == "" {
		return text, nil
	}
	signer, err := signature.ReadSigner(file)
	return signer.Public().String(), err
}

type keyRegisterCommand struct {
	hubFlags
	Key     string `help:"The secret key's file; only its public half is sent." placeholder:"FILE" xor:"key" required:""`
	Public  string `help:"A public key, of which there is no file here." placeholder:"KEY" xor:"key" required:""`
	Partner string `help:"Whose key it is; the token's partner's if not given." placeholder:"ID"`
}

func (c *keyRegisterCommand) Run(env *environment) error {
	public, err := publicHalf(c.Key, c.Public)
	if err != nil {
		return err
	}
	hub, partner, err := c.whose(env.Context, c.Partner)
	if err != nil {
		return err
	}
	return actOnKey(env, hub, voters.Claim{Verb: voters.Register, Partner: partner, Key: public}, nil)
}

type keyRotateCommand struct {
	hubFlags
	Key      string `help:"The new secret key's file; only its public half is sent." placeholder:"FILE" xor:"key" required:""`
	Public   string `help:"The new public key, of which there is no file here." placeholder:"KEY" xor:"key" required:""`
	Previous string `required:"" help:"The file of the secret key whose place it takes." placeholder:"FILE"`
	Partner  string `help:"Whose key it is; the token's partner's if not given." placeholder:"ID"`
}

func (c *keyRotateCommand) Run(env *environment) error {
	public, err := publicHalf(c.Key, c.Public)
	if err != nil {
		return err
	}
	previous, err := signature.ReadSigner(c.Previous)
	if err != nil {
		return err
	}
	hub, partner, err := c.whose(env.Context, c.Partner)
	if err != nil {
		return err
	}
	return actOnKey(env, hub, voters.Claim{Verb: voters.Rotate, Partner: partner, Key: public, Previous: previous.Public().String()}, &previous)
}

type keyRevokeCommand struct {
	hubFlags
	Key     string `help:"The secret key's file, which signs that it ends." placeholder:"FILE" xor:"key" required:""`
	Public  string `help:"The public key of a lost one (administrator)." placeholder:"KEY" xor:"key" required:""`
	Partner string `help:"Whose key it is; the token's partner's if not given." placeholder:"ID"`
}

func (c *keyRevokeCommand) Run(env *environment) error {
	act := voters.Claim{Verb: voters.Revoke, Key: c.Public}
	var signs *signature.Signer
	if c.Key != "" {
		signer, err := signature.ReadSigner(c.Key)
		if err != nil {
			return err
		}
		act.Key, signs = signer.Public().String(), &signer
	}
	hub, partner, err := c.whose(env.Context, c.Partner)
	if err != nil {
		return err
	}
	act.Partner = partner
	return actOnKey(env, hub, act, signs)
}

type keyListCommand struct {
	hubFlags
	Partner string `help:"Only this partner's." placeholder:"ID"`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *keyListCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := "/keys"
	if c.Partner != "" {
		path += "?partner=" + url.QueryEscape(c.Partner)
	}
	var answer keyList
	if err := client.Collect(env.Context, hub, path, "keys", &answer.Keys); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(answer)
	}
	return answer.print(env)
}
