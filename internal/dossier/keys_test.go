package dossier_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// TestKeysOfVotes is votes that are well signed, by keys that may not sign them:
// the log's key and the records are as they have to be.
func TestKeysOfVotes(t *testing.T) {
	for name, story := range map[string]struct {
		vote func(c *dossiertest.Case, d *dossiertest.Partner) // the vote of the fourth partner, which is needed
		want string
	}{
		"by its key": {
			func(c *dossiertest.Case, d *dossiertest.Partner) { c.Vote(d, "endorse", "Yes.") }, "",
		},
		"by a key that the hub made and registered": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				key := dossiertest.NewKey(t)
				c.Act("register", d, key.Text(), nil)
				c.VoteWith(d, key, "endorse", "Yes.")
			}, "votes policy",
		},
		"by another partner's key": {
			func(c *dossiertest.Case, d *dossiertest.Partner) { c.VoteWith(d, c.Partners[0].Key, "endorse", "Yes.") }, "votes policy",
		},
		"by a key that has been revoked": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				c.Act("revoke", d, d.Key.Text(), d.Key)
				c.Vote(d, "endorse", "Yes.")
			}, "votes policy",
		},
		"by a key before it was revoked": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				c.Vote(d, "endorse", "Yes.")
				c.Flush()
				c.Act("revoke", d, d.Key.Text(), d.Key)
			}, "",
		},
		"by a key that was rotated to": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				next, last := dossiertest.NewPasskey(t), dossiertest.NewKey(t)
				c.Act("rotate", d, next.Text(), d.Key)
				c.Act("rotate", d, last.Text(), next)
				c.VoteWith(d, last, "endorse", "Yes.")
			}, "",
		},
		"by a key before it was rotated to": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				next := dossiertest.NewKey(t)
				c.VoteWith(d, next, "endorse", "Yes.")
				c.Flush()
				c.Act("rotate", d, next.Text(), d.Key)
			}, "votes policy",
		},
		"by a key that was rotated away": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				c.Act("rotate", d, dossiertest.NewKey(t).Text(), d.Key)
				c.Vote(d, "endorse", "Yes.")
			}, "votes policy",
		},
		"by a key that a stranger's signature rotated to": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				stranger, next := dossiertest.NewKey(t), dossiertest.NewKey(t)
				c.ActSigned("rotate", d, next.Text(), d.Key.Text(), stranger)
				c.VoteWith(d, next, "endorse", "Yes.")
			}, "keyacts votes policy",
		},
		"by a key that another partner rotated to": {
			func(c *dossiertest.Case, d *dossiertest.Partner) {
				next := dossiertest.NewKey(t)
				c.Act("rotate", c.Partners[5], next.Text(), c.Partners[5].Key)
				c.VoteWith(d, next, "endorse", "Yes.")
			}, "votes policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := dossiertest.NewCase(t)
			trust := c.Keys()
			item := c.Evidence("Shared code", c.Partners[0], nil)
			c.Propose(c.Partners[0], []string{item}, nil)
			for _, i := range []int{0, 1, 4} {
				c.Vote(c.Partners[i], "endorse", "Yes.")
			}
			c.Flush()
			story.vote(c, c.Partners[3])
			c.Flush()
			c.Publish(c.Partners[0])
			c.Flush()
			draft, err := dossier.Compose(input(t, c))
			if err != nil {
				t.Fatal(err)
			}
			r := verify(t, c.Pack(draft.Files(), 2), trust)
			if diff := cmp.Diff(story.want, strings.Join(failed(r), " ")); diff != "" {
				t.Errorf("failed (-want +got):\n%s%s", diff, table(r))
			}
			_, err = draft.Finish(dossier.Proofs{
				Index: c.World.Log.Tree().Size - 1, Checkpoint: c.World.Cosigned(2), History: c.World.History, Log: c.World.Log,
			})
			if (err != nil) != (story.want != "") {
				t.Errorf("Finish: %v, want an error: %t", err, story.want != "")
			}
		})
	}
}
