package rules_test

import (
	"context"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

func TestTheBundleIsValid(t *testing.T) {
	text, left := compiled(t, rules.STIX, story())
	if len(left) > 0 {
		t.Errorf("left %v", left)
	}
	objects := 0
	findings, err := stix.ValidateBundle(strings.NewReader(text), stix.Limits{}, func(o stix.Object, findings []stix.Finding) error {
		objects++
		for _, f := range append(findings, pattern.Validate(o)...) {
			if f.Level == stix.LevelWarning && strings.HasSuffix(f.Err.Pointer, "/id") {
				continue // random ids would not be the same for the same decision
			}
			t.Errorf("%s: %v", o.ID, f.Err)
		}
		return nil
	})
	for _, f := range findings {
		t.Errorf("%s: %v", f.ID, f.Err)
	}
	if err != nil || objects < 40 {
		t.Fatalf("%d objects, %v", objects, err)
	}
}

// What another hub makes of the event: an indicator for each attribute that is
// to_ids, and a must-resolve name is none.
func TestTheEventIsRead(t *testing.T) {
	text, _ := compiled(t, rules.MISPEvent, story())
	indicators := 0
	err := misp.Read(context.Background(), strings.NewReader(text), misp.Options{}, func(item misp.Item) error {
		if item.Problem != nil {
			t.Errorf("%v", item.Problem)
		}
		if raw := string(item.Raw); strings.Contains(raw, `"type":"indicator"`) {
			indicators++
			if strings.Contains(raw, "'kill.evil.example'") {
				t.Errorf("a must-resolve name is an indicator: %s", raw)
			}
		}
		return nil
	})
	if err != nil || indicators != strings.Count(text, `"to_ids":true`) {
		t.Errorf("%d indicators, want %d; %v", indicators, strings.Count(text, `"to_ids":true`), err)
	}
}

var sids = regexp.MustCompile(` sid:(\d+);`)

// Suricata refuses a file in which a number occurs twice; those of a name stay
// when others come.
func TestSuricataNumbersAreUniqueAndStay(t *testing.T) {
	few := []protect.Protection{block(observable.Domain, "first.example", 1)}
	many := slices.Clone(few)
	for _, label := range strings.Split("a b c d e f g h i j k l m n o p q r s t", " ") {
		many = append(many, block(observable.Domain, label+".example", 2), watch(observable.Domain, label+".other.example", 2))
	}
	before, _ := compiled(t, rules.Suricata, effective(few...))
	after, _ := compiled(t, rules.Suricata, effective(many...))
	seen := map[string]bool{}
	for _, m := range sids.FindAllStringSubmatch(after, -1) {
		if seen[m[1]] || m[1] < "1000000" || m[1] > "1999999" || len(m[1]) != 7 {
			t.Errorf("sid %s, twice %v", m[1], seen[m[1]])
		}
		seen[m[1]] = true
	}
	if want := 2*3 + 2*16*3; len(seen) != want {
		t.Errorf("%d rules, want %d: a handful, however many names there are", len(seen), want)
	}
	for _, l := range lines(before) {
		if !strings.Contains(after, l+"\n") {
			t.Errorf("gone or changed: %s", l)
		}
	}
}

// No value, whatever it is, becomes more than a value.
func FuzzOneValue(f *testing.F) {
	types := []observable.Type{
		observable.Domain, observable.IPv4, observable.URL, observable.SHA256, observable.FileName, observable.FilePath,
		observable.Mutex, observable.Service, observable.Registry, observable.Email, observable.JA3, observable.Wallet,
	}
	for i, text := range []string{"evil.example", "192.0.2.0/24", `http://u:p@h.example/"\*?#{};|$(x)`, worm, `#x"' \ ${}.exe`, `C:\a "b"\c.exe`, `Global\"';*`, `a"'$;b`, `HKLM\a"\b*?`, `"a\"b c"@mail.example`, worm[:32], ""} {
		f.Add(uint8(i), text, true)
		f.Add(uint8(i), text, false)
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string, observe bool) {
		v, err := observable.New(types[int(kind)%len(types)], text)
		if err != nil {
			return
		}
		p := block(v.Type, v.Text, 1)
		if observe {
			p.Polarity = protect.Observe
		}
		s := effective(p)
		if s.Len() == 0 {
			return // an address as a domain, and the like
		}
		for file, compile := range rules.All {
			out, _ := compiled(t, compile, s)
			if strings.ContainsAny(out, "\r\x00") {
				t.Errorf("%s: a control character: %q", file, out)
			}
			checkWhole(t, file, out)
		}
	})
}

// checkWhole reads a file with one value in it, and says what has become more.
func checkWhole(t *testing.T, file, out string) {
	t.Helper()
	switch {
	case file == "zeek-intel.dat":
		for _, l := range lines(out)[1:] {
			if strings.Count(l, "\t") != 3 || l[0] == '#' {
				t.Errorf("%s: %q", file, l)
			}
		}
		if strings.Count(out, "\n") > 2 {
			t.Errorf("%s: more than a line: %q", file, out)
		}
	case strings.HasPrefix(file, "suricata-names"):
		for _, l := range lines(out) {
			if _, err := base64.StdEncoding.DecodeString(l); err != nil {
				t.Errorf("%s: %q: %v", file, l, err)
			}
		}
	case file == "suricata.rules":
		for _, l := range lines(out) {
			if !strings.HasPrefix(l, "alert ") || !strings.HasSuffix(l, "; rev:1;)") || strings.Count(l, "sid:") != 1 {
				t.Errorf("%s: %q", file, l)
			}
		}
	case file == "sigma.yml":
		if strings.Count(out, "\n---\n") > 0 || strings.Count(out, "\nlevel: ") > 1 {
			t.Errorf("%s: more than a rule: %q", file, out)
		}
		for _, l := range lines(out) {
			if item, ok := strings.CutPrefix(l, `      - "`); ok && !yamlQuoted.MatchString(item) {
				t.Errorf("%s: breaks out of its quotes: %q", file, l)
			}
		}
	case file == "protections-stix.json":
		readSTIX(out)
	case strings.HasPrefix(file, "misp/") && strings.HasSuffix(file, ".json") && file != "misp/manifest.json":
		readMISP(out)
	case file == "tocsin.yar":
		if !yaraFile.MatchString(out) {
			t.Errorf("%s: %q", file, out)
		}
	case file == "tocsin.hsb":
		for _, l := range lines(out)[1:] {
			if strings.Count(l, ":") != 3 {
				t.Errorf("%s: %q", file, l)
			}
		}
	}
}

var (
	// yamlQuoted is the rest of a double-quoted scalar (YAML 1.2, section 7.3.1).
	yamlQuoted = regexp.MustCompile(`^(?:[^"\\]|\\["\\]|\\x[0-9a-f]{2})*"$`)
	yaraFile   = regexp.MustCompile(`^import "hash"\n(?:\nrule [a-z0-9_]+ : (?:blocked|watched)\n\{[^"}]*"[a-z0-9 ,]*"[^"}]*"[0-9a-f]{2}"[^"}]*"[0-9a-f]+"\n\t\t\)\n\}\n)?$`)
)
