package stix_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

const (
	redMarking   = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	greenMarking = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"

	toolStart = `{"type":"tool","spec_version":"2.1","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z",`
)

func hideRed(raw jsontext.Value) (jsontext.Value, bool, error) {
	return stix.Redact(raw, func(ref string) bool { return ref == redMarking })
}

func marking(ref, selectors string) string {
	return `{"marking_ref":"` + ref + `","selectors":[` + selectors + `]}`
}

func TestRedact(t *testing.T) {
	red := func(selectors string) string { return marking(redMarking, selectors) }
	green := func(selectors string) string { return marking(greenMarking, selectors) }
	for name, c := range map[string]struct{ before, after string }{
		"nothing hidden": {`"name":"n", "granular_markings":[` + green(`"name"`) + `]}`, `"name":"n", "granular_markings":[` + green(`"name"`) + `]}`},
		"a property":     {`"name":"n","description":"d","granular_markings":[` + red(`"description"`) + `]}`, `"name":"n"}`},
		"markings first": {
			`"granular_markings":[` + red(`"labels.[0]"`) + `,` + green(`"labels.[1]"`) + `],"name":"n","labels":["a","b"]}`,
			`"granular_markings":[` + green(`"labels.[0]"`) + `],"name":"n","labels":["b"]}`,
		},
		"elements close up": {
			`"name":"n","labels":["a","b","c","d"],"granular_markings":[` + red(`"labels.[0]","labels.[2]"`) + `,` + green(`"labels","labels.[0]","labels.[1]","labels.[3]"`) + `]}`,
			`"name":"n","labels":["b","d"],"granular_markings":[` + green(`"labels","labels.[0]","labels.[1]"`) + `]}`,
		},
		"all elements": {`"name":"n","labels":["a"],"granular_markings":[` + red(`"labels.[0]"`) + `,` + green(`"labels"`) + `]}`, `"name":"n"}`},
		"nested": {
			`"name":"n","external_references":[{"source_name":"s","url":"https://a.example"},{"source_name":"t","url":"https://b.example","description": "d"}],"granular_markings":[` +
				red(`"external_references.[0]","external_references.[1].url"`) + `,` + green(`"external_references.[1].url"`) + `,` + green(`"external_references.[1].source_name"`) + `]}`,
			`"name":"n","external_references":[{"source_name":"t","description":"d"}],"granular_markings":[` + green(`"external_references.[0].source_name"`) + `]}`,
		},
		"what an element needs goes with the element": {
			`"name":"n","external_references":[{"source_name":"s","url":"https://a.example"},{"source_name":"t"}],"kill_chain_phases":[{"kill_chain_name":"k","phase_name":"p"}],"granular_markings":[` +
				red(`"external_references.[0].source_name","kill_chain_phases.[0].phase_name"`) + `,` + green(`"external_references.[0].url","external_references.[1]","kill_chain_phases"`) + `]}`,
			`"name":"n","external_references":[{"source_name":"t"}],"granular_markings":[` + green(`"external_references.[0]"`) + `]}`,
		},
		"an element within a hidden list": {`"name":"n","labels":["a"],"granular_markings":[` + red(`"labels","labels.[0]"`) + `]}`, `"name":"n"}`},
		"languages stay": {
			`"name":"n","labels":["a","b"],"granular_markings":[` + red(`"labels.[0]"`) + `,{"lang":"de","selectors":["labels.[1]","labels.[0]"]}]}`,
			`"name":"n","labels":["b"],"granular_markings":[{"lang":"de","selectors":["labels.[0]"]}]}`,
		},
		"numbers and escapes": {
			`"name":"n\u00e4","x_own":{"a/b":1.0,"Ä":1e2,"c":[]},"description":"d","granular_markings":[` + red(`"description"`) + `]}`,
			`"name":"n\u00e4","x_own":{"a/b":1.0,"Ä":1e2,"c":[]}}`,
		},
		"an escaped key": {`"name":"n","description":"d","granular\u005fmarkings":[` + red(`"descri\u0070tion"`) + `]}`, `"name":"n"}`},
	} {
		got, removed, err := hideRed(jsontext.Value(toolStart + c.before))
		if err != nil || string(got) != toolStart+c.after || removed != (c.before != c.after) {
			t.Errorf("%s:\n%s, %v, %v, want\n%s", name, got, removed, err, toolStart+c.after)
		}
	}
}

