package attribution_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

func partnerID(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

func TestParsePolicy(t *testing.T) {
	a, b, c := partnerID(1), partnerID(2), partnerID(3)
	for text, want := range map[string]attribution.Policy{
		fmt.Sprintf("all of [%s]", a):                       {Quorum: 1, Members: []access.PartnerID{a}},
		fmt.Sprintf("all of [%s, %s, %s]", a, b, c):         {Quorum: 3, Members: []access.PartnerID{a, b, c}},
		fmt.Sprintf("2 of [%s, %s, %s]", b, a, c):           {Quorum: 2, Members: []access.PartnerID{b, a, c}},
		fmt.Sprintf("  2   of  [ %s,%s ,  %s ]  ", b, a, c): {Quorum: 2, Members: []access.PartnerID{b, a, c}},
		fmt.Sprintf("3 of[%s,%s,%s]", a, b, c):              {Quorum: 3, Members: []access.PartnerID{a, b, c}},
	} {
		got, err := attribution.ParsePolicy(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"":                                   "has to read",
		"all":                                "has to read",
		"all of":                             "one group in brackets",
		"all of []":                          "empty",
		"all of [  ]":                        "empty",
		"0 of []":                            "empty",
		fmt.Sprintf("0 of [%s]", a):          "quorum",
		fmt.Sprintf("2 of [%s]", a):          "quorum",
		fmt.Sprintf("-1 of [%s]", a):         "quorum",
		fmt.Sprintf("01 of [%s]", a):         "plain number",
		fmt.Sprintf("+1 of [%s]", a):         "plain number",
		fmt.Sprintf("1.5 of [%s]", a):        "plain number",
		fmt.Sprintf("ALL of [%s]", a):        "plain number",
		fmt.Sprintf("all off [%s]", a):       "one group",
		fmt.Sprintf("all in [%s]", a):        "\"of\"",
		fmt.Sprintf("all of [%s, %s]", a, a): "twice",
		fmt.Sprintf("all of [%s,]", a):       "not a partner's id",
		fmt.Sprintf("all of [,%s]", a):       "not a partner's id",
		fmt.Sprintf("all of [%s %s]", a, b):  "not a partner's id",
		"all of [united-states]":             "not a partner's id",
		fmt.Sprintf("all of [%s", a):         "one group",
		fmt.Sprintf("all of %s]", a):         "one group",
		fmt.Sprintf("all of [%s] or me", a):  "one group",
		fmt.Sprintf("all of [%s]]", a):       "one group",
		fmt.Sprintf("all of [[%s]]", a):      "one group",
		fmt.Sprintf("1 of [1 of [%s]]", a):   "one group",
		fmt.Sprintf("all of [%s\n]", a):      "not a partner's id",
	} {
		got, err := attribution.ParsePolicy(text)
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v; want an error that says %q", text, got, err, says)
		}
	}
}

func TestPolicyRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p attribution.Policy
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 99), 1, 20, rapid.ID[int]).Draw(rt, "members") {
			p.Members = append(p.Members, partnerID(n))
		}
		p.Quorum = rapid.IntRange(1, len(p.Members)).Draw(rt, "quorum")
		got, err := attribution.ParsePolicy(p.String())
		if err != nil || !cmp.Equal(got, p) {
			rt.Fatalf("%s is read as %v, %v", p, got, err)
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(fmt.Sprintf("all of [%s, %s]", partnerID(1), partnerID(2)))
	f.Add(fmt.Sprintf("1 of [%s]", partnerID(1)))
	f.Add("2 of [[]]")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := attribution.ParsePolicy(text)
		if err != nil {
			return
		}
		again, err := attribution.ParsePolicy(p.String())
		if err != nil || !cmp.Equal(again, p) || p.Quorum < 1 || p.Quorum > len(p.Members) {
			t.Errorf("%q is read as %v, and its text as %v (%v)", text, p, again, err)
		}
	})
}
