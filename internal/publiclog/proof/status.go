package proof

import "time"

// Status is how a hub's public log stands.
type Status struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root" doc:"base64"`
	// Ledger is the newest commitment to the ledger; nil if there is none yet.
	Ledger *Committed `json:"ledger,omitempty"`
	// Cosigned is the size of the newest tree that satisfied the quorum.
	Cosigned  int64     `json:"cosigned"`
	Quorum    string    `json:"quorum"` // none, or a group of the witnesses' names
	Witnesses []Witness `json:"witnesses"`
	Error     string    `json:"error,omitzero" doc:"why nothing is logged now"`
}

// Committed says of when the newest commitment is.
type Committed struct {
	At time.Time `json:"at"`
}

// Witness is how a witness has answered.
type Witness struct {
	Name  string    `json:"name"`
	Key   string    `json:"key"`
	Size  int64     `json:"size"`        // of the tree that it cosigned last
	At    time.Time `json:"at,omitzero"` // when it did
	Error string    `json:"error,omitzero"`
}
