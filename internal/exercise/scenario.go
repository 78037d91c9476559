package exercise

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-project/tocsin/internal/observable"
)

//go:embed scenarios/*.toml
var files embed.FS

// Scenario is a story that can be played with any seed. Its fields are those of
// the files in scenarios; Hours, Partners and Hosts may be changed before World
// is called.
type Scenario struct {
	Name     string    `toml:"name"`
	Title    string    `toml:"title"`
	About    string    `toml:"about"`
	Start    time.Time `toml:"start"`
	Hours    float64   `toml:"hours"`
	Partners int       `toml:"partners"`
	Hosts    int       `toml:"hosts"` // of all partners
	Worm     Worm      `toml:"worm"`
	Log      Log       `toml:"log"`
}

// Worm is how the epidemic behaves, as counts and as traces in logs.
type Worm struct {
	Seeds           int        `toml:"seeds"`
	SeedMinutes     float64    `toml:"seed_minutes"`
	Susceptible     [2]float64 `toml:"susceptible"`
	InsideDoubling  float64    `toml:"inside_doubling_minutes"`
	BetweenDoubling float64    `toml:"between_doubling_minutes"`
	ScansPerSecond  float64    `toml:"scans_per_second"`
	ScansFailing    float64    `toml:"scans_failing"`
	Port            uint16     `toml:"port"`
	KillSwitch      string     `toml:"kill_switch"`
	FileName        string     `toml:"file_name"`
	SHA256          string     `toml:"sha256"`
}

// Log is what of it all is written as records.
type Log struct {
	FlowSampling float64 `toml:"flow_sampling"` // one in so many contacts of infected hosts
	ScanLines    int     `toml:"scan_lines"`    // a partner's limit per tick; the sample is thinned to it evenly over its infected hosts
	BenignLines  float64 `toml:"benign_lines"`  // mean per partner and tick
	Scanners     int     `toml:"scanners"`      // partners with a vulnerability scanner
	Backups      int     `toml:"backups"`       // partners with a backup server
	BrokenUpdate float64 `toml:"broken_update"` // hosts per partner and tick in the third hour that an update breaks
}

// Scenarios are all that there are, by name.
func Scenarios() []Scenario {
	names, err := fs.Glob(files, "scenarios/*.toml")
	if err != nil {
		panic(err) // the pattern is malformed: a mistake in this file
	}
	list := make([]Scenario, 0, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		s, err := Parse(string(text))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // held by a test
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Find is the scenario of a name; the error names those that there are.
func Find(name string) (Scenario, error) {
	all := Scenarios()
	names := make([]string, 0, len(all))
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names, ", "))
}

// Parse reads a scenario from TOML; unknown keys are refused.
func Parse(text string) (Scenario, error) {
	var s Scenario
	meta, err := toml.Decode(text, &s)
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Scenario{}, fmt.Errorf("read scenario: unknown key %s", unknown[0])
	}
	s.About = strings.TrimSpace(s.About)
	s.Start = s.Start.UTC()
	return s, s.Validate()
}

// Validate says what of the scenario cannot be played, and within which bounds
// it can.
func (s Scenario) Validate() error {
	w, l := s.Worm, s.Log
	for _, r := range []struct {
		name        string
		value       float64
		least, most float64
	}{
		{"hours", s.Hours, 0.01, 24 * 30},
		{"partners", float64(s.Partners), 1, 10_000},
		{"hosts", float64(s.Hosts), float64(s.Partners), 10_000_000},
		{"worm.seeds", float64(w.Seeds), 0, 10_000},
		{"worm.seed_minutes", w.SeedMinutes, 0, 1e6},
		{"worm.susceptible, the lower,", w.Susceptible[0], 0, 1},
		{"worm.susceptible, the upper,", w.Susceptible[1], w.Susceptible[0], 1},
		{"worm.inside_doubling_minutes", w.InsideDoubling, 0.01, 1e6},
		{"worm.between_doubling_minutes", w.BetweenDoubling, 0.01, 1e6},
		{"worm.scans_per_second", w.ScansPerSecond, 1e-6, 1e6},
		{"worm.scans_failing", w.ScansFailing, 0, 1},
		{"worm.port", float64(w.Port), 1, 65535},
		{"log.flow_sampling", l.FlowSampling, 1, 1e9},
		{"log.scan_lines", float64(l.ScanLines), 0, 10_000},
		{"log.benign_lines", l.BenignLines, 0, 1000},
		{"log.scanners", float64(l.Scanners), 0, 10_000},
		{"log.backups", float64(l.Backups), 0, 10_000},
		{"log.broken_update", l.BrokenUpdate, 0, 1000},
	} {
		if !(r.value >= r.least && r.value <= r.most) {
			return fmt.Errorf("scenario %q: %s is %g, it must be from %g to %g", s.Name, r.name, r.value, r.least, r.most)
		}
	}
	if s.Name == "" || s.Start.IsZero() || w.FileName == "" {
		return fmt.Errorf("scenario %q: name, start and worm.file_name are needed", s.Name)
	}
	if strings.ContainsFunc(w.FileName, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
		return fmt.Errorf("scenario %q: worm.file_name %q has characters other than plain ASCII letters, digits and signs", s.Name, w.FileName)
	}
	_, nameErr := observable.New(observable.Domain, w.KillSwitch)
	_, hashErr := observable.New(observable.SHA256, w.SHA256)
	if err := errors.Join(nameErr, hashErr); err != nil {
		return fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	return nil
}

// ticks is the horizon in steps.
func (s Scenario) ticks() int { return int(s.Hours * float64(time.Hour) / float64(Tick)) }
