package misp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// items imports a text and fails on anything that is not taken or not valid STIX.
func items(t rapid.TB, text string, opt misp.Options) []misp.Item {
	t.Helper()
	var all []misp.Item
	err := misp.Read(context.Background(), strings.NewReader(text), opt, func(i misp.Item) error {
		if i.Problem != nil {
			t.Fatalf("%s: %v", i.Pointer, i.Problem)
		}
		i.Raw = i.Raw.Clone()
		for _, f := range stix.ValidateRaw(i.Raw) {
			if f.Level == stix.LevelError {
				t.Fatalf("%s became invalid: %v\n%s", i.Pointer, f.Err, i.Raw)
			}
		}
		h, err := stix.ParseHeader(i.Raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, i.Raw)
		}
		if h.Type == "indicator" && h.PatternType == "stix" {
			if _, err := pattern.Parse(h.Pattern); err != nil {
				t.Fatalf("%v\n%s", err, i.Raw)
			}
		}
		i.Header = h
		all = append(all, i)
		return nil
	})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return all
}

func raws(all []misp.Item) []jsontext.Value {
	var objects []jsontext.Value
	for _, i := range all {
		objects = append(objects, i.Raw)
	}
	return objects
}

// value reads JSON so that numbers keep their digits.
func value(t rapid.TB, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v, json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		n, err := d.ReadValue()
		*v = n.Clone()
		return err
	}))); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

func sameEvents(t rapid.TB, want []jsontext.Value, objects []jsontext.Value) {
	t.Helper()
	got, report := misp.Export(objects, misp.Origin{})
	if len(got) != len(want) {
		t.Fatalf("%d events came back of %d", len(got), len(want))
	}
	for i := range want {
		if diff := cmp.Diff(value(t, want[i]), value(t, got[i])); diff != "" {
			t.Fatalf("event %d came back changed (-want +got)\n%s", i, diff)
		}
	}
	for _, s := range report.Skipped {
		if !strings.HasPrefix(s.ID, "attack-pattern") {
			continue
		}
		t.Fatalf("skipped %+v", s)
	}
}

func TestAnEventComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []jsontext.Value
		var wrapped []string
		for range rapid.IntRange(1, 2).Draw(t, "events") {
			raw := event(t)
			events = append(events, raw)
			wrapped = append(wrapped, `{"Event":`+string(raw)+`}`)
		}
		text := "[" + strings.Join(wrapped, ",") + "]"
		switch rapid.IntRange(0, 2).Draw(t, "wrapper") {
		case 1:
			text = `{"response":` + text + `}`
		case 2:
			if len(events) == 1 {
				text = wrapped[0]
			}
		}
		opt := misp.Options{SharingGroups: map[string]string{groupUUID: "health"}}
		all := items(t, text, opt)
		sameEvents(t, events, raws(all))

		// A hub hands objects out in another order, and several times.
		shuffled := rapid.Permutation(raws(all)).Draw(t, "order")
		got, _ := misp.Export(shuffled, misp.Origin{})
		if len(got) != len(events) {
			t.Fatalf("%d events came back of %d", len(got), len(events))
		}
		again := items(t, text, opt)
		if !slices.EqualFunc(all, again, func(a, b misp.Item) bool { return string(a.Raw) == string(b.Raw) && a.Release == b.Release }) {
			t.Fatal("the same event became other objects")
		}
	})
}
