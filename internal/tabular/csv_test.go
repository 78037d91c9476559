package tabular_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
)

func mapping(t *testing.T, columns string, change func(*tabular.Mapping)) tabular.Mapping {
	t.Helper()
	m, err := tabular.ParseMapping(columns)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&m)
	}
	return m
}

func TestCSVIsReadAsItsColumnsAreDeclared(t *testing.T) {
	for _, c := range []struct {
		name, columns, text string
		change              func(*tabular.Mapping)
		want                []string
	}{
		{
			"by position, one left out", "value:domain,first_seen:timestamp,,comment:description,confidence",
			"Evil.example,2017-05-12T07:43:00Z,x,\"a, \"\"b\"\"\",85\n\nevil2.example,2017-05-12 07:44:00,,,\n", nil,
			[]string{"[domain-name:value = 'evil.example'] 170512T074300 170512T074300 85 ", "[domain-name:value = 'evil2.example'] 170512T074400 170512T074400 -1 "},
		},
		{
			"by the header's names, in another order", "host:subdomains,seen:first_seen,until:last_seen,family:malware,tags:labels",
			"Tags;FAMILY;unused;until;seen;Host\na|b c;WannaCry;;2017-05-13;1494574980;evil.example\n",
			func(m *tabular.Mapping) { m.Header, m.Delimiter = true, ';' },
			[]string{"[domain-name:value = 'evil.example'] 170512T074300 170513T000000 -1 a,b,c,includes-subdomains indicates WannaCry"},
		},
		{
			"inferred values, comments, tabs", "value",
			"# not this\n198.51.100.0/24\tx\nhttp://evil.example/a,b\n24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c\n",
			func(m *tabular.Mapping) { m.Comment, m.Delimiter = '#', '\t' },
			[]string{
				"[ipv4-addr:value ISSUBSET '198.51.100.0/24'] 700101T000000 700101T000000 -1 ", "[url:value = 'http://evil.example/a,b'] 700101T000000 700101T000000 -1 ",
				"[file:hashes.'SHA-256' = '24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c'] 700101T000000 700101T000000 -1 ",
			},
		},
		{
			"several values in a row", "md5,sha256,ip",
			"db349b97c37d22f5ea1d1841e3c89eb4,24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c,\n,,2001:db8::1\n", nil,
			[]string{
				"[file:hashes.MD5 = 'db349b97c37d22f5ea1d1841e3c89eb4'] 700101T000000 700101T000000 -1 ",
				"[file:hashes.'SHA-256' = '24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c'] 700101T000000 700101T000000 -1 ",
				"[ipv6-addr:value = '2001:db8::1'] 700101T000000 700101T000000 -1 ",
			},
		},
	} {
		var m made
		if err := tabular.ReadCSV(t.Context(), strings.NewReader(c.text), mapping(t, c.columns, c.change), partner, m.collect(t)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, m.said()); diff != "" || m.problems != nil {
			t.Errorf("%s: %v (-want +got)\n%s", c.name, m.problems, diff)
		}
	}
}

func TestACellThatCannotBeTakenIsNamed(t *testing.T) {
	text := "evil.example,2017-05-12,1\nnot a domain,2017-05-12,1\n\"ok.example\",yesterday,1\nok2.example,,101\n,,5\nlocalhost,,\nbad\"quote.example,,\n\xff.example,,\nlast.example,,\n"
	var m made
	if err := tabular.ReadCSV(t.Context(), strings.NewReader(text), mapping(t, "host:domain,seen:timestamp,confidence", nil), partner, m.collect(t)); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, p := range m.problems {
		place, _, _ := strings.Cut(p, ": ")
		places = append(places, place)
	}
	want := []string{"2:1 value", "3:14 row", "4:14 row", "5:0 row", "6:0 reserved", "7:4 row", "8:1 value"}
	if diff := cmp.Diff(want, places); diff != "" || len(m.heads) != 2 {
		t.Errorf("%d taken; problems (-want +got)\n%s\n%s", len(m.heads), diff, strings.Join(m.problems, "\n"))
	}
}

func TestAHeaderHasToNameWhatIsDeclared(t *testing.T) {
	err := tabular.ReadCSV(t.Context(), strings.NewReader("domain,when\nevil.example,2017-05-12\n"),
		mapping(t, "host:domain", func(m *tabular.Mapping) { m.Header = true }), partner, func(stix.Object) error { return nil })
	var about *stix.Error
	if !errors.As(err, &about) || about.Line != 1 || !strings.Contains(err.Error(), `"host"`) {
		t.Errorf("error %v", err)
	}
}

func TestADeclarationIsChecked(t *testing.T) {
	for _, bad := range []string{"", ",,", "first_seen:timestamp", "host:hostname", "host", ":domain", "a:domain,a:url", strings.Repeat("a:domain,", 300)} {
		if m, err := tabular.ParseMapping(bad); err == nil {
			t.Errorf("%.40q is taken as %v", bad, m.Columns)
		}
	}
	for text, want := range map[string]rune{",": ',', "tab": '\t', `\t`: '\t', "§": '§', "": 0, ",,": 0, "\"": 0, "\n": 0, "\xff": 0} {
		if got, err := tabular.Character(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("Character(%q) is %q, %v", text, got, err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("value:domain,first_seen:timestamp,,comment:description,confidence", "evil.example,2017-05-12T07:43:00Z,x,\"a\nb\",85\n", true)
	f.Add("ip", "198.51.100.7", false)
	f.Add("tlp,value,labels", "tlp:red,http://x.example/,a;b\n\"", false)
	f.Fuzz(func(t *testing.T, columns, text string, header bool) {
		m, err := tabular.ParseMapping(columns)
		if err != nil {
			return
		}
		m.Header = header
		var first, second made
		errFirst := tabular.ReadCSV(t.Context(), strings.NewReader(text), m, partner, first.collect(t))
		errSecond := tabular.ReadCSV(t.Context(), strings.NewReader(text), m, partner, second.collect(t))
		if diff := cmp.Diff(first.raws, second.raws); diff != "" || (errFirst == nil) != (errSecond == nil) {
			t.Fatalf("read again it says something else:\n%s", diff)
		}
	})
}
