package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// needPython skips the test, loudly, without Python or without anything that it
// could verify signatures with; it says with what it can.
func needPython(t *testing.T) (libraries []string) {
	t.Helper()
	for library, probe := range map[string][]string{
		"cryptography": {"python3", "-c", "import cryptography.hazmat.primitives.asymmetric.ed25519"},
		"openssl":      {"openssl", "version"},
	} {
		if exec.Command(probe[0], probe[1:]...).Run() == nil {
			libraries = append(libraries, library)
		}
	}
	_, err := exec.LookPath("python3")
	switch {
	case err == nil && len(libraries) > 0:
		return libraries
	case os.Getenv(requireEngines) == "1":
		t.Fatalf("%s=1, but there is no python3 with cryptography or openssl (Debian: python3-cryptography): %v", requireEngines, err)
	}
	t.Skipf("NOT RUN against the second verifier: there is no python3 with cryptography or openssl (Debian: python3-cryptography): %v", err)
	return nil
}

// publishStory makes the dossier of a case as a hub does.
func publishStory(t *testing.T, c *dossiertest.Case) []byte {
	t.Helper()
	keys, err := trust.Parse([]byte(c.Keys()), false)
	if err != nil {
		t.Fatal(err)
	}
	in := dossier.Input{Records: c.Records, Indexes: c.LoggedAt, Keys: keys}
	for i, entry := range c.Acts {
		act, err := voters.ParseAct(bytes.TrimSuffix(bytes.TrimPrefix(entry, []byte("tocsin-key/v1\n")), []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		in.KeyActs = append(in.KeyActs, voters.Logged{Act: act, Index: c.ActsAt[i]})
	}
	draft, err := dossier.Compose(in)
	if err != nil {
		t.Fatal(err)
	}
	index := c.World.Append(draft.Leaf())[0]
	data, err := draft.Finish(dossier.Proofs{
		Index: index, Checkpoint: c.World.Cosigned(2), History: c.World.History, Log: c.World.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unzip(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	files, err := storedzip.Read(data, dossier.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// flip is the content with one bit changed in the byte at an offset.
func flip(content []byte, at int) []byte {
	changed := bytes.Clone(content)
	changed[at] ^= 1
	return changed
}

// rewrite is a case as somebody tells it who has the log sign whatever they like.
type rewrite struct {
	name  string
	chain *dossiertest.Chain
}

// rewrites are lies: one record of a kind changed or left out, the chain and the
// log made anew.
func rewrites(c *dossiertest.Case) []rewrite {
	var lies []rewrite
	lie := func(name, kind string, which int, change func(body dossiertest.Body) (keep bool)) {
		seen := 0
		lies = append(lies, rewrite{name, c.Edit(func(r *attribution.Record, body dossiertest.Body) bool {
			if string(r.Kind) != kind {
				return true
			}
			seen++
			return seen-1 != which || change(body)
		})})
	}
	member := func(name string, value any) func(dossiertest.Body) bool {
		return func(body dossiertest.Body) bool { body[name] = value; return true }
	}
	inDocument := func(name string, value any) func(dossiertest.Body) bool {
		return func(body dossiertest.Body) bool {
			body["document"].(map[string]any)[name] = value
			return true
		}
	}
	leftOut := func(dossiertest.Body) bool { return false }
	lie("nothing rewritten", "case.opened", -1, nil)
	lie("another question", "case.opened", 0, member("question", "Who did not write it?"))
	lie("another rule", "case.opened", 0, member("policy", "1 of ["+string(c.Partners[0].ID)+"]"))
	lie("an item retitled", "case.evidence", 0, member("title", "Something else"))
	lie("an item left out", "case.evidence", 4, leftOut)
	lie("a withdrawal left out", "case.mark", 0, leftOut)
	lie("a rating changed", "case.rating", 3, member("value", "CC"))
	lie("a rating left out", "case.rating", 3, leftOut)
	lie("a commitment changed", "case.committed", 0, member("seal", dossiertest.Named([]byte("another"))))
	lie("a reveal left out", "case.revealed", 1, leftOut)
	lie("a word of the statement changed", "case.statement", 0, inDocument("likelihood", "almost-certain"))
	lie("a vote turned", "case.vote", 2, inDocument("vote", "endorse"))
	lie("a voter's words changed", "case.vote", 1, inDocument("words", "Without any doubt."))
	lie("dissent left out", "case.vote", 2, leftOut)
	lie("an endorsement left out", "case.vote", 0, leftOut)
	lie("a vote with another's key", "case.vote", 3, member("key", c.Partners[0].Key.Text()))
	lie("a denial left out", "case.reply", 0, leftOut)
	lie("a denial softened", "case.reply", 0, inDocument("relation", "comment"))
	lie("another signed reply", "case.reply", 1, inDocument("text", "We confess."))
	lie("another opening", "case.unsealed", 0, member("digest", dossiertest.Named([]byte("another"))))
	lie("the publication left out", "case.published", 0, leftOut)
	return lies
}
