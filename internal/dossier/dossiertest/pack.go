package dossiertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// Keys is keys.txt and, from somebody trustworthy, a trust file: the log's keys,
// two witnesses of which both have to cosign, and the partners' first keys.
func (c *Case) Keys() string {
	var b strings.Builder
	for _, key := range c.World.LogKeys {
		fmt.Fprintf(&b, "log %s\n", key)
	}
	names := make([]string, 0, len(c.World.Witnesses))
	for i, w := range c.World.Witnesses {
		names = append(names, fmt.Sprintf("w%d", i+1))
		fmt.Fprintf(&b, "witness %s %s\n", names[i], w.VerifierKey())
	}
	fmt.Fprintf(&b, "group all-of-them all %s\nquorum all-of-them\n", strings.Join(names, " "))
	for i, p := range c.Partners {
		key := p.Key
		if i == 4 && c.retired != nil {
			key = c.retired // the rotation leads from it to the new one
		}
		fmt.Fprintf(&b, "voter %s %s\n", p.ID, key.Text())
	}
	return b.String()
}

// Fingerprints is a trust file with the fingerprints of its keys in their place.
func Fingerprints(trust string) string {
	lines := strings.Split(trust, "\n")
	for i, line := range lines {
		words := strings.Split(line, " ")
		if slices.Contains([]string{"log", "witness", "voter"}, words[0]) {
			words[len(words)-1] = Named([]byte(words[len(words)-1]))
			lines[i] = strings.Join(words, " ")
		}
	}
	return strings.Join(lines, "\n")
}

// listed are the files under the manifest.
var listed = []string{"index.html", "keyacts.jsonl", "keys.txt", "records.jsonl", "scores.json", "stix.json"}

// Manifest is manifest.txt for the files.
func Manifest(files map[string][]byte) []byte {
	var b strings.Builder
	for _, name := range listed {
		fmt.Fprintf(&b, "%s  %s\n", Named(files[name])[len("sha256:"):], name)
	}
	return []byte(b.String())
}

// Pack logs the manifest of files that stand for the case, and writes the
// dossier with the proofs of the log as it then is and the cosignatures of the
// first n witnesses. It writes whatever it is given.
func (c *Case) Pack(files map[string][]byte, n int) []byte {
	c.tb.Helper()
	packed := make(map[string][]byte, len(files)+4)
	for name, content := range files {
		packed[name] = content
	}
	packed["manifest.txt"] = Manifest(files)
	last := c.World.Append([]byte("tocsin-dossier/v1\n" + Named(packed["manifest.txt"])[len("sha256:"):] + "\n"))
	var proofs bytes.Buffer
	for _, index := range slices.Concat(c.ActsAt, c.LoggedAt, last) {
		fmt.Fprintf(&proofs, `{"index":%d,"proof":%s}`+"\n", index, hashes(c.World.inclusion(index)))
	}
	packed["proofs.jsonl"], packed["checkpoint"] = proofs.Bytes(), c.World.Cosigned(n)
	packed["history.jsonl"] = c.history()
	return storedzip.Write(packed)
}

func (c *Case) history() []byte {
	c.tb.Helper()
	var text bytes.Buffer
	size := c.World.Log.Tree().Size
	for _, checkpoint := range c.World.History {
		var older int64
		if _, err := fmt.Sscanf(strings.Split(string(checkpoint), "\n")[1], "%d", &older); err != nil {
			c.tb.Fatal(err)
		}
		proof, err := c.World.Log.ProveConsistency(older, size)
		if err != nil {
			c.tb.Fatal(err)
		}
		fmt.Fprintf(&text, `{"checkpoint":%s,"consistency":%s}`+"\n", Canonical(c.tb, string(checkpoint)), hashes(proof))
	}
	return text.Bytes()
}

func hashes[P ~[]tlog.Hash](proof P) string {
	words := make([]string, len(proof))
	for i, h := range proof {
		words[i] = `"` + base64.StdEncoding.EncodeToString(h[:]) + `"`
	}
	return "[" + strings.Join(words, ",") + "]"
}

// Under is the case with other records, logged anew on a log of its own: the
// log key and the witnesses are those of the case.
func (c *Case) Under(records *Chain) *Case {
	c.tb.Helper()
	other := *c
	other.Chain, other.World, other.LoggedAt, other.ActsAt = records, c.World.Fork(), nil, nil
	other.ActsAt = other.World.Append(c.Acts...)
	other.Flush()
	return &other
}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func unmarshal(tb testing.TB, text []byte, to any) {
	tb.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		tb.Fatal(err)
	}
}
