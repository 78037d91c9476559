package protect

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// FuzzReadIndicator holds what is read in place against what the library
// decodes, of any object that the library lets through.
func FuzzReadIndicator(f *testing.F) {
	for _, object := range []string{
		`{}`, `[]`, `7`, `null`, `"indicator"`,
		`{"type":"indicator","spec_version":"2.1","id":"indicator--1","created_by_ref":"identity--1","created":"2017-05-12T07:44:00.000Z","modified":"2017-05-12T07:44:00Z","revoked":false,"confidence":80,"indicator_types":["malicious-activity","benign"],"labels":[],"pattern":"[domain-name:value = 'a.example']","pattern_type":"stix","valid_from":"2017-05-12T07:44:00.123456789Z","valid_until":"2018-05-12T07:44:00Z","granular_markings":[{"lang":"en"}]}`,
		` { "type" : "indicator" , "labels" : [ "a" , "b" ] , "confidence" : 5 , "revoked" : true , "granular_markings" : [ 1 ] } `,
		`{"type":null,"created":null,"revoked":null,"confidence":null,"labels":null,"granular_markings":null}`,
		`{"created":"2017-05-12T07:44:00+02:00"}`, `{"created":"2017-05-12T7:44:00.00Z"}`, `{"created":"2017-05-12T07:44:00,5Z"}`, `{"created":"2017-02-30T07:44:00Z"}`,
		`{"created":"0000-01-01T00:00:00Z","modified":"2017-05-12T24:00:00Z"}`, `{"created":"2017-05-12T07:44:00.Z"}`, `{"created":""}`, `{"created":7}`,
		`{"confidence":1000}`, `{"confidence":-5}`, `{"confidence":1e1}`, `{"confidence":"5"}`, `{"confidence":0}`, `{"confidence":true}`,
		`{"labels":["a",null]}`, `{"labels":["a",["b"]]}`, `{"labels":"a"}`, `{"labels":{"a":1}}`, `{"labels":["\"","\u0061"]}`,
		`{"pattern":"[file:name = 'a\\\\b']","type":"indicator"}`, `{"\u0074ype":"indicator"}`, `{"Type":"indicator"}`, `{"revoked":"true"}`, `{"revoked":1}`,
		`{"x":{"type":"y","pattern":["}"]},"type":"indicator"}`, `{"type":["indicator"]}`,
	} {
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object string) {
		value := jsontext.Value(object)
		if !value.IsValid() {
			return
		}
		// As the decoder gives it: without the space around it.
		value, err := jsontext.NewDecoder(bytes.NewReader(value)).ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		var want indicator
		err = json.Unmarshal(value, &want)
		got, ok := readIndicator(value)
		if ok != (err == nil && value.Kind() == '{') {
			t.Fatalf("%s: %+v %v, the library says %+v, %v", value, got, ok, want, err)
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("%s (-library +in place):\n%s", value, diff)
		}
	})
}
