package dossier

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// checkFork holds another checkpoint of the log against the dossier's.
func (v *verifier) checkFork() (string, error) {
	switch {
	case v.trusted == nil:
		return "", notMade("keys")
	case v.checkpoint == nil:
		return "", notMade("checkpoint")
	}
	var verifiers []note.Verifier
	for _, vkey := range v.trusted.LogKeys() {
		verifier, err := translog.NewLogVerifier(vkey)
		if err != nil {
			return "", fmt.Errorf("key of the log: %w", err)
		}
		verifiers = append(verifiers, verifier)
	}
	other, err := translog.OpenCheckpoint(v.options.Checkpoint, verifiers...)
	if err != nil {
		return "", fmt.Errorf("the other checkpoint: %w", err)
	}
	if origin := v.checkpoint.Checkpoint.Origin; other.Origin != origin {
		return "", fmt.Errorf("the other checkpoint is of the log %q, not of %q", other.Origin, origin)
	}
	for _, c := range v.checkpoints() {
		if c.Checkpoint.Size != other.Size {
			continue
		}
		if c.Checkpoint.Root != other.Root {
			return "", fmt.Errorf("FORGED: two checkpoints of %s of %s that the log has signed have different roots, %s and %s: keep both, they are the proof",
				other.Origin, count(int(other.Size), "entry"), c.Checkpoint.Root, other.Root)
		}
		return fmt.Sprintf("the other checkpoint, of %s too, has the same root", count(int(other.Size), "entry")), nil
	}
	return fmt.Sprintf("the other checkpoint is of %s: the dossier has none of that size to compare it with, so that nothing is said", count(int(other.Size), "entry")), nil
}

// checkFiles looks for what names each of the reader's files.
func (v *verifier) checkFiles() (string, error) {
	if v.theCase == nil {
		return "", notMade("records")
	}
	where := namedDigests(v.theCase)
	var found []string
	for _, digest := range v.options.Files {
		name := "sha256:" + hex.EncodeToString(digest[:])
		if len(where[name]) == 0 {
			return "", fmt.Errorf("no item of evidence and no method names %s", name)
		}
		found = append(found, name+" is "+strings.Join(where[name], ", "))
	}
	return strings.Join(found, "; "), nil
}

// namedDigests is what in the case names each digest.
func namedDigests(c *attribution.Case) map[string][]string {
	where := make(map[string][]string)
	title := make(map[attribution.EvidenceID]string)
	add := func(digest, what string, id attribution.EvidenceID) {
		if digest != "" {
			where[digest] = append(where[digest], fmt.Sprintf("%s %q (%s)", what, title[id], id))
		}
	}
	for _, item := range c.Evidence {
		title[item.ID] = item.Title
		add(item.Digest, "item", item.ID)
		if item.Method == nil {
			continue
		}
		for _, d := range item.Method.Inputs {
			add(d, "an input of the method of", item.ID)
		}
		for _, d := range item.Method.Outputs {
			add(d, "an output of the method of", item.ID)
		}
	}
	for _, o := range c.Openings {
		add(o.Digest, "what was under the seal of", o.Evidence)
	}
	return where
}
