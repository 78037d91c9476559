package translog_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/translog"
)

const at = 1_513_641_600 // 2017-12-19

func newCosigner(t testing.TB, name string) *translog.Cosigner {
	t.Helper()
	skey, vkey, err := translog.GenerateWitnessKey(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := translog.NewCosigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if c.VerifierKey() != vkey {
		t.Fatalf("verifier key is %s, want %s", c.VerifierKey(), vkey)
	}
	return c
}

// signedBy is a checkpoint of an empty log, signed with each key in turn.
func signedBy(t testing.TB, skeys ...string) []byte {
	t.Helper()
	var signers []note.Signer
	for _, skey := range skeys {
		s, err := note.NewSigner(skey)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	signed, err := note.Sign(&note.Note{Text: origin + "\n0\n" + emptyRoot + "\n"}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func keyOf(t testing.TB, skey string) string {
	t.Helper()
	vkey, err := translog.VerifierKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func treeOf(t testing.TB, signed []byte) translog.Checkpoint {
	t.Helper()
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	tree, err := translog.ParseCheckpoint(string(text) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestOpenCosigned(t *testing.T) {
	first, _ := newKey(t)
	second, _ := newKey(t)
	a, b := newCosigner(t, "a.example"), newCosigner(t, "b.example")
	logs := []string{keyOf(t, first), keyOf(t, second)}
	witnesses := []string{a.VerifierKey(), b.VerifierKey()}
	signed := signedBy(t, first, second)
	tree := treeOf(t, signed)
	lineA, lineB := a.Cosign(tree, time.Unix(at, 999)), b.Cosign(tree, time.Unix(at+1, 0))
	good := slices.Concat(signed, lineA, lineB)

	got, err := translog.OpenCosigned(good, logs, witnesses)
	if err != nil {
		t.Fatal(err)
	}
	want := translog.Cosigned{Checkpoint: tree, Logs: logs, Witnesses: []translog.Cosignature{
		{Key: a.VerifierKey(), At: time.Unix(at, 0).UTC()}, {Key: b.VerifierKey(), At: time.Unix(at+1, 0).UTC()},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := translog.OpenCosigned(signedBy(t, second), logs, nil); err != nil {
		t.Errorf("without the first key and without witnesses: %v", err)
	}

	stranger, _ := newKey(t)
	elsewhere, _, err := translog.GenerateKey("other.example")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(signed, []byte("\n"))
	text, line1, line2 := slices.Concat(lines[0], lines[1], lines[2], lines[3]), lines[4], lines[5]
	longer := tree
	longer.Size++
	for name, c := range map[string]struct {
		text []byte
		says string
	}{
		"no signature":        {text, "does not end"},
		"no empty line":       {bytes.Replace(good, []byte("\n\n"), []byte("\n"), 1), "no empty line"},
		"no log":              {slices.Concat(text, lineA), "no key of the log"},
		"witness first":       {slices.Concat(text, lineA, line1), "follows one of a witness"},
		"witness between":     {slices.Concat(text, line1, lineA, line2), "follows one of a witness"},
		"log twice":           {slices.Concat(text, line1, line1), "two signature lines"},
		"witness twice":       {slices.Concat(signed, lineA, a.Cosign(tree, time.Unix(at+9, 0))), "two signature lines"},
		"unknown log":         {signedBy(t, first, stranger), "no key that is known"},
		"unknown witness":     {slices.Concat(signed, newCosigner(t, "a.example").Cosign(tree, time.Unix(at, 0))), "no key that is known"},
		"another origin":      {signedBy(t, first, elsewhere), "a key of \"other.example\""},
		"another tree":        {slices.Concat(signed, a.Cosign(longer, time.Unix(at, 0))), "does not verify"},
		"more after":          {append(bytes.Clone(good), '\n'), "not a signature line"},
		"cut":                 {good[:len(good)-1], "does not end"},
		"carriage return":     {bytes.Replace(good, []byte("=\n— a"), []byte("=\r\n— a"), 1), "not written plainly"},
		"two spaces":          {bytes.Replace(good, []byte("a.example "), []byte("a.example  "), 1), "not a signature line"},
		"hyphen":              {bytes.Replace(good, []byte("— a"), []byte("- a"), 1), "not a signature line"},
		"extension":           {bytes.Replace(good, []byte("\n\n"), []byte("\nmore\n\n"), 1), "three lines"},
		"witness of the log":  {slices.Concat(signed, bytes.Replace(lineA, []byte("a.example"), []byte("b.example"), 1)), "no key that is known"},
		"bits after the last": {loosen(t, good), "not written plainly"},
	} {
		if got, err := translog.OpenCosigned(c.text, append(logs, keyOf(t, elsewhere)), witnesses); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: read as %v, %v; want an error that says %q", name, got, err, c.says)
		}
	}
	for name, keys := range map[string][2][]string{
		"a witness as log": {witnesses, nil}, "a log as witness": {logs, logs}, "not plain": {{strings.ToUpper(logs[0])}, nil},
	} {
		if _, err := translog.OpenCosigned(good, keys[0], keys[1]); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// loosen sets a bit that padding leaves over in the last signature.
func loosen(t *testing.T, signed []byte) []byte {
	t.Helper()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := bytes.LastIndexByte(signed, '=')
	for signed[last-1] == '=' {
		last--
	}
	loose := bytes.Clone(signed)
	loose[last-1] = alphabet[strings.IndexByte(alphabet, loose[last-1])|1]
	if bytes.Equal(loose, signed) {
		t.Fatal("nothing was loosened")
	}
	return loose
}

// Every single flipped bit is noticed.
func TestOpenCosignedFlipped(t *testing.T) {
	skey, _ := newKey(t)
	w := newCosigner(t, "w.example")
	signed := signedBy(t, skey)
	good := slices.Concat(signed, w.Cosign(treeOf(t, signed), time.Unix(at, 0)))
	vkey := keyOf(t, skey)
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(good)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "byte")
		bad[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := translog.OpenCosigned(bad, []string{vkey}, []string{w.VerifierKey()}); err == nil {
			t.Fatalf("byte %d flipped: taken", i)
		}
	})
}

func FuzzOpenCosigned(f *testing.F) {
	skey, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		f.Fatal(err)
	}
	w := newCosigner(f, "w.example")
	signed := signedBy(f, skey)
	f.Add(signed)
	f.Add(slices.Concat(signed, w.Cosign(treeOf(f, signed), time.Unix(at, 0))))
	f.Add([]byte("a\n0\n" + emptyRoot + "\n\n— a AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := translog.OpenCosigned(text, []string{vkey}, []string{w.VerifierKey()})
		if err == nil && !bytes.HasPrefix(text, []byte(c.Checkpoint.String()+"\n")) {
			t.Errorf("%q is read as %v", text, c)
		}
	})
}

// A time beyond the year 9999 is no time, though its key has signed it.
func TestCosignatureBeyondDates(t *testing.T) {
	skey, _ := newKey(t)
	secret, vkey, err := translog.GenerateWitnessKey("w.example")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.SplitN(secret, "+", 5)[4])
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hex.DecodeString(strings.Split(vkey, "+")[1])
	if err != nil {
		t.Fatal(err)
	}
	signed := signedBy(t, skey)
	text := treeOf(t, signed).String()
	for seconds, want := range map[uint64]bool{253402300799: true, 253402300800: false, 1<<63 + 5: false} {
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text)
		raw := binary.BigEndian.AppendUint64(hash[:4:4], seconds)
		raw = append(raw, ed25519.Sign(ed25519.NewKeyFromSeed(seed[1:]), []byte(message))...)
		line := fmt.Appendf(nil, "— w.example %s\n", base64.StdEncoding.EncodeToString(raw))
		if _, err := translog.OpenCosigned(slices.Concat(signed, line), []string{keyOf(t, skey)}, []string{vkey}); (err == nil) != want {
			t.Errorf("at second %d: %v", seconds, err)
		}
	}
}

func TestCosignTimes(t *testing.T) {
	skey, _ := newKey(t)
	w := newCosigner(t, "w.example")
	signed := signedBy(t, skey)
	for _, c := range []struct{ given, want int64 }{{-5, 0}, {0, 0}, {253402300799, 253402300799}, {1 << 60, 253402300799}} {
		got, err := translog.OpenCosigned(slices.Concat(signed, w.Cosign(treeOf(t, signed), time.Unix(c.given, 0))), []string{keyOf(t, skey)}, []string{w.VerifierKey()})
		if err != nil || got.Witnesses[0].At.Unix() != c.want {
			t.Errorf("at %d: %v, %v; want %d", c.given, got.Witnesses, err, c.want)
		}
	}
}
