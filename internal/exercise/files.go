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

// file is a scenario with the text that it was read from.
type file struct {
	Scenario
	text string
}

// shelf is all that there are, by name.
func shelf() []file {
	names, err := fs.Glob(files, "scenarios/*.toml")
	if err != nil {
		panic(err) // the pattern is malformed: a mistake in this file
	}
	list := make([]file, 0, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		s, err := Parse(string(text))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // held by a test
		}
		list = append(list, file{s, string(text)})
	}
	slices.SortFunc(list, func(a, b file) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Scenarios are all that there are, by name.
func Scenarios() []Scenario {
	all := shelf()
	list := make([]Scenario, len(all))
	for i, f := range all {
		list[i] = f.Scenario
	}
	return list
}

// Find is the scenario of a name; the error names those that there are.
func Find(name string) (Scenario, error) {
	f, err := find(name)
	return f.Scenario, err
}

// Text is the TOML of a scenario that Find knows, with its comments: where a file
// of one's own begins.
func Text(name string) (string, error) {
	f, err := find(name)
	return f.text, err
}

func find(name string) (file, error) {
	all := shelf()
	names := make([]string, 0, len(all))
	for _, f := range all {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return file{}, fmt.Errorf("no scenario %q: there are %s; a file's name ends in .toml", name, strings.Join(names, ", "))
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
		where := ""
		if line := lineOf(text, unknown[0]); line > 0 {
			where = fmt.Sprintf(", line %d", line)
		}
		return Scenario{}, fmt.Errorf("read scenario: unknown key %s%s", unknown[0], where)
	}
	if s.Title == "" {
		s.Title = s.Name
	}
	s.About = strings.TrimSpace(s.About)
	s.Start = s.Start.UTC()
	return s, s.Validate()
}

// lineOf is the line that gives a key, or the heading of its table; 0 if that is
// not plain to see, as within a table on one line. The decoder keeps no lines.
func lineOf(text string, key toml.Key) int {
	table, within := "", false
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.Count(line, `"""`)%2 == 1 {
			within = !within
		}
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "["); ok && !within {
			name, _, _ := strings.Cut(strings.TrimPrefix(heading, "["), "]")
			if table = strings.TrimSpace(name); table == key.String() {
				return number
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); ok && table != "" {
			name = table + "." + name
		}
		if ok && name == key.String() {
			return number
		}
	}
	return 0
}
