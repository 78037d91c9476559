// Package demo plays day one: a hub, its partners and their edges in one
// process, fed with the log records of a simulated epidemic. Nothing is
// shortened for convenience: contributions, sightings, protections and
// receipts go through HTTP, tokens, the ledger and the change stream, and every
// figure is measured in the run.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// Config is which story is played, and where.
type Config struct {
	Scenario  exercise.Scenario
	Seed      uint64
	Attack    string // the ATT&CK bundle; "": the small bundle of our own
	Data      string // the hub's data directory, empty at the start
	Listen    string // HTTP
	DNSListen string
	Sinkhole  string
	Tell      func(at time.Time, text string) // is told the story; at is simulated time, zero before and after it
	Tick      func(done float64)              // is told the progress, 0 to 1
}

// Figures are what the story came to. The keys are relied on by scripts.
type Figures struct {
	Partners                int              `json:"partners"`
	Hosts                   int              `json:"hosts"`
	ObjectsImported         int              `json:"objects_imported"`
	AlarmAfterS             *float64         `json:"alarm_after_s"` // simulated seconds from the first infection; null: no alarm
	InfectedAtAlarmFraction *float64         `json:"infected_at_alarm_fraction"`
	ProtectMS               Latency          `json:"protect_ms"`
	EdgesProtected          int              `json:"edges_protected"` // with every block in force, by their receipts on the ledger
	KillSwitch              KillSwitch       `json:"kill_switch_answers"`
	InfectedFraction        InfectedFraction `json:"infected_fraction"`
	// Agreement holds the push as measured beside the same push simulated.
	Agreement     exercise.Agreement `json:"agreement"`
	LedgerEntries uint64             `json:"ledger_entries"`
	Verified      bool               `json:"verified"` // the ledger re-read is sound, and re-folded gives the same views

	Seed           uint64  `json:"seed"`
	Lines          uint64  `json:"telemetry_lines"`
	Outbreaks      int     `json:"outbreaks"`
	Protections    int     `json:"protections"`
	Receipts       int     `json:"receipts"`
	BlockRefused   bool    `json:"block_of_kill_switch_refused"`
	RefusalLogged  bool    `json:"refusal_on_ledger"`
	FalseBlocks    int     `json:"false_blocks"` // blocked values that are not the worm's
	SimulatedHours float64 `json:"simulated_hours"`
	Warnings       int     `json:"warnings"` // that hub and edges logged

	Case  *CaseFigures `json:"case"` // null for a scenario whose attribution is not known
	WallS float64      `json:"wall_s"`
}

// Latency is in milliseconds of wall clock, from the hub's acknowledgement of
// the sighting that satisfied corroboration until an edge's receipt is on the
// ledger; a sample for each block and edge.
type Latency struct {
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`
	Samples int     `json:"samples"`
}

// KillSwitch counts the questions for the must-resolve name since it was
// decided, one each tick: resolved means that DNS answered with the sinkhole's
// address and that HTTP there answered 200. Before counts what was asked
// before the decision, when nobody could know.
type KillSwitch struct {
	Asked    int `json:"asked"`
	Resolved int `json:"resolved"`
	Before   int `json:"asked_before_decision"`
}

// InfectedFraction compares ways of sharing: push is measured in this run
// through the real hub and edges, the others are the same world simulated.
type InfectedFraction struct {
	None   float64 `json:"none"`
	Hourly float64 `json:"hourly"`
	Push   float64 `json:"push"`
}

// Play plays the story to its end. The hub goes on serving until Close.
func Play(ctx context.Context, cfg Config) (*Story, error) {
	if err := Playable(cfg.Scenario); err != nil {
		return &Story{}, err
	}
	cfg.Scenario.Defence = asPlayed(cfg.Scenario.Defence)
	s := &Story{cfg: cfg, began: time.Now()}
	s.Figures.Seed, s.Figures.SimulatedHours = cfg.Seed, cfg.Scenario.Hours
	for _, chapter := range []struct {
		name string
		play func(context.Context) error
	}{
		{"start the hub", s.start},
		{"import what is known", s.importKnowledge},
		{"let the partners in", s.join},
		{"replay the day", s.replay},
		{"let partners say how they were hit", s.sayOfThemselves},
		{"replay how it was attributed", s.attribute},
		{"compare with other ways of sharing", s.compare},
		{"verify the ledger", s.verify},
	} {
		if err := chapter.play(ctx); err != nil {
			return s, fmt.Errorf("%s: %w", chapter.name, err)
		}
	}
	s.Figures.Warnings = s.warnings.tell(s)
	s.Figures.WallS = time.Since(s.began).Seconds()
	return s, nil
}

// Story is the day as it was played, with the hub that remembers it.
type Story struct {
	Figures    Figures
	Comparison exercise.Comparison
	Dossier    *Dossier // of the case; nil without one

	cfg      Config
	began    time.Time
	hub      *hub.Hub
	admin    caller
	played   *exercise.World
	partners []*partner
	firm     caller // of the coordinator, at a security firm
	measured measure
	warnings warnings
	curve    []int // infected hosts after each tick
	stop     func()

	witnesses *witnesses
	logKeys   []string // of the hub's public log
}

// Hub is the running hub.
func (s *Story) Hub() *hub.Hub { return s.hub }

// Close ends the edges, then the hub.
func (s *Story) Close() error {
	if s.stop != nil {
		s.stop()
	}
	var errs []error
	for _, p := range s.partners {
		errs = append(errs, p.close())
	}
	if s.hub != nil {
		errs = append(errs, s.hub.Close())
	}
	if s.witnesses != nil {
		errs = append(errs, s.witnesses.close())
	}
	return errors.Join(errs...)
}

func (s *Story) start(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Data, 0o700); err != nil {
		return err
	}
	var err error
	if s.witnesses, err = newWitnesses(ctx, filepath.Join(s.cfg.Data, "witnesses")); err != nil {
		return err
	}
	token := secret()
	h, err := hub.Start(ctx, hub.Config{
		Data: s.cfg.Data, Listen: s.cfg.Listen, DNSListen: s.cfg.DNSListen, Sinkhole: s.cfg.Sinkhole,
		AdminToken: token, OpenPages: true, OnEntry: s.measured.entry, Logger: slog.New(&s.warnings),
		Log: s.witnesses.config, Dial: dial.Config{Allow: []string{"127.0.0.1"}},
	})
	if err != nil {
		return err
	}
	s.hub = h
	s.logKeys = h.LogKeys()
	if err := s.witnesses.start(s.logKeys, slog.New(&s.warnings)); err != nil {
		return err
	}
	if s.admin, err = newCaller(h.URL(), token); err != nil {
		return err
	}
	s.tell(time.Time{}, "The hub serves %s (open it to watch), DNS on %s, sinkhole on %s.", h.URL(), h.DNS(), h.Sinkhole())
	return nil
}

// world is the simulated world, made when it is first asked for.
func (s *Story) world() *exercise.World {
	if s.played == nil {
		s.played = s.cfg.Scenario.World(s.cfg.Seed)
	}
	return s.played
}

func (s *Story) tell(at time.Time, format string, args ...any) {
	if s.cfg.Tell != nil {
		s.cfg.Tell(at, fmt.Sprintf(format, args...))
	}
}
