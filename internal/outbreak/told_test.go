package outbreak

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// FuzzGlance holds what is read in place against what the library decodes, of
// any object that the library lets through.
func FuzzGlance(f *testing.F) {
	for _, object := range []string{
		`{}`, `[]`, `7`, `null`, `"type"`, `{"type":"indicator","id":"indicator--1"}`,
		` { "id" : "indicator--1" , "type" : "indicator" } `,
		`{"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"campaign--1"}`,
		`{"type":"relationship","source_ref":[1],"target_ref":{"id":"\"}"}}`,
		`{"a":{"type":"indicator","b":["}",{"c":"\\"}]},"id":null,"type":"x\\\"y","n":-1.5e3 ,"t":true}`,
		`{"\u0074ype":"indicator","id":"indicator\u002d-1"}`, `{"id":"\"","x":"\\\\\"","type":"indicator"}`,
	} {
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object string) {
		value := jsontext.Value(object)
		if !value.IsValid() {
			return
		}
		// As the decoder gives it: without the space around it.
		dec := jsontext.NewDecoder(bytes.NewReader(value))
		value, err := dec.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		want := told{}
		err = json.Unmarshal(value, &want)
		got, ok := glance(value)
		if ok != (err == nil && value.Kind() == '{') || ok && got != want {
			t.Errorf("%s: %+v %v, the library says %+v, %v", value, got, ok, want, err)
		}
	})
}

// What cannot be read is an error, whatever part of the body it is.
func TestReadTold(t *testing.T) {
	for body, want := range map[string]int{
		`{"id":"c","objects":[{"type":"indicator","id":"indicator--1"},{"type":"indicator"}, 7, "indicator"]}`: 2,
		`{"id":"c","objects":null,"source":"indicator"}`:                                                       0,
		`{"id":"c","source":"indicator"}`:                                                                      0,
		`{"id":7,"objects":[{"type":"indicator"}]}`:                                                            -1,
		`{"objects":{"type":"indicator"}}`:                                                                     -1,
		`{"objects":[{"type":"indicator"}]`:                                                                    -1,
		`{"objects":[{"type":"indicator","type":"indicator"}]}`:                                                -1,
		`{"objects":[{"type":"indicator"}],"objects":[]}`:                                                      -1,
		`{"objects":[{"type":"indicator"},]}`:                                                                  -1,
	} {
		list, err := readTold(ledger.Entry{Actor: "identity--1", Audience: "green default", Body: []byte(body)})
		if (err != nil) != (want < 0) || err == nil && len(list) != want {
			t.Errorf("%s: %+v, error %v; want %d", body, list, err, want)
		}
	}
}
