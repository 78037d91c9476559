package contribution_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/contribution"
)

// FuzzReadInPlace holds what is read in place, down to members of members,
// against what the library decodes.
func FuzzReadInPlace(f *testing.F) {
	for _, body := range []string{
		`{"id":"c","source":"list","objects":[{"a":1,"b":[1,"x",{"c":null}]},7,"]}",{}]}`, `{"objects":[],"id":"c"}`, `{"objects":null}`,
		`{ "objects" : [ { "a" : "\"}" , "b" : [ ] , "c\\" : { "d" : [ "\\" ] } , "e" : -1.5e3 } , [ ] ] , "part" : 2 }`,
		`{"objects":[{"\u0061":tru}]}`, `{"objects":[{"a":1,"a":2}]}`, `{"objects":{}}`, `{"objects":[1,]}`, `{"id":7,"objects":[1]}`, `[]`, `null`, ``,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var want contribution.Part
		wanted := json.Unmarshal([]byte(body), &want)
		var got []jsontext.Value
		part, err := contribution.ReadInPlace([]byte(body), func(object jsontext.Value) { got = append(got, object.Clone()) })
		if (err == nil) != (wanted == nil) {
			t.Fatalf("%s: %v, the library says %v", body, err, wanted)
		}
		if err != nil {
			return
		}
		if len(got) != len(want.Objects) {
			t.Fatalf("%s: %d objects, the library finds %d", body, len(got), len(want.Objects))
		}
		for i, object := range got {
			if !bytes.Equal(object, want.Objects[i]) {
				t.Fatalf("%s: object %s, the library finds %s", body, object, want.Objects[i])
			}
			sameMembers(t, object)
		}
		want.Objects = nil
		if diff := cmp.Diff(want, part); diff != "" {
			t.Errorf("%s (-library +in place):\n%s", body, diff)
		}
	})
}

// sameMembers reads an object, or an array, both ways.
func sameMembers(t *testing.T, value jsontext.Value) {
	t.Helper()
	switch value.Kind() {
	case '{':
		want := map[string]jsontext.Value{}
		if err := json.Unmarshal(value, &want); err != nil {
			t.Fatal(err)
		}
		n := 0
		for name, member, at := contribution.Member(value, 1); name != nil; name, member, at = contribution.Member(value, at) {
			n++
			said, err := jsontext.AppendUnquote(nil, `"`+string(name)+`"`)
			if err != nil || !bytes.Equal(member, want[string(said)]) {
				t.Fatalf("%s: %q is %s, the library finds %s (%v)", value, said, member, want[string(said)], err)
			}
			sameText(t, member)
			sameMembers(t, member)
		}
		if n != len(want) {
			t.Fatalf("%s: %d members, the library finds %d", value, n, len(want))
		}
	case '[':
		var want []jsontext.Value
		if err := json.Unmarshal(value, &want); err != nil {
			t.Fatal(err)
		}
		n := 0
		for element, at := contribution.Element(value, 1); element != nil; element, at = contribution.Element(value, at) {
			if n >= len(want) || !bytes.Equal(element, want[n]) {
				t.Fatalf("%s: element %d is %s, the library finds %s", value, n, element, want)
			}
			sameMembers(t, element)
			n++
		}
		if n != len(want) {
			t.Fatalf("%s: %d elements, the library finds %d", value, n, len(want))
		}
	}
}

func sameText(t *testing.T, value jsontext.Value) {
	t.Helper()
	var want string
	if text, ok := contribution.Plain(value); ok && (json.Unmarshal(value, &want) != nil || want != string(text)) {
		t.Fatalf("%s says %q, the library finds %q", value, text, want)
	}
}
