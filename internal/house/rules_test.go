package house_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/tocsin-project/tocsin"

// pkg is what `go list -json` says about a package.
type pkg struct {
	ImportPath string
	Imports    []string // of files that are not tests
}

func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// violations lists every break of the table and of the rules beside it.
func violations(table []row, packages []pkg) []string {
	var found []string
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	tiers := make(map[string]int)
	for _, r := range table {
		for _, name := range r.packages {
			if _, twice := tiers[name]; twice {
				complain("%s stands in the table twice", name)
			}
			tiers[name] = r.tier
			if !slices.ContainsFunc(packages, func(p pkg) bool { return p.name() == name }) {
				complain("%s stands in the table and does not exist", name)
			}
		}
	}
	for _, p := range packages {
		if p.name() == "internal/house" {
			continue
		}
		tier, known := tiers[p.name()]
		if !known {
			complain("%s is missing in the table: give it a tier and a line", p.name())
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, module+"/")
			if other, ok := tiers[below]; ours && known && ok && other >= tier {
				complain("%s (tier %d) imports %s (tier %d): only lower tiers may be imported", p.name(), tier, below, other)
			}
			if ours && strings.HasPrefix(below, "internal/") && isPublic(p.name()) {
				complain("%s is public and imports %s: others could not build it", p.name(), below)
			}
			for _, rule := range confined {
				if within(imported, rule.path) && !slices.Contains(rule.within, p.name()) {
					complain("%s imports %s, which is for %v: %s", p.name(), imported, rule.within, rule.why)
				}
			}
		}
	}
	return found
}

func isPublic(name string) bool {
	return !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "cmd/")
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// parseTable reads the rows of the table under "## Rooms and tiers".
func parseTable(markdown string) ([]row, error) {
	_, section, ok := strings.Cut(markdown, "\n## Rooms and tiers\n")
	if !ok {
		return nil, fmt.Errorf("there is no section \"## Rooms and tiers\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []row
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| tier ") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 {
			return nil, fmt.Errorf("row %q has %d cells, want 3", line, len(cells))
		}
		tier, err := strconv.Atoi(strings.TrimSpace(cells[0]))
		if err != nil {
			return nil, fmt.Errorf("row %q: the tier is no number", line)
		}
		r := row{tier: tier, what: strings.TrimSpace(cells[2])}
		for name := range strings.SplitSeq(cells[1], ",") {
			name = strings.TrimSpace(name)
			if len(name) < 3 || name[0] != '`' || name[len(name)-1] != '`' {
				return nil, fmt.Errorf("row %q: packages have to stand in backquotes", line)
			}
			r.packages = append(r.packages, strings.Trim(name, "`"))
		}
		if r.what == "" {
			return nil, fmt.Errorf("row %q does not say what the package is", line)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
