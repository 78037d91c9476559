package exercise

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed scenarios/*.toml
var files embed.FS

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
	return Scenario{}, fmt.Errorf("no scenario %q: there are %s; a file's name ends in .toml", name, strings.Join(names, ", "))
}

// maxFile bounds a scenario's file, in bytes.
const maxFile = 1 << 20

// Open is the scenario of a name, or of a file whose name ends in .toml.
func Open(name string) (Scenario, error) {
	if !strings.HasSuffix(name, ".toml") {
		return Find(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	if len(text) > maxFile {
		return Scenario{}, fmt.Errorf("read scenario: %s is longer than %d bytes", name, maxFile)
	}
	s, err := Parse(string(text))
	if err != nil {
		return Scenario{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// Parse reads a scenario from TOML; unknown keys are refused.
func Parse(text string) (Scenario, error) {
	s := Scenario{StepSeconds: 10, Defence: Defence{TakingPart: 1, Covers: 1, CountSeconds: 60, Push: Delay{Median: 5}}}
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
