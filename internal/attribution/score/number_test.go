package score_test

import (
	"math"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0.000000", math.Copysign(0, -1): "0.000000", -1e-9: "0.000000", 1e-9: "0.000000", -0.0000005001: "-0.000001",
		math.Sqrt2: "1.414214", -2: "-2.000000", 1. / 3: "0.333333", 12345.6789: "12345.678900",
	} {
		text, err := score.Number(x).MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("%v is written %s (%v), want %s", x, text, err, want)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if text, err := score.Number(x).MarshalText(); err == nil {
			t.Errorf("%v is written %s", x, text)
		}
	}
	var n score.Number
	for _, text := range []string{
		"", "1", "1.0", "-0.000000", "+1.000000", "01.000000", "1.0000000", ".500000", "1e0", "0x1.000000p0", "NaN", "Inf", "1_0.000000", " 1.000000", "1,000000",
		"99999999999999999999999.000000",
	} {
		if err := n.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, n)
		}
	}
	if err := json.Unmarshal([]byte(`0.5`), &n); err == nil {
		t.Errorf("a number that is no string is read as %v", n)
	}
}

// Scores read from their text are written as the same text, and say the same
// names as docs/dossier.md.
func TestScoresText(t *testing.T) {
	m := matrix("-+ ", "=+ ")
	m.Hypotheses[2].Standing = true
	m.Rows[1].Weight = 1 / math.Sqrt2
	m.Rows[0].Cells[0].Add(2, 0.5)
	m.Rows[0].Cells[1].Add(2, 0.25)
	m.Vectors = score.Vectors{Round: 1, Weights: [][]int{{1, 2, 0}}}
	text, err := json.Marshal(m.Score())
	if err != nil {
		t.Fatal(err)
	}
	value := jsontext.Value(text).Clone()
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	const want = `{"disagreements":[{"band":"strong","evidence":"e1","hypothesis":"h1","raters":2,"stdev":"1.500000"},{"band":"mild","evidence":"e1","hypothesis":"h2","raters":2,"stdev":"0.500000"}],` +
		`"flips":[{"against":"h1","without":["e2","e1"]}],"hypotheses":["h1","h2","h3"],"labels":[],"leaders":["h2"],` +
		`"posterior":[{"hypothesis":"h1","probability":"0.666667"},{"hypothesis":"h2","probability":"0.333333"}],"posterior_items":1,` +
		`"ranking":[{"hypothesis":"h2","inconsistency":"0.000000"},{"hypothesis":"h1","inconsistency":"-1.914214"}],` +
		`"rows":[{"counts":true,"decisive":false,"diagnosticity":"0.500000","evidence":"e1","missing":[],"nondiagnostic":false,"status":"filed","weight":"1.000000"},` +
		`{"counts":true,"decisive":false,"diagnosticity":"1.500000","evidence":"e2","missing":[],"nondiagnostic":false,"status":"filed","weight":"0.707107"}],` +
		`"unranked":["h3"],"vectors":{"mean":[{"hypothesis":"h1","probability":"0.333333"},{"hypothesis":"h2","probability":"0.666667"},{"hypothesis":"h3","probability":"0.000000"}],"partners":1,"round":1}}`
	if diff := cmp.Diff(want, string(value)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	var again score.Scores
	if err := json.Unmarshal(value, &again, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(again)
	if err != nil || string(written) != string(text) {
		t.Errorf("read and written again (%v):\n%s\nwas\n%s", err, written, text)
	}
	empty, err := json.Marshal(score.Matrix{}.Score())
	const nothing = `{"hypotheses":[],"rows":[],"ranking":[],"leaders":[],"unranked":[],"flips":[],"disagreements":[],"posterior":[],"posterior_items":0,"vectors":null,"labels":[]}`
	if err != nil || string(empty) != nothing {
		t.Errorf("an empty case: %s (%v)", empty, err)
	}
}

func TestNumberRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := rapid.Float64Range(-1e6, 1e6).Draw(rt, "x")
		text, err := score.Number(x).MarshalText()
		if err != nil {
			rt.Fatal(err)
		}
		var n score.Number
		if err := n.UnmarshalText(text); err != nil || !near(n, x, 5.1e-7) {
			rt.Fatalf("%v is written %s and read as %v (%v)", x, text, n, err)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0.000000", "-1.500000", "-0.000000", "1e5", "0x1p-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var n score.Number
		if n.UnmarshalText([]byte(text)) != nil {
			return
		}
		if again, err := n.MarshalText(); err != nil || string(again) != text {
			t.Errorf("%q is read as %v and written as %q (%v)", text, n, again, err)
		}
	})
}
