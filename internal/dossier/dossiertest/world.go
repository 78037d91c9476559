// Package dossiertest makes dossiers for tests: a case with real keys on a real
// log with real witnesses. What it writes it writes from docs/dossier.md, with
// no code of package dossier, so that it can also write what that package would
// never write: the dossiers of a hub that lies.
package dossiertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Origin is the name of the log.
const Origin = "log.hub.example/tocsin"

// Began is when the first record of a case is made; each later one is a second
// after the one before.
var Began = time.Date(2017, 5, 15, 17, 2, 0, 0, time.UTC)

// World is a log with its witnesses.
type World struct {
	Log       *translog.Log
	LogKeys   []string // verifier keys that the log has or had
	Witnesses []*translog.Cosigner
	History   [][]byte // cosigned checkpoints that were kept, the oldest first

	tb      testing.TB
	keyFile string
	now     time.Time
}

// NewWorld is an empty log in a temporary folder, and two witnesses.
func NewWorld(tb testing.TB) *World {
	tb.Helper()
	w := &World{tb: tb, keyFile: filepath.Join(tb.TempDir(), "log.key"), now: Began}
	for i := range 2 {
		secret, _, err := translog.GenerateWitnessKey(fmt.Sprintf("witness%d.example", i+1))
		if err != nil {
			tb.Fatal(err)
		}
		witness, err := translog.NewCosigner(secret)
		if err != nil {
			tb.Fatal(err)
		}
		w.Witnesses = append(w.Witnesses, witness)
	}
	w.open()
	w.LogKeys = w.Log.Keys()
	return w
}

func (w *World) open() {
	w.tb.Helper()
	var err error
	if w.Log, err = translog.OpenFile(w.tb.TempDir(), w.keyFile, Origin); err != nil {
		w.tb.Fatal(err)
	}
	log := w.Log
	w.tb.Cleanup(func() { _ = log.Close() }) // of a test that is over
}

// AddLogKey has the log sign with one more key, besides those it has.
func (w *World) AddLogKey() {
	w.tb.Helper()
	vkey, err := w.Log.AddKey(context.Background())
	if err != nil {
		w.tb.Fatal(err)
	}
	w.LogKeys = append(w.LogKeys, vkey)
}

// RevokeLogKey has the log sign no longer with its first key.
func (w *World) RevokeLogKey() {
	w.tb.Helper()
	if err := w.Log.RevokeKey(context.Background(), w.LogKeys[0]); err != nil {
		w.tb.Fatal(err)
	}
}

// Append logs entries one after the other and returns their indexes.
func (w *World) Append(entries ...[]byte) []int64 {
	w.tb.Helper()
	if len(entries) == 0 {
		return nil
	}
	first, err := w.Log.Append(context.Background(), entries...)
	if err != nil {
		w.tb.Fatal(err)
	}
	indexes := make([]int64, len(entries))
	for i := range entries {
		indexes[i] = first + int64(i)
	}
	w.now = w.now.Add(time.Duration(len(entries)) * time.Second)
	return indexes
}

// Cosigned is the log's checkpoint with the cosignatures of the first n witnesses.
func (w *World) Cosigned(n int) []byte {
	checkpoint := w.Log.Checkpoint()
	for _, witness := range w.Witnesses[:n] {
		checkpoint = append(checkpoint, witness.Cosign(w.Log.Tree(), w.now)...)
	}
	return checkpoint
}

// Wait lets time pass for the witnesses.
func (w *World) Wait(d time.Duration) { w.now = w.now.Add(d) }

// Keep adds the cosigned checkpoint of now to the history.
func (w *World) Keep() { w.History = append(w.History, w.Cosigned(len(w.Witnesses))) }

// inclusion is the proof of an entry in the log as it is.
func (w *World) inclusion(index int64) tlog.RecordProof {
	w.tb.Helper()
	proof, err := w.Log.ProveInclusion(index, w.Log.Tree().Size)
	if err != nil {
		w.tb.Fatal(err)
	}
	return proof
}

// Fork is a log of the same key with other entries, as a hub could make one for
// somebody whom it wants to deceive.
func (w *World) Fork() *World {
	w.tb.Helper()
	secret, err := os.ReadFile(w.keyFile)
	if err != nil {
		w.tb.Fatal(err)
	}
	fork := &World{tb: w.tb, keyFile: filepath.Join(w.tb.TempDir(), "log.key"), LogKeys: w.LogKeys, now: w.now, Witnesses: w.Witnesses}
	if err := os.WriteFile(fork.keyFile, secret, 0o600); err != nil { //nolint:gosec // both files are in folders of this test
		w.tb.Fatal(err)
	}
	fork.open()
	return fork
}
