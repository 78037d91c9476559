package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/sealing"
	"github.com/tocsin-project/tocsin/internal/client"
)

type caseFetchCommand struct {
	hubFlags
	ID       string `arg:"" name:"case" help:"The case."`
	Evidence string `arg:"" help:"The sealed item."`
	Identity string `help:"Your secret age key, as age-keygen writes it." placeholder:"FILE"`
	Out      string `help:"A new file for the item; only its owner may read it." placeholder:"FILE"`
	List     bool   `help:"Only list the ciphertexts that the hub would hand to you."`
}

// deposited is a ciphertext that the hub keeps.
type deposited struct {
	Number int              `json:"number"`
	By     access.PartnerID `json:"by"`
	At     time.Time        `json:"at"`
	Size   int              `json:"size"`
}

func (c *caseFetchCommand) Run(env *environment) error {
	if !c.List && (c.Identity == "" || c.Out == "") {
		return usageError{errors.New("say --identity and --out, or --list")}
	}
	hub, one, err := c.checked(env.Context, c.ID)
	if err != nil {
		return err
	}
	var answer struct {
		Deposits []deposited `json:"deposits"`
	}
	if err := client.Collect(env.Context, hub, c.deposits(), "deposits", &answer.Deposits); err != nil {
		return err
	}
	if c.List {
		t := env.table()
		for _, d := range answer.Deposits {
			fmt.Fprintf(t, "%d\t%s\t%s\t%d bytes\n", d.Number, d.At.Format(time.RFC3339), visible(one.Called(d.By)), d.Size)
		}
		return t.Flush()
	}
	if len(answer.Deposits) == 0 {
		return fmt.Errorf("%s: nothing is deposited that you may fetch: ask the partner that filed it to deposit it for yours, with your age key", c.Evidence)
	}
	seal := sealOf(one.Case, c.Evidence)
	content, err := c.open(env, hub, answer.Deposits, seal)
	if err != nil {
		return err
	}
	if err := writeNew(c.Out, content); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s holds what was sealed as %s\n", c.Out, seal)
	return err
}

func (c *caseFetchCommand) deposits() string {
	return casePath(c.ID) + "/evidence/" + url.PathEscape(c.Evidence) + "/deposits"
}

// open tries the ciphertexts, the newest first, until one that the identity reads
// is what was sealed: anybody could have encrypted anything to its key.
func (c *caseFetchCommand) open(env *environment, hub *client.Client, held []deposited, seal string) ([]byte, error) {
	f, err := os.Open(c.Identity)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	identities, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("read the age key %s: %w", c.Identity, err)
	}
	foreign := false
	for i := len(held) - 1; i >= 0; i-- {
		var d attribution.Deposit
		if err := hub.Get(env.Context, fmt.Sprintf("%s/%d", c.deposits(), held[i].Number), &d); err != nil {
			return nil, err
		}
		ciphertext, err := base64.StdEncoding.DecodeString(d.Ciphertext)
		if err != nil {
			return nil, fmt.Errorf("deposit %d: %w", held[i].Number, err)
		}
		salt, content, err := sealing.OpenSealed(ciphertext, identities...)
		if err != nil {
			continue // it is for others, or damaged
		}
		if sealing.Seal(salt, content).Named() == seal {
			return content, nil
		}
		foreign = true
	}
	if foreign {
		return nil, fmt.Errorf("%s: what was deposited for you is NOT what was sealed (%s): do not rely on it, and ask the partner that filed it", c.Evidence, seal)
	}
	return nil, fmt.Errorf("%s: none of the %d deposits is encrypted to %s", c.Evidence, len(held), c.Identity)
}

// sealOf is the item's seal.
func sealOf(c *attribution.Case, evidence string) string {
	for _, e := range c.Evidence {
		if string(e.ID) == evidence {
			return e.Seal
		}
	}
	return ""
}

type caseUnsealCommand struct {
	hubFlags
	ID   string `arg:"" name:"case" help:"The case."`
	Seal string `required:"" help:"What \"tocsin case seal\" has kept. Salt and digest become public, not the item itself." placeholder:"FILE.seal"`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *caseUnsealCommand) Run(env *environment) error {
	secret, err := readSecret[sealSecret](c.Seal, c.ID)
	if err != nil {
		return err
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	return actInCase(env, hub, "/cases/unsealings", attribution.Unsealing{
		Case: secret.Case, Evidence: secret.Evidence, Salt: secret.Salt, Digest: secret.Digest,
	}, c.JSON)
}
