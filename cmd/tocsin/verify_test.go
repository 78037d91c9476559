package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// TestVerifyScripts plays the scripts in testdata/verify: in their folder are
// case.dossier, case.keys, case.fingerprints, the log's checkpoint at case.checkpoint
// and one of a fork of the log at fork.checkpoint, other.keys of another hub, and
// flipped.dossier, with one byte changed; sample and report are files that the case names.
func TestVerifyScripts(t *testing.T) {
	files := verifyFiles(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/verify", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": scriptStatus, "json": scriptJSON},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), content, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func verifyFiles(t *testing.T) map[string][]byte {
	c := dossiertest.Small(t)
	keys, err := trust.Parse([]byte(c.Keys()), false)
	if err != nil {
		t.Fatal(err)
	}
	in := dossier.Input{Records: c.Records, Indexes: c.LoggedAt, Keys: keys}
	for i, entry := range c.Acts {
		line := strings.TrimSuffix(strings.TrimPrefix(string(entry), "tocsin-key/v1\n"), "\n")
		act, err := voters.ParseAct([]byte(line))
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
	data, err := draft.Finish(dossier.Proofs{Index: index, Checkpoint: c.World.Cosigned(2), History: c.World.History, Log: c.World.Log})
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 1
	fork := c.World.Fork()
	for fork.Log.Tree().Size < c.World.Log.Tree().Size {
		fork.Append([]byte("another story\n"))
	}
	return map[string][]byte{
		"case.dossier": data, "flipped.dossier": flipped, "case.keys": []byte(c.Keys()), "case.fingerprints": []byte(dossiertest.Fingerprints(c.Keys())),
		"case.checkpoint": c.World.Log.Checkpoint(), "fork.checkpoint": fork.Log.Checkpoint(), "other.keys": []byte(dossiertest.NewCase(t).Keys()),
		"sample": []byte("sample"), "report": []byte("the secret report"),
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"Größe 10 €, “yes” 中": "Größe 10 €, “yes” 中", "\x1b[2J": "[U+001B][2J", "a\u202eb\u200bc\nd": "a[U+202E]b[U+200B]c[U+000A]d", "a\u00a0b": "a[U+00A0]b",
	} {
		if got := visible(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
