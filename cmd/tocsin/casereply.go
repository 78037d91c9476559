package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

type caseReplyCommand struct {
	hubFlags
	ID        string `arg:"" name:"case" help:"The case."`
	From      string `required:"" help:"Who replies."`
	Relation  string `required:"" enum:"denial,comment" help:"denial or comment."`
	Text      string `required:"" help:"What is said."`
	Source    string `help:"Where it can be looked up; this or a signature is needed." placeholder:"TEXT"`
	Key       string `help:"The secret key's file of who replies, which signs here." placeholder:"FILE" xor:"key"`
	Public    string `help:"The public key of who replies, who has signed elsewhere (docs/dossier.md, \"Reply document\")." placeholder:"KEY" xor:"key"`
	Signature string `help:"That signature, base64." placeholder:"BASE64"`
	Statement string `help:"The digest of what it replies to (default: the published statement)." placeholder:"DIGEST"`
	Occurred  string `help:"When it was said, if that is not now." placeholder:"WHEN"`
	JSON      bool   `name:"json" help:"Print JSON."`
}

func (c *caseReplyCommand) Run(env *environment) error {
	if (c.Public == "") != (c.Signature == "") || c.Key+c.Public+c.Source == "" {
		return usageError{errors.New("say --source, or sign with --key, or give --public with --signature")}
	}
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	in := attribution.Reply{Case: one.ID, Source: c.Source, Document: attribution.Answer{
		Case: one.ID, Statement: c.Statement, From: c.From, Relation: attribution.Relation(c.Relation), Text: c.Text, Occurred: c.Occurred,
	}}
	if in.Document.Statement == "" {
		current := one.Current()
		if current == nil {
			return usageError{errors.New("nothing is published: name with --statement what it replies to")}
		}
		in.Document.Statement = current.Digest.String()
	}
	if err := c.sign(&in); err != nil {
		return err
	}
	return actInCase(env, hub, "/cases/replies", in, c.JSON)
}

// sign has the reply signed, or takes the signature that was made elsewhere.
func (c *caseReplyCommand) sign(r *attribution.Reply) (err error) {
	switch {
	case c.Public != "":
		r.Key = c.Public
		if r.Signature, err = base64.StdEncoding.DecodeString(c.Signature); err != nil {
			return usageError{fmt.Errorf("--signature: %w", err)}
		}
	case c.Key != "":
		signer, err := signature.ReadSigner(c.Key)
		if err != nil {
			return err
		}
		message, err := r.Document.Message()
		if err != nil {
			return err
		}
		r.Key, r.Signature = signer.Public().String(), signer.Sign(message).Ed25519
	}
	return nil
}

type caseDossierCommand struct {
	hubFlags
	ID   string        `arg:"" name:"case" help:"The case."`
	Out  string        `required:"" help:"File for the dossier." placeholder:"FILE"`
	Wait time.Duration `help:"How long to wait for the witnesses of the public log." default:"1m"`
}

func (c *caseDossierCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var data []byte
	err = askAgain(env.Context, c.Wait, func() (err error) {
		data, err = hub.Fetch(env.Context, casePath(c.ID)+"/dossier")
		return err
	})
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.Out, data, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: %d bytes. To check it: tocsin verify %s --trust KEYS, with keys that came from elsewhere\n", c.Out, len(data), c.Out)
	return err
}
