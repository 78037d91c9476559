package dossier_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// last is the last check of a report, which has to have a name.
func last(t *testing.T, r dossier.Report, name string) dossier.Check {
	t.Helper()
	c := r.Checks[len(r.Checks)-1]
	if c.Name != name {
		t.Fatalf("the last check is %q, want %q", c.Name, name)
	}
	return c
}

func TestOtherCheckpoint(t *testing.T) {
	c := dossiertest.Small(t)
	data, trust := publish(t, c), []byte(c.Keys())
	same := c.World.Log.Checkpoint()
	fork := c.World.Fork()
	for fork.Log.Tree().Size < c.World.Log.Tree().Size {
		fork.Append([]byte("another story\n"))
	}
	stranger := dossiertest.NewWorld(t)
	stranger.Append([]byte("an entry\n"))
	kept := c.World.History[0]
	c.World.Append([]byte("one more\n"))
	for name, check := range map[string]struct {
		checkpoint []byte
		ok         bool
		want       string
	}{
		"the same":            {same, true, "has the same root"},
		"an earlier one":      {kept, true, "has the same root"},
		"a later one":         {c.World.Log.Checkpoint(), true, "nothing is said"},
		"of a forked log":     {fork.Log.Checkpoint(), false, "FORGED"},
		"of another log":      {stranger.Log.Checkpoint(), false, "other checkpoint"},
		"nothing of the kind": {[]byte("hello\n"), false, "other checkpoint"},
	} {
		r := dossier.Verify(data, dossier.Options{Trust: trust, Checkpoint: check.checkpoint})
		if got := last(t, r, "fork"); got.OK != check.ok || !strings.Contains(got.Detail, check.want) {
			t.Errorf("%s: %+v, want %t with %q", name, got, check.ok, check.want)
		}
		if (r.Verdict == dossier.Verified) != check.ok {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}

func TestFilesInHand(t *testing.T) {
	c := dossiertest.Small(t)
	data, trust := publish(t, c), []byte(c.Keys())
	for content, want := range map[string]string{
		"Compile times":     `item "Compile times"`,
		"sample":            "an input of the method of \"Shared code",
		"diff":              "an output of the method of \"Shared code",
		"the secret report": "what was under the seal of \"Told by",
		"nobody has this":   "",
	} {
		r := dossier.Verify(data, dossier.Options{Trust: trust, Files: [][32]byte{sha256.Sum256([]byte(content))}})
		got := last(t, r, "file")
		if got.OK != (want != "") || got.OK != (r.Verdict == dossier.Verified) || !strings.Contains(got.Detail, want) {
			t.Errorf("%q: %+v, verdict %s, want %q", content, got, r.Verdict, want)
		}
	}
}
