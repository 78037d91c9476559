package translog_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	f_log "github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	f_proof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// fsckLog has Tessera read a log in a folder and compute all of it anew.
func fsckLog(t *testing.T, dir string, v note.Verifier) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // its own end is not certain on damage
	defer cancel()
	hash := func(bundle []byte) ([][]byte, error) {
		var b api.EntryBundle
		if err := b.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var leaves [][]byte
		for _, e := range b.Entries {
			leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return leaves, nil
	}
	return fsck.New(origin, v, client.FileFetcher{Root: dir}, hash, fsck.Opts{N: 8}).Check(ctx)
}

// Tessera's fsck accepts the log at sizes around the edges of tiles, with a
// restart, a new key and cosignatures between.
func TestTesseraAcceptsTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newCosigner(t, "w.example")
	size := 0
	for _, to := range []int{1, 2, 255, 256, 257, 300, 513, 66_000} {
		l := openFile(t, dir)
		appendAll(t, l, size, to)
		if to == 300 {
			mustAdd(t, l)
			to++
		}
		size = to
		if _, err := l.Cosign(l.Tree(), w.Cosign(l.Tree(), time.Unix(at, 0)), []string{w.VerifierKey()}); err != nil {
			t.Fatal(err)
		}
		for _, v := range l.Verifiers() {
			if err := fsckLog(t, filepath.Join(dir, "log"), v); err != nil {
				t.Errorf("size %d: %v", size, err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Tessera's fsck and this package's Check agree that a byte was flipped, in
// every file of the log.
func TestTesseraRejectsAFlippedByte(t *testing.T) {
	t.Parallel()
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 300)
	kinds := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(name, "tile/"), "/")
		kinds[kind]++
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, i := range []int{0, len(whole) / 2, len(whole) - 2} {
			bad := slices.Clone(whole)
			bad[i] ^= 1
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				return err
			}
			if err := fsckLog(t, dir, v); err == nil {
				t.Errorf("%s, byte %d flipped: Tessera accepts it", name, i)
			}
			if report, err := translog.Check(dir, v); err != nil || len(report.Damage) == 0 {
				t.Errorf("%s, byte %d flipped: Check accepts it (%v)", name, i, err)
			}
		}
		return os.WriteFile(path, whole, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if kinds["entries"] != 2 || kinds["0"] != 2 || kinds["1"] != 1 || kinds["checkpoint"] != 1 {
		t.Errorf("files by kind: %v", kinds)
	}
	if err := fsckLog(t, dir, v); err != nil {
		t.Errorf("mended again: %v", err)
	}
}

// raw are hashes as the checkers take them.
func raw(hashes []tlog.Hash) [][]byte {
	var out [][]byte
	for _, h := range hashes {
		out = append(out, h[:])
	}
	return out
}

// Proofs of inclusion and consistency at sizes around the edges of tiles, by the
// library that other logs use.
func TestMerkleVerifiesTheProofs(t *testing.T) {
	t.Parallel()
	skey, _ := newKey(t)
	l := open(t, t.TempDir(), skey)
	sizes := []int{1, 2, 3, 7, 255, 256, 257, 511, 600}
	roots := map[int64]tlog.Hash{}
	last := 0
	for _, size := range sizes {
		appendAll(t, l, last, size)
		last = size
		roots[int64(size)] = l.Tree().Root
	}
	for _, size := range sizes {
		n, root := int64(size), roots[int64(size)]
		for _, i := range []int64{0, n / 2, n - 1} {
			p, err := l.ProveInclusion(i, n)
			if err != nil {
				t.Fatal(err)
			}
			leaf := rfc6962.DefaultHasher.HashLeaf(entry(int(i)))
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), leaf, raw(p), root[:]); err != nil {
				t.Errorf("entry %d of %d: %v", i, n, err)
			}
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), rfc6962.DefaultHasher.HashLeaf([]byte("no")), raw(p), root[:]); err == nil {
				t.Errorf("entry %d of %d: another entry is proved", i, n)
			}
		}
		for _, older := range sizes {
			if older > size {
				break
			}
			p, err := l.ProveConsistency(int64(older), n)
			if err != nil {
				t.Fatal(err)
			}
			before := roots[int64(older)]
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(older), uint64(n), raw(p), before[:], root[:]); err != nil {
				t.Errorf("from %d to %d: %v", older, n, err)
			}
			before[0] ^= 1
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(older), uint64(n), raw(p), before[:], root[:]); err == nil {
				t.Errorf("from %d to %d: another history is proved", older, n)
			}
		}
	}
}

// The formats' library reads a cosigned checkpoint and a proof in one text
// (C2SP tlog-proof), with our keys; and signs what we read, with its own.
func TestFormatsReadTheCheckpoint(t *testing.T) {
	t.Parallel()
	l := openFile(t, t.TempDir())
	mustAdd(t, l)
	appendAll(t, l, 1, 9)
	w := newCosigner(t, "w.example/one")
	tree := l.Tree()
	signed, err := l.Cosign(tree, w.Cosign(tree, time.Unix(at, 0)), []string{w.VerifierKey()})
	if err != nil {
		t.Fatal(err)
	}
	witness, err := f_note.NewVerifierForCosignatureV1(w.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	logKey, err := note.NewVerifier(l.Keys()[1])
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.ProveInclusion(4, tree.Size)
	if err != nil {
		t.Fatal(err)
	}
	bundle := f_proof.TLogProof{Index: 4, Checkpoint: signed}
	for _, h := range p {
		bundle.Hashes = append(bundle.Hashes, h)
	}
	var back f_proof.TLogProof
	if err := back.Unmarshal(bundle.Marshal()); err != nil {
		t.Fatal(err)
	}
	checkpoint, rest, n, err := f_log.ParseCheckpoint(back.Checkpoint, origin, logKey, witness)
	if err != nil || len(rest) != 0 || len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 1 {
		t.Fatalf("checkpoint %v, rest %q, note %v: %v", checkpoint, rest, n, err)
	}
	if seen, err := f_note.CoSigV1Timestamp(n.Sigs[1]); err != nil || seen.Unix() != at {
		t.Errorf("cosigned at %v, %v", seen, err)
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, back.Index, checkpoint.Size, rfc6962.DefaultHasher.HashLeaf(entry(4)), raw(p), checkpoint.Hash); err != nil {
		t.Error(err)
	}

	// The other way: their cosigner, our reader.
	skey, vkey, err := translog.GenerateWitnessKey("w.example/two")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := f_note.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	open, err := note.Open(signed, note.VerifierList(l.Verifiers()...))
	if err != nil {
		t.Fatal(err)
	}
	both, err := note.Sign(open, theirs)
	if err != nil {
		t.Fatal(err)
	}
	c, err := translog.OpenCosigned(both, l.Keys(), []string{w.VerifierKey(), vkey})
	if err != nil || len(c.Witnesses) != 2 || len(c.Logs) != 2 {
		t.Errorf("%v, %v", c, err)
	}
}
