package proof_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/trust"
)

const commitment = "tocsin-ledger/v1\n" +
	"8c55d33ac134bf0d9c15034d746ab819c02d1453d9863964a41714ecd8e7bfb5\n" +
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" +
	"2017-05-15T17:02:00.000000Z\n"

// FuzzParseCommitment: what is read is written the same again.
func FuzzParseCommitment(f *testing.F) {
	f.Add([]byte(commitment))
	f.Add([]byte(commitment + "\n"))
	f.Add(bytes.ToUpper([]byte(commitment)))
	f.Add([]byte("tocsin-ledger/v1\n"))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		c, err := proof.ParseCommitment(leaf)
		if err == nil && !bytes.Equal(c.Leaf(), leaf) {
			t.Fatalf("%q is read, and written as %q", leaf, c.Leaf())
		}
	})
}

// FuzzParseContribution: what somebody makes up proves nothing, and ends nothing.
func FuzzParseContribution(f *testing.F) {
	f.Add([]byte(`{"format":"tocsin-contribution-proof/v1","contribution":"c","entries":[{"record":"AQ==","index":0,"size":1,"path":[],"leaf":"l","log_index":0,"log_path":[]}],"checkpoint":"a\n1\nAA==\n\n"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := proof.ParseContribution(text)
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if _, err := proof.Check(c, trust.File{}); !errors.Is(err, proof.ErrNotProved) {
			t.Fatalf("%s is taken under no key at all: %v", text, err)
		}
	})
}

// FuzzParseRecord: as with contributions.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"format":"tocsin-record-proof/v1","record":{"n":1,"prev":"00","case":"case--1","kind":"case.vote","by":"identity--1","at":"2017-05-15T17:02:00.000000Z","body":{"party":"P"}},"salt":"` + strings.Repeat("00", 32) + `","index":0,"path":[],"checkpoint":"a\n1\nAA==\n\n"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := proof.ParseRecord(text)
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if _, err := proof.CheckRecord(r, trust.File{}); !errors.Is(err, proof.ErrNotProved) {
			t.Fatalf("%s is taken under no key at all: %v", text, err)
		}
	})
}

func TestCommitmentIsReadInOneFormOnly(t *testing.T) {
	if _, err := proof.ParseCommitment([]byte(commitment)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", commitment[1:], commitment + "x\n", commitment[:len(commitment)-1], string(bytes.ToUpper([]byte(commitment)))} {
		if _, err := proof.ParseCommitment([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