func TestRedactWithholds(t *testing.T) {
	location := `{"type":"location","spec_version":"2.1","id":"location--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z",`
	file := `{"type":"file","spec_version":"2.1","id":"file--6ce09d9c-0ad3-5ebf-900c-e3cb288955b5","name":"n","size":5,"hashes":{"MD5":"db349b97c37d22f5ea1d1841e3c89eb4"},`
	report := `{"type":"note","spec_version":"2.1","id":"note--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","content":"c",`
	red := func(selectors string) string { return `"granular_markings":[` + marking(redMarking, selectors) + `]}` }
	for name, text := range map[string]string{
		"a required property":       toolStart + `"name":"n",` + red(`"name"`),
		"the type":                  toolStart + `"name":"n",` + red(`"type"`),
		"that it is revoked":        toolStart + `"name":"n","revoked":true,` + red(`"revoked"`),
		"its markings":              toolStart + `"name":"n","object_marking_refs":["` + greenMarking + `"],` + red(`"object_marking_refs.[0]"`),
		"the markings of its parts": toolStart + `"name":"n",` + red(`"granular_markings.[0]"`),
		"nobody knows what":         toolStart + `"name":"n",` + red(`"description"`),
		"an index out of range":     toolStart + `"name":"n","labels":["a"],` + red(`"labels.[1]"`),
		"all that is required":      report + `"object_refs":["` + greenMarking + `"],` + red(`"object_refs.[0]"`),
		"half a coordinate":         location + `"region":"eastern-asia","latitude":1,"longitude":2,` + red(`"latitude"`),
		"what the id is made of":    file + red(`"name"`),
	} {
		got, _, err := hideRed(jsontext.Value(text))
		if !errors.Is(err, stix.ErrWithheld) || got != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, text := range []string{`{"granular_markings":[`, `{"granular_markings":1,"granular_markings":2}`, `"granular_markings"`} {
		if got, _, err := hideRed(jsontext.Value(text)); err == nil || errors.Is(err, stix.ErrWithheld) || got != nil {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

// One of several things that a note is about may be hidden: others remain.
func TestRedactPartOfARequiredList(t *testing.T) {
	note := `{"type":"note","spec_version":"2.1","id":"note--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","content":"c","object_refs":["` + greenMarking + `","` + redMarking + `"]`
	got, removed, err := hideRed(jsontext.Value(note + `,"granular_markings":[` + marking(redMarking, `"object_refs.[0]"`) + `]}`))
	want := strings.Replace(note, `"`+greenMarking+`",`, "", 1) + "}"
	if string(got) != want || !removed || err != nil {
		t.Errorf("%s, %v, %v, want %s", got, removed, err, want)
	}
}

// A text of many selectors takes no longer than its length lets expect: this
// one has 20,000 of them, of which half are hidden, for as many elements.
func TestManySelectors(t *testing.T) {
	const many = 20_000
	var list, red, green strings.Builder
	for i := range many {
		fmt.Fprintf(&list, `%d,`, i)
		into := &red
		if i%2 == 1 {
			into = &green
		}
		fmt.Fprintf(into, `"x_own.[%d]",`, i)
	}
	selectors := func(b *strings.Builder) string { return strings.TrimSuffix(b.String(), ",") }
	raw := jsontext.Value(toolStart + `"name":"n","x_own":[` + selectors(&list) + `],"granular_markings":[` + marking(redMarking, selectors(&red)) + `,` + marking(greenMarking, selectors(&green)) + `]}`)
	if got := broken(raw); got != nil {
		t.Fatal(got)
	}
	out, _, err := hideRed(raw)
	if err != nil || strings.Count(string(out), "x_own.[") != many/2 || !strings.Contains(string(out), `"x_own.[9999]"`) || strings.Contains(string(out), `"x_own.[10000]"`) {
		t.Errorf("%.300s, %v", out, err)
	}
	if got := broken(jsontext.Value(strings.Replace(string(raw), `"x_own":[0,`, `"x_own":[`, 1))); len(got) != 1 {
		t.Errorf("one element less: %v", got)
	}
}
