package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/sealing"
	"github.com/tocsin-project/tocsin/internal/client"
)

// recipientFlags name those whom a ciphertext is for.
type recipientFlags struct {
	To []string `sep:"none" placeholder:"PARTNER=AGE-KEY" help:"A partner's id and its age public key (age1...), which it has told you itself: it can read the item; again for more."`
}

// recipient is a partner with its key.
type recipient struct {
	id   access.PartnerID
	name string
	key  age.Recipient
}

// recipients reads the flags, and asks the hub who these partners are: one that it
// does not know could never fetch anything.
func (f recipientFlags) recipients(ctx context.Context, hub *client.Client) ([]recipient, error) {
	if len(f.To) == 0 {
		return nil, nil
	}
	var answer struct {
		Partners []access.Partner `json:"partners"`
	}
	if err := client.Collect(ctx, hub, "/partners", "partners", &answer.Partners); err != nil {
		return nil, err
	}
	known := make(map[access.PartnerID]string)
	for _, p := range answer.Partners {
		known[p.ID] = p.Name
	}
	list := make([]recipient, 0, len(f.To))
	for _, text := range f.To {
		id, key, ok := strings.Cut(text, "=")
		keys, err := age.ParseRecipients(strings.NewReader(key))
		if !ok || err != nil || len(keys) != 1 {
			return nil, usageError{fmt.Errorf("--to %q: use PARTNER=AGE-KEY, such as identity--...=age1..., a public key as age-keygen prints it", text)}
		}
		name, has := known[access.PartnerID(id)]
		if !has {
			return nil, fmt.Errorf("--to: the hub knows no partner %s: \"tocsin partner list\" has the ids", id)
		}
		list = append(list, recipient{access.PartnerID(id), name, keys[0]})
	}
	return list, nil
}

// deposit encrypts the content under the secret's salt, and hands it to the hub.
func deposit(env *environment, hub *client.Client, secret sealSecret, content []byte, to []recipient) error {
	keys, ids := make([]age.Recipient, len(to)), make([]access.PartnerID, len(to))
	for i, r := range to {
		keys[i], ids[i] = r.key, r.id
	}
	ciphertext, err := sealing.Encrypt(secret.Salt, content, keys)
	if err != nil {
		return err
	}
	in := struct {
		attribution.Deposit
		To []access.PartnerID `json:"to"`
	}{attribution.Deposit{Case: secret.Case, Evidence: secret.Evidence, Ciphertext: base64.StdEncoding.EncodeToString(ciphertext)}, ids}
	if err := hub.Post(env.Context, "/cases/deposits", in, nil); err != nil {
		return err
	}
	for _, r := range to {
		fmt.Fprintf(env.Stderr, "%s (%s) can fetch and read it.\n", visible(r.name), r.id)
	}
	return nil
}

type caseSealCommand struct {
	hubFlags
	itemFlags
	recipientFlags
	ID   string `arg:"" name:"case" help:"The case."`
	File string `arg:"" help:"The item. It does not leave this machine but encrypted to --to."`
	Keep string `help:"A new file for what opens the seal later (default: FILE.seal). Keep it safe: nobody else has it." placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print the case as JSON."`
}

func (c *caseSealCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	e, err := c.item(c.ID)
	if err != nil {
		return err
	}
	to, err := c.recipients(env.Context, hub)
	if err != nil {
		return err
	}
	content, secret, err := c.seal(e, len(to) > 0)
	if err != nil {
		return err
	}
	e.Seal = secret.Seal
	if err := e.Validate(); err != nil {
		return err
	}
	keep := c.Keep
	if keep == "" {
		keep = c.File + ".seal"
	}
	// First of all: if the answer is lost, the salt must not be.
	if err := keepSecret(keep, secret); err != nil {
		return err
	}
	if err := fileItem(env, hub, e, c.JSON); err != nil {
		return unkept(keep, fmt.Errorf("file %s: %w", e.ID, err))
	}
	fmt.Fprintf(env.Stderr, "%s opens the seal. Keep it safe, apart from the file: nobody else has it.\n", keep)
	if len(to) == 0 {
		return nil
	}
	if err := deposit(env, hub, secret, content, to); err != nil {
		return fmt.Errorf("%s is filed under its seal, but nothing is deposited: %w\nTry again with \"tocsin case deposit %s %s --seal %s\" and --to as before", e.ID, err, c.ID, c.File, keep)
	}
	return nil
}

// seal seals the file under a fresh salt. What nobody is to be sent may be of any
// size, and is not read into memory.
func (c *caseSealCommand) seal(e attribution.Evidence, sent bool) (content []byte, secret sealSecret, err error) {
	secret = sealSecret{Case: e.Case, Evidence: e.ID}
	if _, err := rand.Read(secret.Salt[:]); err != nil {
		return nil, secret, err
	}
	digest, err := digestFile(c.File)
	if err != nil {
		return nil, secret, err
	}
	secret.Digest, secret.Seal = attribution.Digest(digest).Named(), attribution.Seal(secret.Salt, digest).Named()
	if sent {
		content, err = readSealed(c.File, secret)
	}
	return content, secret, err
}

// readSealed reads the file that was sealed, as long as it is what it was then.
func readSealed(path string, secret sealSecret) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > sealing.MaxContent {
		return nil, fmt.Errorf("%s has %d bytes; at most %d can be deposited: seal it without --to, and hand it over yourself", path, info.Size(), sealing.MaxContent)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if got := sealing.Seal(secret.Salt, content).Named(); got != secret.Seal {
		return nil, fmt.Errorf("%s is not what was sealed: it would have another seal (%s)", path, got)
	}
	return content, nil
}

type caseDepositCommand struct {
	hubFlags
	recipientFlags
	ID   string `arg:"" name:"case" help:"The case."`
	File string `arg:"" help:"The item, as it was sealed."`
	Seal string `required:"" help:"What \"tocsin case seal\" has kept." placeholder:"FILE.seal"`
}

func (c *caseDepositCommand) Run(env *environment) error {
	secret, err := readSecret[sealSecret](c.Seal, c.ID)
	if err != nil {
		return err
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	to, err := c.recipients(env.Context, hub)
	if err != nil {
		return err
	}
	if len(to) == 0 {
		return usageError{errors.New("say with --to whom it is for")}
	}
	content, err := readSealed(c.File, secret)
	if err != nil {
		return err
	}
	return deposit(env, hub, secret, content, to)
}
