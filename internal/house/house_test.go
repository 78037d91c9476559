package house_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func TestImports(t *testing.T) {
	for _, v := range violations(table, list(t)) {
		t.Error(v)
	}
}

func TestTableIsTheDocumented(t *testing.T) {
	markdown, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented, err := parseTable(string(markdown))
	if err != nil {
		t.Fatalf("docs/architecture.md: %v", err)
	}
	if diff := cmp.Diff(table, documented, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("docs/architecture.md is not the table of this test (-test +docs):\n%s", diff)
	}
	if !slices.IsSortedFunc(documented, func(a, b row) int { return a.tier - b.tier }) {
		t.Error("docs/architecture.md: the tiers are out of order")
	}
}

// list asks the go command for every package of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []pkg
	dec := jsontext.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := json.UnmarshalDecode(dec, &p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 2 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	return packages
}

// Every rule fires on a house that breaks it, and only there.
func TestViolations(t *testing.T) {
	small := []row{{0, []string{"stix"}, "a"}, {1, []string{"internal/ledger", "internal/access"}, "b"}}
	house := func(imports ...string) []pkg {
		return []pkg{
			{ImportPath: module + "/stix"},
			{ImportPath: module + "/internal/ledger", Imports: imports},
			{ImportPath: module + "/internal/access"},
			{ImportPath: module + "/internal/house"},
		}
	}
	one := func(what string) []string { return []string{what} }
	upward := func(imported string) []pkg {
		return append([]pkg{{ImportPath: module + "/stix", Imports: []string{module + "/" + imported}}}, house()[1:]...)
	}
	for name, c := range map[string]struct {
		packages []pkg
		want     []string // parts of the violations, in order
	}{
		"sound":         {house("fmt", module+"/stix", "github.com/go-json-experiment/json"), nil},
		"same tier":     {house(module + "/internal/access"), one("only lower tiers")},
		"higher tier":   {upward("internal/ledger"), []string{"only lower tiers", "others could not build it"}},
		"public":        {upward("internal/elsewhere"), one("others could not build it")},
		"absent":        {house()[:2], one("internal/access stands in the table and does not exist")},
		"not in table":  {append(house(), pkg{ImportPath: module + "/internal/new"}), one("internal/new is missing")},
		"nats":          {house("github.com/nats-io/nats.go"), one("which engine")},
		"sqlite":        {house("zombiezen.com/go/sqlite/sqlitex"), one("how state is stored")},
		"dns":           {house("github.com/miekg/dns"), one("speaks DNS")},
		"encoding/json": {house("encoding/json"), one("duplicate keys")},
		"the house":     {house(module + "/internal/house"), one("it is a test")},
	} {
		t.Run(name, func(t *testing.T) {
			got := violations(small, c.packages)
			if len(got) != len(c.want) {
				t.Fatalf("violations: %q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("violation %q does not say %q", got[i], c.want[i])
				}
			}
		})
	}
	twice := append(slices.Clone(small), row{2, []string{"stix"}, "c"})
	if got := violations(twice, house()); len(got) != 1 || !strings.Contains(got[0], "twice") {
		t.Errorf("a package in two rows: %q", got)
	}
}

func TestParseTable(t *testing.T) {
	const top = "# A\n\n## Rooms and tiers\n\n| tier | package | what it is |\n|---|---|---|\n"
	got, err := parseTable(top + "| 0 | `stix` | objects |\n| 5 | `internal/api`, `internal/web` | outlets |\n\n## Next\n| 9 | `x` | y |\n")
	want := []row{{0, []string{"stix"}, "objects"}, {5, []string{"internal/api", "internal/web"}, "outlets"}}
	if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(row{})) {
		t.Errorf("read as %v, %v", got, err)
	}
	for _, bad := range []string{"# A\n", top + "| x | `stix` | a |\n", top + "| 0 | stix | a |\n", top + "| 0 | `stix` | |\n", top + "| 0 | `stix` |\n"} {
		if rows, err := parseTable(bad); err == nil {
			t.Errorf("%q is read as %v", bad, rows)
		}
	}
}
