// Package doctor examines a hub's configuration, its data directory and what is
// around it, and says what is wrong, one line each, with what to do. It changes
// nothing and sends nothing: it looks, binds a port for a moment where no hub runs,
// and connects to where the hub would.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// Verdict is how something stands.
type Verdict string

// The verdicts, in rising order.
const (
	Sound    Verdict = "ok"
	Doubtful Verdict = "warning" // the hub runs, and somebody will be surprised
	Wrong    Verdict = "wrong"   // the hub does not start, or does not do what it is configured to
)

// Finding is one line.
type Finding struct {
	Of      string  `json:"of"` // what was looked at: "disk"
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`
	Do      string  `json:"do,omitempty"` // nothing where it is sound
}

// Surroundings are what the doctor asks the machine; nil members are the real ones.
type Surroundings struct {
	Now          func() time.Time
	Space        func(path string) (headroom.Space, error)
	Synchronised func() (bool, error) // whether the kernel's clock follows a time server
	Files        func() (uint64, error)
}

// examination is one visit.
type examination struct {
	Surroundings
	cfg      hub.Config
	running  bool // another process has the ledger
	foreign  bool // the data directory is another user's: whether a hub runs is not known
	findings []Finding
}

// Examine looks at everything. The configuration has to be valid.
func Examine(ctx context.Context, cfg hub.Config, s Surroundings) []Finding {
	e := &examination{Surroundings: s, cfg: cfg.WithDefaults()}
	e.ask()
	if e.data() {
		e.ledger(ctx)
	}
	e.disk()
	e.clock()
	e.files()
	e.addresses(ctx)
	e.certificate()
	e.credentials()
	e.outside(ctx)
	return e.findings
}

// ask has what is not given be the machine's own.
func (s *Surroundings) ask() {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Space == nil {
		s.Space = headroom.Measure
	}
	if s.Synchronised == nil {
		s.Synchronised = synchronised
	}
	if s.Files == nil {
		s.Files = mayOpen
	}
}

func (e *examination) sound(of, format string, args ...any) {
	e.findings = append(e.findings, Finding{Of: of, Verdict: Sound, Found: fmt.Sprintf(format, args...)})
}

func (e *examination) doubt(of, do, format string, args ...any) {
	e.findings = append(e.findings, Finding{of, Doubtful, fmt.Sprintf(format, args...), do})
}

func (e *examination) wrong(of, do, format string, args ...any) {
	e.findings = append(e.findings, Finding{of, Wrong, fmt.Sprintf(format, args...), do})
}
