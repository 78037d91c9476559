package witness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

const (
	// maxProof is how many hashes a proof may have (C2SP tlog-witness).
	maxProof = 63
	// maxMessage is how many bytes a request or an answer may have: a proof, and
	// the hundred signature lines that package note reads.
	maxMessage = 64 << 10
)

// request is the body of add-checkpoint (C2SP tlog-witness).
type request struct {
	old        int64          // the size that the witness is thought to have cosigned last
	proof      tlog.TreeProof // from it to the checkpoint
	checkpoint []byte         // signed; not yet looked at
}

// bytes is the request as it is sent: "old N", a line a hash, an empty line, the
// checkpoint.
func (r request) bytes() []byte {
	body := fmt.Appendf(nil, "old %d\n", r.old)
	for _, h := range r.proof {
		body = append(base64.StdEncoding.AppendEncode(body, h[:]), '\n')
	}
	return append(append(body, '\n'), r.checkpoint...)
}

// parseRequest reads what bytes writes and nothing else.
func parseRequest(body []byte) (request, error) {
	head, checkpoint, found := bytes.Cut(body, []byte("\n\n"))
	lines := bytes.Split(head, []byte("\n"))
	number, isOld := bytes.CutPrefix(lines[0], []byte("old "))
	if !found || !isOld {
		return request{}, errors.New(`read request: it has to be a line "old SIZE", the lines of the proof, an empty line and the checkpoint`)
	}
	old, err := parseSize(string(number))
	if err != nil {
		return request{}, fmt.Errorf("read request: line 1: %w", err)
	}
	if len(lines)-1 > maxProof {
		return request{}, fmt.Errorf("read request: the proof has %d lines, at most %d are allowed", len(lines)-1, maxProof)
	}
	r := request{old: old, checkpoint: checkpoint}
	for i, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil || len(hash) != tlog.HashSize || base64.StdEncoding.EncodeToString(hash) != string(line) {
			return request{}, fmt.Errorf("read request: line %d: %.60q is not a SHA-256 in base64", i+2, line)
		}
		r.proof = append(r.proof, tlog.Hash(hash))
	}
	return r, nil
}

// parseSize reads a size as it is written plainly.
func parseSize(text string) (int64, error) {
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 || size > translog.MaxSize || strconv.FormatInt(size, 10) != text {
		return 0, fmt.Errorf("%.30q is not a size", text)
	}
	return size, nil
}
