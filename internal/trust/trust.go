// Package trust reads the trust file: the keys of the log, of witnesses and of
// voters that an outsider believes, and how many witnesses it takes
// (docs/dossier.md, "Keys and the trust file"). Reading is strict, since a rule
// that somebody else reads otherwise protects nobody:
//
//	log tocsin.example/log+1f2e3d4c+AQ...
//	witness a a.example+2e3d4c5b+BA...
//	witness b sha256:0123...
//	group two all a b
//	quorum two
//	voter identity--00000000-0000-4000-8000-000000000001 ed25519:AAAA...
package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/quorum"
)

// File is a trust file as read. Make one with Parse: what is built otherwise
// has not been checked.
type File struct {
	Logs      []Key // of one log, whose origin is their name
	Witnesses []Witness
	Groups    []*quorum.Group // of witnesses, in the order of their lines
	Quorum    *quorum.Group   // one of Groups, or a group of a single witness; nil: none is needed
	Voters    []Voter
}

// Key is the text of a key, or the fingerprint of that text: "sha256:" and 64
// hexadecimal digits.
type Key string

// Witness is who may cosign the log's checkpoints.
type Witness struct {
	Name string // in this file: groups name it so
	Key  Key    // a verifier key, type 4
}

// Voter is a key with which a partner may vote.
type Voter struct {
	Partner access.PartnerID
	Key     Key
}

// LogKeys are the log's verifier keys.
func (f File) LogKeys() []string {
	keys := make([]string, len(f.Logs))
	for i, k := range f.Logs {
		keys[i] = string(k)
	}
	return keys
}

// WitnessKeys are the witnesses' verifier keys.
func (f File) WitnessKeys() []string {
	keys := make([]string, len(f.Witnesses))
	for i, w := range f.Witnesses {
		keys[i] = string(w.Key)
	}
	return keys
}

// VoterKeys are the keys with which the partner may vote, in the order of their
// lines.
func (f File) VoterKeys(partner access.PartnerID) []string { return f.Voting()[partner] }

// Voting are the keys of every partner that may vote.
func (f File) Voting() map[access.PartnerID][]string {
	keys := make(map[access.PartnerID][]string)
	for _, v := range f.Voters {
		keys[v.Partner] = append(keys[v.Partner], string(v.Key))
	}
	return keys
}

// QuorumMet says whether the witnesses whose verifier keys have cosigned are
// enough. Keys that are no witness's in this file count for nothing.
func (f File) QuorumMet(cosigned []string) bool {
	if f.Quorum == nil {
		return true
	}
	names := make(map[string]bool, len(cosigned))
	for _, w := range f.Witnesses {
		names[w.Name] = slices.Contains(cosigned, string(w.Key))
	}
	return f.Quorum.Satisfied(func(name string) bool { return names[name] })
}

// String is the file in its one order, without comments: logs, witnesses,
// groups, quorum, voters. Parse reads it as the same.
func (f File) String() string {
	var b strings.Builder
	for _, k := range f.Logs {
		fmt.Fprintf(&b, "log %s\n", k)
	}
	for _, w := range f.Witnesses {
		fmt.Fprintf(&b, "witness %s %s\n", w.Name, w.Key)
	}
	for _, g := range f.Groups {
		fmt.Fprintf(&b, "group %s %s", g.Name, g.Threshold)
		for _, m := range g.Members {
			b.WriteString(" " + memberName(m))
		}
		b.WriteString("\n")
	}
	switch {
	case f.Quorum == nil:
		b.WriteString("quorum none\n")
	case f.Quorum.Name == "": // of a single witness
		fmt.Fprintf(&b, "quorum %s\n", memberName(f.Quorum.Members[0]))
	default:
		fmt.Fprintf(&b, "quorum %s\n", f.Quorum.Name)
	}
	for _, v := range f.Voters {
		fmt.Fprintf(&b, "voter %s %s\n", v.Partner, v.Key)
	}
	return b.String()
}

func memberName(m quorum.Member) string {
	if m.Group != nil {
		return m.Group.Name
	}
	return m.Leaf
}
