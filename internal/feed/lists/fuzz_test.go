package lists_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// No value, whatever it is, becomes more than a value: it stays on its lines, and
// is one word of those.
func FuzzOneValue(f *testing.F) {
	types := []observable.Type{
		observable.Domain, observable.IPv4, observable.URL, observable.SHA256, observable.FileName, observable.FilePath,
		observable.Mutex, observable.Service, observable.Registry, observable.Email, observable.JA3, observable.Wallet,
	}
	for i, text := range []string{"-evil.example", "192.0.2.0/24", `http://u:p@h.example/"\*?#{};|$(x)`, strings.Repeat("0a", 32), `=x,"'y.exe`, `C:\a "b"\c.exe`, `Global\"';*`, `@a"'$;b`, `HKLM\a"\b`, `"#a\"b c"@mail.example`} {
		f.Add(uint8(i), text)
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		v, err := observable.New(types[int(kind)%len(types)], text)
		if err != nil {
			return
		}
		s := effective(block(v.Type, v.Text, 1))
		if s.Len() == 0 {
			return // an address as a domain, and the like
		}
		for file, compile := range lists.All {
			out, _ := compiled(t, compile, s)
			if file == "protections.csv" {
				checkCSV(t, out, v)
				continue
			}
			for _, l := range plainLines(out) {
				if words := strings.Fields(l); len(words) > 2 || len(words) == 0 || strings.TrimSpace(l) != l || l[0] == '#' {
					t.Errorf("%s: %q", file, l)
				}
				if strings.HasPrefix(file, "nginx") && strings.ContainsAny(strings.TrimSuffix(l, ";"), `;{}"'$~`) {
					t.Errorf("%s: %q", file, l)
				}
			}
			if n := strings.Count(out, "\n"); n > 2 {
				t.Errorf("%s: %d lines of one value: %q", file, n, out)
			}
		}
	})
}

func checkCSV(t *testing.T, out string, v observable.Value) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != 6 || rows[1][1] != string(v.Type) {
		t.Fatalf("%v: %q", err, out)
	}
	cell := rows[1][0]
	if strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
		t.Errorf("a spreadsheet runs %q", cell)
	}
	if cell != v.Text && cell != "'"+v.Text {
		t.Errorf("%q is written as %q", v.Text, cell)
	}
}
