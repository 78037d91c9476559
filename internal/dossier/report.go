package dossier

// Verdict is the outcome of a verification.
type Verdict string

// The verdicts.
const (
	Verified       Verdict = "verified"        // every check holds, by keys that the reader trusts
	SelfConsistent Verdict = "self-consistent" // every check holds, by the keys that the dossier itself names
	Rejected       Verdict = "rejected"        // at least one check does not hold
)

// Report is what Verify has found.
type Report struct {
	Verdict Verdict `json:"verdict"`
	Checks  []Check `json:"checks"` // in the order of docs/dossier.md
	Summary Summary `json:"-"`      // what the dossier says; empty if the verdict is Rejected
}

// Check is one of the checks of docs/dossier.md.
type Check struct {
	Name   string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // for a person: what held, or what failed and where
}

// Options is what the reader of a dossier brings along.
type Options struct {
	// Trust is the text of a trust file; nil if the reader has none, and the
	// dossier can be found self-consistent at most.
	Trust []byte
	// Checkpoint is another checkpoint of the same log; nil for none.
	Checkpoint []byte
	// Files are the SHA-256 of files that the reader has.
	Files [][32]byte
}
