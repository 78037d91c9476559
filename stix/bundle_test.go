package stix_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/stix"
)

func tool(n int) string {
	return fmt.Sprintf(`{"type":"tool","spec_version":"2.1","id":"tool--00000000-0000-4000-8000-%012d",`+
		`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":"t%d"}`, n, n)
}

// names reads a text and returns the pointers and names of its objects.
func names(t *testing.T, text string, lim stix.Limits) (all []string, err error) {
	t.Helper()
	err = stix.ReadBundle(strings.NewReader(text), lim, func(o stix.Object) error {
		name := o.Pointer + "=" + o.Name
		if o.Problem != nil {
			name = o.Pointer + " " + string(o.Problem.Rule)
		}
		all = append(all, name)
		return nil
	})
	return all, err
}

func TestReadBundleTakesEveryForm(t *testing.T) {
	objects := "[" + tool(1) + ",\n" + tool(2) + "]"
	two := []string{"/objects/0=t1", "/objects/1=t2"}
	container := `{"type":"observed-data","objects":{"0":{"type":"mutex","name":"m"}},"name":"o"}`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"bundle":                    {`{"type":"bundle","id":"bundle--1","objects":` + objects + `}`, two},
		"objects first":             {`{"objects":` + objects + `,"id":"bundle--1","type":"bundle"}`, two},
		"custom keys around":        {` { "x_a":{"objects":[1]},"type":"bundle","objects":` + objects + `,"x_b":[[]] } ` + "\n", two},
		"envelope":                  {`{"more":true,"next":"n","objects":` + objects + `}`, two},
		"empty envelope":            {`{}`, nil},
		"empty bundle":              {`{"type":"bundle","id":"bundle--1"}`, nil},
		"empty list":                {`{"type":"bundle","objects":[]}`, nil},
		"one object":                {"\n\t " + tool(3) + " ", []string{"=t3"}},
		"one with a container":      {container, []string{"=o"}},
		"container before the type": {`{"objects":{"0":{}},"type":"observed-data","name":"o"}`, []string{"=o"}},
		"escaped keys":              {`{"t\u0079pe":"bundle","ob\u006aects":` + objects + `}`, two},
	} {
		got, err := names(t, c.text, stix.Limits{})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
}

