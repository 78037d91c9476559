package exposure_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

const coverage = "\uFEFFProduct;Exposed;CVE;Total;Patched;As of;Unknown;note\r\n" +
	"\"Windows 7; all\";50;cve-2017-0144;100;40;2017-05-12;10;\"by \"\"hand\"\"\"\r\n" +
	";;;;;;;\r\n" +
	";0;CVE-2019-0708;0;;;;\r\n"

func TestReadCSV(t *testing.T) {
	rows, err := exposure.ReadCSV(t.Context(), strings.NewReader(coverage), began)
	if err != nil {
		t.Fatal(err)
	}
	wanted := []exposure.Row{
		{Vulnerability: eternal, Product: "Windows 7; all", Counts: exposure.Counts{Total: 100, Patched: 40, Exposed: 50, Unknown: 10}, AsOf: time.Date(2017, 5, 12, 0, 0, 0, 0, time.UTC), Note: `by "hand"`},
		{Vulnerability: "CVE-2019-0708", AsOf: began},
	}
	if diff := cmp.Diff(wanted, rows); diff != "" {
		t.Error(diff)
	}
}

func TestReadCSVSaysWhereItIsWrong(t *testing.T) {
	const head = "vulnerability,total,patched,exposed\n"
	for text, wanted := range map[string]string{
		"":                                                  "the text is empty",
		"vulnerability,total,host\n":                        `line 1, column 3: "host"`,
		"cve,vulnerability,total\n":                         "is there twice",
		"vulnerability,patched\n":                           "there is no column total",
		head + "CVE-2017-0144,2,1\n":                        "line 2 has 3 fields, the header has 4",
		head + "CVE-2017-0144,,1,1\n":                       "line 2, column total: invalid: it is empty",
		head + "\nCVE-2017-0144,1.5,1,1\n":                  `line 3, column total: invalid: "1.5" is no number`,
		head + "CVE-2017-0144,2,-1,3\n":                     `line 2, column patched`,
		head + "CVE-2017-0144,3,1,1\n":                      "line 2: invalid: patched 1, exposed 1",
		head + "MS17-010,1,1,0\n":                           `line 2: invalid: vulnerability: "MS17-010"`,
		head + "CVE-2017-0144,1,1,\"a\"b\n":                 "line 2: a quotation mark",
		head + "CVE-2017-0144,1,1,0\nCVE-2017-0144,2,2,0\n": "line 3: invalid: CVE-2017-0144  is in line 2 already",
		"vulnerability,total,unknown,as_of\nCVE-2017-0144,1,1,yesterday\n":   "line 2, column as_of",
		"vulnerability,total,unknown,product\nCVE-2017-0144,1,1,a\xff\n":     "line 2: invalid: it is not UTF-8",
		"vulnerability,total,unknown\nCVE-2017-0144,9999999999,9999999999\n": "is not between 0 and 1000000000",
	} {
		rows, err := exposure.ReadCSV(t.Context(), strings.NewReader(text), time.Time{})
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), wanted) || rows != nil {
			t.Errorf("%q: %v, %v; wanted is %q", text, rows, err, wanted)
		}
	}
}

func TestReadJSON(t *testing.T) {
	rows, err := exposure.ReadJSON(t.Context(), strings.NewReader(`{"rows":[{"vulnerability":"CVE-2017-0144","total":3,"patched":1,"unknown":2}]}`), began)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]exposure.Row{{Vulnerability: eternal, Counts: exposure.Counts{Total: 3, Patched: 1, Unknown: 2}, AsOf: began}}, rows); diff != "" {
		t.Error(diff)
	}
	for text, wanted := range map[string]string{
		``:                                "line 1",
		`[]`:                              `this is not {"rows"`,
		`{"rows":[]} x`:                   "something follows",
		`{"rows":[], "more":1}`:           `this is not {"rows"`,
		"{\"rows\":[\n{}]}":               "line 2, /rows/0: invalid: vulnerability",
		`{"rows":[{"hosts":["a"]}]}`:      "/rows/0: invalid",
		`{"rows":[{"total":"3"}]}`:        "/rows/0: invalid",
		"{\"rows\":[\n{\"total\":1,\n}]}": "line 3",
		`{"rows":[{"vulnerability":"CVE-2017-0144","total":1,"unknown":1},{"vulnerability":"cve-2017-0144","total":0}]}`: "/rows/0 already",
	} {
		rows, err := exposure.ReadJSON(t.Context(), strings.NewReader(text), time.Time{})
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), wanted) || rows != nil {
			t.Errorf("%s: %v, %v; wanted is %q", text, rows, err, wanted)
		}
	}
}

func TestRecognise(t *testing.T) {
	for text, wanted := range map[string]exposure.Format{
		coverage: exposure.CSV, nessusText: exposure.Nessus, greenboneText: exposure.GreenboneCSV, greenboneReport: exposure.GreenboneXML,
		"\n{\"rows\":[]}": exposure.JSON, "a,b\n": "",
	} {
		if got, err := exposure.Recognise(bufio.NewReader(strings.NewReader(text))); got != wanted || (err == nil) != (wanted != "") {
			t.Errorf("%.30q: %q, %v", text, got, err)
		}
	}
}

