package dossier

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/canonical"
	"github.com/tocsin-project/tocsin/internal/dossier/bundle"
	"github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/storedzip"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

var errNoStatement = errors.New("no statement is published: a dossier is of a published case")

// Input is a case on its way out: the whole of it.
type Input struct {
	Records []attribution.Opened
	Indexes []int64         // of the records in the log
	KeyActs []voters.Logged // about keys of partners of the case, in the log's order
	Keys    trust.File      // that the hub says are the right ones: the log's, witnesses, voters; no fingerprints
}

// Draft is a dossier that lacks the proofs that its manifest is on the log.
type Draft struct {
	files   map[string][]byte // all under the manifest, and the manifest
	indexes []int64           // of the key acts and the records, in the order of proofs.jsonl
}

// made is what page and bundle follow from.
type made struct {
	Case    *attribution.Case
	Indexes []int64
	Scores  score.Scores
	Origin  string
}

// Compose makes everything in a dossier that does not depend on where its
// manifest is in the log. It fails if the case has no published statement.
func Compose(in Input) (Draft, error) {
	d, err := compose(in)
	if err != nil {
		return Draft{}, fmt.Errorf("compose dossier: %w", err)
	}
	return d, nil
}

func compose(in Input) (Draft, error) {
	if len(in.Indexes) != len(in.Records) {
		return Draft{}, fmt.Errorf("%d records have %d places in the log", len(in.Records), len(in.Indexes))
	}
	if len(in.Keys.Logs) == 0 {
		return Draft{}, errors.New("no key of the log is given")
	}
	c, err := attribution.Replay(in.Records)
	if err != nil {
		return Draft{}, err
	}
	if c.Current() == nil {
		return Draft{}, errNoStatement
	}
	d := Draft{files: map[string][]byte{fileKeys: []byte(in.Keys.String()), fileKeyActs: {}}}
	for _, a := range in.KeyActs {
		d.files[fileKeyActs] = append(append(d.files[fileKeyActs], a.Line()...), '\n')
		d.indexes = append(d.indexes, a.Index)
	}
	d.indexes = append(d.indexes, in.Indexes...)
	if d.files[fileRecords], err = writeRecords(in.Records); err != nil {
		return Draft{}, err
	}
	origin, _, _ := strings.Cut(string(in.Keys.Logs[0]), "+")
	m := made{c, in.Indexes, c.Scores(), origin}
	if d.files[fileScores], err = canonical.JSON(m.Scores); err != nil {
		return Draft{}, fmt.Errorf("write scores: %w", err)
	}
	d.files[filePage] = page.Render(page.Input(m))
	if d.files[fileBundle], err = bundle.Render(bundle.Input(m)); err != nil {
		return Draft{}, err
	}
	d.files[fileManifest] = manifest(d.files)
	return d, nil
}

// Leaf is the entry of the log that binds the draft; append it before Finish.
func (d Draft) Leaf() []byte { return manifestLeaf(d.files[fileManifest]) }

// Prover proves what is in a log; a *translog.Log does.
type Prover interface {
	ProveInclusion(index, size int64) (tlog.RecordProof, error)
	ProveConsistency(older, newer int64) (tlog.TreeProof, error)
}

// Proofs is where a dossier's proofs come from.
type Proofs struct {
	Index      int64    // of the draft's Leaf in the log
	Checkpoint []byte   // cosigned, of a tree that holds the leaf
	History    [][]byte // earlier cosigned checkpoints, the oldest first; those not below Checkpoint are left out
	Log        Prover
}

// Finish is the dossier's bytes. What does not verify by the dossier's own keys
// is an error and is never handed out.
func (d Draft) Finish(p Proofs) ([]byte, error) {
	files, err := d.prove(p)
	if err != nil {
		return nil, fmt.Errorf("finish dossier: %w", err)
	}
	data := storedzip.Write(files)
	for _, c := range Verify(data, Options{}).Checks {
		if !c.OK {
			return nil, fmt.Errorf("finish dossier: what was made does not verify: %s: %s", c.Name, c.Detail)
		}
	}
	return data, nil
}