func TestReadBundleKeepsObjectsAsTheyAre(t *testing.T) {
	odd := "{ \"type\" :\"x-odd\",\n\t\"x\": [1.0, 1e2, \"\\u00e9\\/\", {} ] }"
	for name, text := range map[string]string{"in a bundle": `{"objects":[ ` + odd + ` ]}`, "alone": " " + odd} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			err := stix.ReadBundle(r, stix.Limits{}, func(o stix.Object) error {
				if string(o.Raw) != odd || o.Type != "x-odd" {
					t.Errorf("%s: %s", name, o.Raw)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReadBundleNamesPlaceAndRemedy(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, text   string
		lim          stix.Limits
		rule         stix.Rule
		line, column int
		pointer      string
		says         string
	}{
		{"nothing", "", stix.Limits{}, stix.RuleTruncated, 1, 1, "", "nothing to read"},
		{"an array", "[]", stix.Limits{}, stix.RuleNotBundle, 1, 1, "", "an array"},
		{"a number", "17", stix.Limits{}, stix.RuleNotBundle, 1, 1, "", "a number"},
		{"no JSON", "evil.example", stix.Limits{}, stix.RuleMalformed, 1, 1, "", "malformed JSON"},
		{"no comma", "{\"objects\":[\n" + tool(1) + "\n  " + tool(2) + "]}", stix.Limits{}, stix.RuleMalformed, 3, 3, "/objects", "malformed JSON"},
		{"bad inside", "{\"objects\":[\n{\"type\":\n tru}]}", stix.Limits{}, stix.RuleMalformed, 3, 5, "/objects/0/type", "malformed JSON"},
		{"cut off", "{\"objects\":[\n" + tool(1)[:50], stix.Limits{}, stix.RuleTruncated, 2, 51, "/objects/0", "send it again"},
		{"cut off after an object", "{\"objects\":[" + tool(1), stix.Limits{}, stix.RuleTruncated, 1, 186, "/objects", "send it again"},
		{"twice", "{\"objects\":[\n{\"a\":1,\n\"a\":2}]}", stix.Limits{}, stix.RuleDuplicateKey, 3, 1, "/objects/0/a", `"a" occurs twice`},
		{"objects twice", `{"objects":[],"objects":[]}`, stix.Limits{}, stix.RuleDuplicateKey, 1, 15, "/objects", "twice"},
		{"not UTF-8", "{\"objects\":[\n{\"a\":\"\xff\"}]}", stix.Limits{}, stix.RuleUTF8, 2, 7, "/objects/0/a", "convert"},
		{"something after", `{"type":"bundle"} {}`, stix.Limits{}, stix.RuleTrailing, 1, 18, "", "one bundle at a time"},
		{"no type", `{"name":"x"}`, stix.Limits{}, stix.RuleNotBundle, 1, 1, "", `neither a "type"`},
		{"another type", `{"objects":[],"type":"report"}`, stix.Limits{}, stix.RuleNotBundle, 0, 0, "/type", "report"},
		{"too large", `{"objects":[` + tool(1) + `]}`, stix.Limits{Bytes: 100}, stix.RuleSize, 1, 101, "", "larger than 100 bytes"},
		{"one object too large", tool(1) + strings.Repeat(" ", 10), stix.Limits{ObjectBytes: 10}, stix.RuleObjectSize, 1, 1, "", "larger than 10 bytes"},
		{"too much beside the objects", `{"x_a":"` + strings.Repeat("x", 100) + `","objects":[]}`, stix.Limits{ObjectBytes: 100}, stix.RuleObjectSize, 1, 1, "", "larger than 100 bytes"},
		{"far too much beside the objects", `{"x_a":"` + strings.Repeat("x", 300_000) + `","objects":[]}`, stix.Limits{ObjectBytes: 100}, stix.RuleObjectSize, 1, 1, "", "larger than 100 bytes"},
		{"too deep beside the objects", `{"x":` + deep(10001) + `}`, stix.Limits{}, stix.RuleDepth, 1, 10005, "", "nested deeper"},
	} {
		_, err := names(t, c.text, c.lim)
		var about *stix.Error
		if !errors.As(err, &about) {
			t.Errorf("%s: error %v", c.name, err)
			continue
		}
		if about.Rule != c.rule || about.Line != c.line || about.Column != c.column || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %s %v, want %s at line %d, column %d and %q", c.name, about.Rule, err, c.rule, c.line, c.column, c.says)
		}
		if c.pointer != "" && about.Pointer != c.pointer {
			t.Errorf("%s: pointer %q, want %q", c.name, about.Pointer, c.pointer)
		}
	}
}

func TestReadBundleReadsOnPastABadObject(t *testing.T) {
	large := `{"type":"tool","description":"` + strings.Repeat("x", 200_000) + `"}`
	larger := `{"type":"tool","description":"` + strings.Repeat("x", 100_000) + `"}`
	deep := `{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`
	text := "{\"objects\":[\n" + tool(1) + ",\n" + large + ", " + larger + ",\n" + deep + ",\n5,\n{\"type\":\"tool\",\n  \"created\":\"yesterday\"},\n" + tool(2) + "]}"
	var got []string
	err := stix.ReadBundle(strings.NewReader(text), stix.Limits{ObjectBytes: 100_000}, func(o stix.Object) error {
		line := fmt.Sprintf("%s line %d %s", o.Pointer, o.Line, o.Name)
		if p := o.Problem; p != nil {
			line = fmt.Sprintf("%s line %d %s at %s line %d column %d", o.Pointer, o.Line, p.Rule, p.Pointer, p.Line, p.Column)
			if f := stix.Validate(o); len(f) != 1 || f[0].Err != p || f[0].Level != stix.LevelError {
				t.Errorf("findings %v", f)
			}
		}
		got = append(got, line)
		return nil
	})
	want := []string{
		"/objects/0 line 2 t1",
		"/objects/1 line 3 object-size at /objects/1 line 3 column 1",
		"/objects/2 line 3 object-size at /objects/2 line 3 column 200035",
		"/objects/3 line 4 json-depth at /objects/3 line 4 column 69",
		"/objects/4 line 5 not-an-object at /objects/4 line 5 column 1",
		"/objects/5 line 6 timestamp at /objects/5/created line 7 column 13",
		"/objects/6 line 8 t2",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestReadBundleHoldsOneObject(t *testing.T) {
	// A list that goes on for ever is read until the limit, object by object.
	endless := io.MultiReader(strings.NewReader(`{"objects":[`), &repeater{text: []byte(tool(1) + ",")})
	n := 0
	err := stix.ReadBundle(endless, stix.Limits{Bytes: 8 << 20}, func(stix.Object) error { n++; return nil })
	var about *stix.Error
	if !errors.As(err, &about) || about.Rule != stix.RuleSize || n < 40_000 {
		t.Errorf("%d objects, then %v", n, err)
	}
}

type repeater struct {
	text []byte
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], r.text[r.at:])
		n, r.at = n+m, (r.at+m)%len(r.text)
	}
	return n, nil
}

func TestReadBundlePassesErrorsOn(t *testing.T) {
	stop := errors.New("enough")
	err := stix.ReadBundle(strings.NewReader(tool(1)), stix.Limits{}, func(stix.Object) error { return stop })
	if err != stop {
		t.Errorf("error of each: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(`{"objects":[`), iotest.ErrReader(stop))
	var about *stix.Error
	err = stix.ReadBundle(broken, stix.Limits{}, func(stix.Object) error { return nil })
	if !errors.Is(err, stop) || errors.As(err, &about) {
		t.Errorf("error of the reader: %v", err)
	}
}

func FuzzReadBundle(f *testing.F) {
	f.Add([]byte(`{"type":"bundle","objects":[` + tool(1) + `,5,{"type":"x-y","granular_markings":[{"marking_ref":"m"}]}]}`))
	f.Add([]byte(tool(1)))
	f.Add([]byte("{\"objects\":[\n[[[[[[[[[]]]]]]]]]]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		type seen struct{ Pointer, Raw string }
		read := func(r io.Reader) (all []seen, err error) {
			err = stix.ReadBundle(r, stix.Limits{Depth: 8, ObjectBytes: 300}, func(o stix.Object) error {
				for _, f := range stix.Validate(o) {
					if f.Err.Error() == "" || f.Err.Line < 1 {
						t.Fatalf("%+v says too little", f.Err)
					}
				}
				if o.Problem == nil {
					if _, err := stix.ParseHeader(o.Raw); err != nil {
						t.Fatalf("%v in %s", err, o.Raw)
					}
				}
				all = append(all, seen{o.Pointer, string(o.Raw)})
				return nil
			})
			return all, err
		}
		whole, err := read(bytes.NewReader(text))
		pieces, again := read(iotest.OneByteReader(bytes.NewReader(text)))
		if diff := cmp.Diff(whole, pieces); err == nil && (again != nil || diff != "") {
			t.Fatalf("byte by byte: %v (-whole +pieces)\n%s", again, diff)
		}
		if about := (*stix.Error)(nil); err != nil && (!errors.As(err, &about) || about.Message == "") {
			t.Fatalf("%T %v", err, err)
		}
	})
}
