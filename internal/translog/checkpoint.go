package translog

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log commits to (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// String is the note's text: "origin\nsize\nbase64 root\n". There are no
// extension lines, which no monitor could audit.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// MaxSize is the largest size of a tree that is read: indexes stay whole numbers
// everywhere, and package tlog's arithmetic within its bounds (from 2^62 on it
// does not end).
const MaxSize = 1 << 53

// emptyRoot is the root of a tree without entries: SHA-256 of nothing (RFC 6962,
// section 2.1).
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// ParseCheckpoint reads what String writes and nothing else.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, errors.New("read checkpoint: it has to be three lines: origin, size, root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: line 2: %q is not a size", lines[1])
	}
	if size > MaxSize {
		return Checkpoint{}, fmt.Errorf("read checkpoint: line 2: the size %d is above %d", size, int64(MaxSize))
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("read checkpoint: line 3: %q is not a SHA-256 in base64", lines[2])
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}
	if err := checkKeyName(c.Origin); err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: line 1: the origin %.100q: %w", c.Origin, err)
	}
	if c.Size < 0 || c.String() != text {
		return Checkpoint{}, errors.New("read checkpoint: it is not written in the one way that the specification allows")
	}
	return c, nil
}

// OpenCheckpoint checks a log's signature on a checkpoint and reads it. One of
// the verifiers has to have signed, and the origin has to be its name;
// signatures of keys that are not among them do not matter.
func OpenCheckpoint(signed []byte, verifiers ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	for _, s := range n.Sigs {
		if c.Origin != s.Name {
			return Checkpoint{}, fmt.Errorf("open checkpoint: its origin is %q, the key is of %q", c.Origin, s.Name)
		}
	}
	return c, nil
}