// What cannot be read is not what is wrong with it.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("the line is down")
	for format, text := range map[exposure.Format]string{
		exposure.JSON: `{"rows":[`, exposure.CSV: "cve,total\n", exposure.Nessus: nessusText, exposure.GreenboneCSV: greenboneText, exposure.GreenboneXML: "<report><report>",
	} {
		rows, _, err := exposure.Read(t.Context(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), format, exposure.Options{})
		if !errors.Is(err, broken) || errors.Is(err, access.ErrInvalid) || rows != nil {
			t.Errorf("%s: %v, %v", format, rows, err)
		}
	}
}

// anyRows draws rows that can be.
func anyRows(t *rapid.T) (rows []exposure.Row) {
	for i := range rapid.IntRange(1, 20).Draw(t, "rows") {
		count := func(name string) int64 { return rapid.Int64Range(0, 1000).Draw(t, name) }
		r := exposure.Row{Vulnerability: fmt.Sprintf("CVE-2020-%04d", i), Counts: exposure.Counts{Patched: count("patched"), Exposed: count("exposed"), Unsupported: count("unsupported"), Unknown: count("unknown")}}
		r.Total = r.Patched + r.Exposed + r.Unsupported + r.Unknown
		r.Mitigated = min(r.Exposed, count("mitigated"))
		r.Product = rapid.SampledFrom([]string{"", "Windows 7", `a "b", c`, "Gerät;1"}).Draw(t, "product")
		if rapid.Bool().Draw(t, "dated") {
			r.AsOf = began
		}
		rows = append(rows, r)
	}
	return rows
}

// What is written is what is read, as JSON and as CSV of either kind.
func TestReadIsTheOppositeOfWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		text, err := json.Marshal(exposure.Report{Rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		separator := rapid.SampledFrom([]string{",", ";"}).Draw(t, "separator")
		table := []string{strings.Join([]string{"note", "mitigated", "cve", "total", "patched", "exposed", "unsupported", "unknown", "as_of", "product"}, separator)}
		for _, r := range rows {
			at := ""
			if !r.AsOf.IsZero() {
				at = r.AsOf.Format(time.RFC3339)
			}
			fields := []any{"", r.Mitigated, r.Vulnerability, r.Total, r.Patched, r.Exposed, r.Unsupported, r.Unknown, at, `"` + strings.ReplaceAll(r.Product, `"`, `""`) + `"`}
			var line []string
			for _, f := range fields {
				line = append(line, fmt.Sprint(f))
			}
			table = append(table, strings.Join(line, separator))
		}
		for format, text := range map[exposure.Format][]byte{exposure.JSON: text, exposure.CSV: []byte(strings.Join(table, "\r\n"))} {
			got, _, err := exposure.Read(t.Context(), bytes.NewReader(text), format, exposure.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rows, got); diff != "" {
				t.Fatalf("%s (-written +read):\n%s", format, diff)
			}
		}
	})
}

func fuzz(f *testing.F, format exposure.Format, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, _, err := exposure.Read(t.Context(), strings.NewReader(text), format, exposure.Options{})
		if err != nil {
			if rows != nil || !errors.Is(err, access.ErrInvalid) {
				t.Fatalf("half taken, or an error of no kind: %d rows, %v", len(rows), err)
			}
			return
		}
		// What a parser gives is what the hub takes.
		r := newRoom(t, 1)
		who := r.join("a", "energy", "FR", "")
		if _, err := r.state.Report(who, rows); err != nil && len(rows) > 0 && !errors.Is(err, access.ErrConflict) {
			t.Fatal(err)
		}
	})
}

func FuzzCSV(f *testing.F) { fuzz(f, exposure.CSV, coverage, "cve,total\n\"", "a;b\n1;2") }

func FuzzJSON(f *testing.F) {
	fuzz(f, exposure.JSON, `{"rows":[{"vulnerability":"CVE-2017-0144","total":3,"patched":1,"unknown":2}]}`, `{"rows":[{}]}`, `[]`)
}

func FuzzNessus(f *testing.F) { fuzz(f, exposure.Nessus, nessusText, tenableText) }

func FuzzGreenboneCSV(f *testing.F) { fuzz(f, exposure.GreenboneCSV, greenboneText) }

func FuzzGreenboneXML(f *testing.F) {
	fuzz(f, exposure.GreenboneXML, greenboneReport, "<report><report><results/></report></report>", "<a>", "</a>", `<?xml version="0"?>`, `<?xml version="1.0" encoding="ISO-8859-1"?><report/>`)
}

func FuzzKEV(f *testing.F) {
	f.Add(kevText)
	f.Add(`{"vulnerabilities":[{"cveID":5,"dateAdded":null,"cwes":[[]]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := exposure.ReadKEV(t.Context(), strings.NewReader(text))
		if err != nil {
			if list != nil || !errors.Is(err, access.ErrInvalid) {
				t.Fatalf("half taken, or an error of no kind: %d entries, %v", len(list), err)
			}
			return
		}
		r := newRoom(t, 1)
		who := r.join("cert", "government", "FR", "")
		who.Role = access.Coordinator
		drafts, err := r.state.Catalog(who, list)
		if err != nil {
			t.Fatal(err)
		}
		r.fold(drafts...)
		for _, k := range list {
			if _, there := r.state.Exploited(k.Vulnerability); !there {
				t.Fatalf("%+v is not listed", k)
			}
		}
	})
}
