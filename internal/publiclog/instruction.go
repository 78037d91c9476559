package publiclog

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// The entries of the ledger by which several nodes keep one log; see Shared. Their
// actor is the hub and their audience nobody.
const (
	KindAppended ledger.Kind = "publiclog.appended" // instruction
	KindCosigned ledger.Kind = "publiclog.cosigned" // cosignatures
)

// instruction says what the log's next entries are.
//
// One whose index is not the size that all before it give is void: its writer did
// not know of another that came first, and writes anew. So is one that comes while
// an older log is being put on the ledger, and is no part of it.
type instruction struct {
	Index  int64    `json:"index"`          // of the first of the leaves in the log
	Until  int64    `json:"until,omitzero"` // the size of the older log that the leaves are of; 0: of none
	Leaves [][]byte `json:"leaves"`         // in base64; at least one
}

// An instruction has at most so much in it: its base64 has to fit into an entry.
const (
	mostLeaves    = 4096
	mostLeafBytes = 512 << 10
	leafOverhead  = 8 // what JSON adds to a leaf, in bytes
)

// errUnread is for somebody to look at: trying again does not help.
var errUnread = fmt.Errorf("%w: this version does not understand an entry of the ledger that is for the log", ErrDiverged)

func parseInstruction(body []byte) (in instruction, err error) {
	if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
		return instruction{}, fmt.Errorf("%w: %w", errUnread, err)
	}
	end := in.end()
	if in.Index < 0 || len(in.Leaves) == 0 || len(in.Leaves) > mostLeaves || end > translog.MaxSize || in.Until != 0 && in.Until < end {
		return instruction{}, fmt.Errorf("%w: index %d, %d leaves, until %d", errUnread, in.Index, len(in.Leaves), in.Until)
	}
	for _, leaf := range in.Leaves {
		if len(leaf) == 0 || len(leaf) > translog.MaxEntry {
			return instruction{}, fmt.Errorf("%w: a leaf has %d bytes", errUnread, len(leaf))
		}
	}
	return in, nil
}

// end is the log's size behind the leaves.
func (in instruction) end() int64 { return in.Index + int64(len(in.Leaves)) }

func (in instruction) draft() (ledger.Draft, error) {
	return ledger.NewDraft(KindAppended, "hub", "", in)
}

// split is how many of the leaves fit into one instruction.
func split(leaves [][]byte) int {
	size := 0
	for i, leaf := range leaves {
		size += len(leaf) + leafOverhead
		if i > 0 && (size > mostLeafBytes || i == mostLeaves) {
			return i
		}
	}
	return len(leaves)
}

// cosignatures is a checkpoint with the witnesses' lines that satisfy the quorum.
type cosignatures struct {
	Checkpoint string `json:"checkpoint"`
}

// Leaves of dossiers' manifests begin with manifestTag (docs/dossier.md). Where they
// are is remembered, so that nodes that make the same dossier log it once; of many
// it is forgotten.
const (
	manifestTag   = "tocsin-dossier/v1\n"
	mostManifests = 4096
)

// ofLog says whether entries of the kind are about the log itself: no commitment
// is made on their account, or each would be the reason for the next.
func ofLog(k ledger.Kind) bool { return k == KindAppended || k == KindCosigned }
