package voters_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/voters"
)

var example = voters.Act{
	Claim: voters.Claim{
		Verb: voters.Rotate, Partner: north,
		Key:      "ed25519:CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		Previous: "ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Signature: strings.Repeat("A", 86) + "==",
	},
	At: voters.Time(noon), By: string(north),
}

// The bytes that docs/dossier.md names: what is signed, and what is logged.
func TestBytes(t *testing.T) {
	const act = `"act":"rotate",`
	const rest = `"key":"ed25519:CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","partner":"identity--00000000-0000-4000-8000-000000000001","previous":"ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
	if diff := cmp.Diff("tocsin-key/v1\n{"+act+rest+"}", string(example.Message())); diff != "" {
		t.Errorf("what is signed (-want +got):\n%s", diff)
	}
	want := "tocsin-key/v1\n{" + act + `"at":"2017-05-15T12:00:00.000000Z","by":"identity--00000000-0000-4000-8000-000000000001",` + rest +
		`,"signature":"` + strings.Repeat("A", 86) + `=="}` + "\n"
	if diff := cmp.Diff(want, string(example.Leaf())); diff != "" {
		t.Errorf("what is logged (-want +got):\n%s", diff)
	}
	read, err := voters.ParseAct(example.Line())
	if diff := cmp.Diff(example, read, cmp.Comparer(func(a, b voters.Time) bool { return a == b })); err != nil || diff != "" {
		t.Errorf("read back: %v (-want +got):\n%s", err, diff)
	}
}

func TestParseActRefuses(t *testing.T) {
	good := string(example.Line())
	const key = `"ed25519:CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
	for name, c := range map[string][2]string{
		"white space":              {`{"act"`, `{ "act"`},
		"another order":            {`"act":"rotate","at":"2017-05-15T12:00:00.000000Z"`, `"at":"2017-05-15T12:00:00.000000Z","act":"rotate"`},
		"an escape":                {`"rotate"`, `"\u0072otate"`},
		"a member more":            {`{"act"`, `{"a":1,"act"`},
		"a member twice":           {`{"act":"rotate"`, `{"act":"rotate","act":"rotate"`},
		"no time":                  {`"at":"2017-05-15T12:00:00.000000Z",`, ``},
		"another zone":             {`00.000000Z`, `00.000000+01:00`},
		"fewer decimals":           {`00.000000Z`, `00.000Z`},
		"more decimals":            {`00.000000Z`, `00.0000000Z`},
		"no such day":              {`2017-05-15`, `2017-02-30`},
		"another's doing":          {`"by":"` + string(north), `"by":"` + string(south)},
		"no partner":               {`"partner":"` + string(north), `"partner":"hub`},
		"another verb":             {`"rotate"`, `"rename"`},
		"no key":                   {key, `""`},
		"itself":                   {`"ed25519:CQ`, `"ed25519:CA`},
		"no previous":              {`"previous":"ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`, `"previous":""`},
		"a revocation with one":    {`"rotate"`, `"revoke"`},
		"a registration with both": {`"rotate"`, `"register"`},
		"a short signature":        {strings.Repeat("A", 86), strings.Repeat("A", 82)},
		"something behind it":      {`=="}`, `=="}{}`},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing is spoilt", name)
		}
		if a, err := voters.ParseAct([]byte(bad)); err == nil {
			t.Errorf("%s: read as %+v", name, a)
		}
	}
	for _, bad := range []string{"", "null", "[]", "{}", strings.Repeat(" ", 1<<20)} {
		if a, err := voters.ParseAct([]byte(bad)); err == nil {
			t.Errorf("%.10q: read as %+v", bad, a)
		}
	}
}

func TestVerify(t *testing.T) {
	one, two := generate(t), generate(t)
	act := func(by string, c voters.Claim) voters.Act { return voters.Act{Claim: c, At: voters.Time(noon), By: by} }
	unsigned := func(c voters.Claim) voters.Claim { c.Signature = ""; return c }
	with := func(c, from voters.Claim) voters.Claim { c.Signature = from.Signature; return c }
	rotation, revocation := rotated(north, one, two), revoked(north, one)
	for name, a := range map[string]voters.Act{
		"a registration":               act(string(north), voters.Claim{Verb: voters.Register, Partner: north, Key: text(one)}),
		"a rotation":                   act(string(north), rotation),
		"one that the hub handed on":   act(access.Hub, rotation),
		"a revocation":                 act(string(north), revocation),
		"one of a lost key by the hub": act(access.Hub, unsigned(revocation)),
	} {
		if err := a.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, a := range map[string]voters.Act{
		"a rotation without one":            act(string(north), unsigned(rotation)),
		"one by the hub":                    act(access.Hub, unsigned(rotation)),
		"one signed by the new key":         act(string(north), with(rotation, rotated(north, two, one))),
		"one signed for another partner":    act(string(south), with(rotated(south, one, two), rotation)),
		"one signed for another key":        act(string(north), with(rotated(north, one, generate(t)), rotation)),
		"one signed as a revocation":        act(string(north), with(rotation, revocation)),
		"a partner's unsigned revocation":   act(string(north), unsigned(revocation)),
		"a revocation by another key":       act(string(north), with(revocation, revoked(north, two))),
		"a wrong one that the hub hands on": act(access.Hub, with(revocation, revoked(north, two))),
	} {
		if err := a.Verify(); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

func FuzzParseAct(f *testing.F) {
	f.Add(example.Line())
	f.Add([]byte(`{"act":"revoke","at":"2017-05-15T12:00:00.000000Z","by":"hub","key":"","partner":"","previous":"","signature":""}`))
	f.Add([]byte(`{"act":"register","at":"0000-01-01T00:00:00.000000Z"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if a, err := voters.ParseAct(line); err == nil && string(a.Line()) != string(line) {
			t.Errorf("%q is written as %q", line, a.Line())
		}
	})
}
