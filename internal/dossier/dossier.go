// Package dossier is one published attribution case with its proofs in one
// file: made by the hub, and verified by anybody without trust in the hub.
// docs/dossier.md gives every byte and every check.
//
// Compose makes what follows from the case alone (records, key acts, scores,
// page, STIX) and the manifest over it, whose digest goes to the public log;
// Draft.Finish adds the proofs of a cosigned checkpoint that holds that digest.
// Verify is a pure function of a dossier's bytes and what the reader trusts.
package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// The files of a dossier: exactly these.
const (
	fileCheckpoint = "checkpoint"
	fileHistory    = "history.jsonl"
	filePage       = "index.html"
	fileKeyActs    = "keyacts.jsonl"
	fileKeys       = "keys.txt"
	fileManifest   = "manifest.txt"
	fileProofs     = "proofs.jsonl"
	fileRecords    = "records.jsonl"
	fileScores     = "scores.json"
	fileBundle     = "stix.json"
)

// listed are the files under the manifest, sorted.
var listed = []string{filePage, fileKeyActs, fileKeys, fileRecords, fileScores, fileBundle}

// unlisted are the files that the manifest does not bind: each is read, written
// again and compared.
var unlisted = []string{fileCheckpoint, fileHistory, fileManifest, fileProofs}

const (
	// MaxSize is the most bytes that a dossier's files may have together.
	MaxSize = 256 << 20
	// MaxHistory is the most earlier checkpoints that a dossier may hold.
	MaxHistory = 10_000

	manifestTag = "tocsin-dossier/v1\n"
	recordTag   = "tocsin-record/v1\n"
)

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// manifest is manifest.txt over the files that have to be listed.
func manifest(files map[string][]byte) []byte {
	var text bytes.Buffer
	for _, name := range listed {
		fmt.Fprintf(&text, "%s  %s\n", digestOf(files[name]), name)
	}
	return text.Bytes()
}

// manifestLeaf is the entry of the log that binds a manifest.
func manifestLeaf(manifest []byte) []byte { return []byte(manifestTag + digestOf(manifest) + "\n") }

// recordLeaf is the entry of the log that commits to a record.
func recordLeaf(commitment string) []byte { return []byte(recordTag + commitment + "\n") }

// count is a number of things for a person: "1 record", "1,234 records".
func count(n int, thing string) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if n != 1 {
		thing = plural(thing)
	}
	return b.String() + " " + thing
}

// plural is of the things that are counted here.
func plural(thing string) string {
	for _, end := range [][2]string{{"ry", "ries"}, {"ly", "lies"}, {"sis", "ses"}, {"ss", "sses"}} {
		if stem, ends := strings.CutSuffix(thing, end[0]); ends {
			return stem + end[1]
		}
	}
	return thing + "s"
}
