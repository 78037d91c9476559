package trust_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/trust"
)

func TestParse(t *testing.T) {
	f := parse(t, false,
		"# whom we believe", "", "witness a "+witnessKey(1), "witness b "+witnessKey(2), "log "+log(1), "witness c "+witnessKey(3),
		"voter "+north+" "+voter(1), "group two 2 a b c", "group nested all two c", "quorum two", "log "+log(2),
		"voter "+north+" "+voter(2), "voter "+south+" "+voter(3),
	)
	want := strings.Join([]string{
		"log " + log(1), "log " + log(2), "witness a " + witnessKey(1), "witness b " + witnessKey(2), "witness c " + witnessKey(3),
		"group two 2 a b c", "group nested all two c", "quorum two",
		"voter " + north + " " + voter(1), "voter " + north + " " + voter(2), "voter " + south + " " + voter(3), "",
	}, "\n")
	if diff := cmp.Diff(want, f.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(f, parse(t, false, strings.TrimSuffix(want, "\n"))); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{log(1), log(2)}, f.LogKeys()); diff != "" {
		t.Errorf("log keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{witnessKey(1), witnessKey(2), witnessKey(3)}, f.WitnessKeys()); diff != "" {
		t.Errorf("witnesses (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{voter(1), voter(2)}, f.VoterKeys(north)); diff != "" {
		t.Errorf("voters (-want +got):\n%s", diff)
	}
	if f.VoterKeys("identity--00000000-0000-4000-8000-000000000009") != nil {
		t.Error("keys of nobody")
	}
	if _, err := trust.Parse(lines("log "+fingerprint(log(1)), "quorum none"), true); err != nil {
		t.Errorf("by a fingerprint: %v", err)
	}
}

func TestQuorumMet(t *testing.T) {
	witnesses := []string{"log " + log(1), "witness a " + witnessKey(1), "witness b " + witnessKey(2), "witness c " + witnessKey(3), "witness d " + witnessKey(4)}
	for _, c := range []struct {
		lines    []string
		met, not string // who has cosigned
	}{
		{[]string{"quorum none"}, "- 1 5", ""},
		{[]string{"quorum b"}, "2 12", "- 1 3 5"},
		{[]string{"group g any a b", "quorum g"}, "1 2 12", "- 3 5"},
		{[]string{"group g all a b", "quorum g"}, "12 123", "- 1 2 13"},
		{[]string{"group g 2 a b c", "quorum g"}, "12 13 23 123", "- 1 2 3 14"},
		{[]string{"group ab any a b", "group cd any c d", "group both all ab cd", "quorum both"}, "13 14 23 1234", "- 12 34 1"},
		{[]string{"group ab all a b", "group ac all a c", "group both all ab ac", "quorum both"}, "123", "12 13 23"},
		{[]string{"group ab all a b", "quorum a"}, "1", "2"},
	} {
		f := parse(t, false, append(slices.Clone(witnesses), c.lines...)...)
		met := func(who string) bool {
			var cosigned []string
			for _, r := range strings.Trim(who, "-") {
				cosigned = append(cosigned, witnessKey(byte(r-'0')))
			}
			return f.QuorumMet(cosigned)
		}
		for _, who := range strings.Fields(c.met) {
			if !met(who) {
				t.Errorf("%v is not met by %s", c.lines, who)
			}
		}
		for _, who := range strings.Fields(c.not) {
			if met(who) {
				t.Errorf("%v is met by %s", c.lines, who)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	own := parse(t, false, "log "+log(1), "log "+log(2), "witness a "+witnessKey(1), "witness b "+witnessKey(2), "group g any a b", "quorum g",
		"voter "+north+" "+voter(1), "voter "+north+" "+voter(2), "voter "+south+" "+voter(3))
	f := parse(t, true, "log "+fingerprint(log(1)), "witness a "+witnessKey(3), "witness b "+fingerprint(witnessKey(2)), "group both all a b", "quorum both",
		"voter "+north+" "+fingerprint(voter(2)), "voter "+south+" "+voter(4))
	got, err := f.Resolve(own)
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, false, "log "+log(1), "witness a "+witnessKey(3), "witness b "+witnessKey(2), "group both all a b", "quorum both",
		"voter "+north+" "+voter(2), "voter "+south+" "+voter(4))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resolved (-want +got):\n%s", diff)
	}
	if !f.Logs[0].IsFingerprint() || !f.Witnesses[1].Key.IsFingerprint() {
		t.Error("the file itself has changed")
	}

	for name, text := range map[string][]string{
		"another log's":         {"log " + fingerprint(log(3)), "quorum none"},
		"a witness's under log": {"log " + fingerprint(witnessKey(1)), "quorum none"},
		"under another name":    {"log " + log(1), "witness b " + fingerprint(witnessKey(1)), "quorum none"},
		"another partner's":     {"log " + log(1), "quorum none", "voter " + south + " " + fingerprint(voter(1))},
		"a voter's that is not": {"log " + log(1), "quorum none", "voter " + north + " " + fingerprint(voter(9))},
		"a log of another name": {"log " + vkey("other.example/log", 1, 1), "log " + fingerprint(log(1)), "quorum none"},
		"one witness under two": {"log " + log(1), "witness a " + fingerprint(witnessKey(1)), "witness z " + vkey("z.example", 4, 1), "quorum none"},
	} {
		f := parse(t, true, text...) // it can only be seen with the keys
		if got, err := f.Resolve(own); err == nil {
			t.Errorf("%s: resolved to %s", name, got)
		}
	}
}

// Whatever is read is written in one form, which is read as the same.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := []string{"log " + log(1)}
		names := []string{}
		for i := range rapid.IntRange(1, 5).Draw(rt, "witnesses") {
			names = append(names, fmt.Sprint("w", i))
			text = append(text, fmt.Sprintf("witness w%d %s", i, witnessKey(byte(i+1))))
		}
		for i := range rapid.IntRange(0, 4).Draw(rt, "groups") {
			members := rapid.Permutation(names).Draw(rt, "members")[:rapid.IntRange(1, len(names)).Draw(rt, "n")]
			k := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(len(members)), "1"}).Draw(rt, "k")
			line := fmt.Sprintf("group g%d %s %s", i, k, strings.Join(members, " "))
			// A group may be refused for a witness that would count twice; then it is left out.
			if _, err := trust.Parse(lines(append(slices.Clone(text), line, "quorum none")...), false); err == nil {
				text, names = append(text, line), append(names, fmt.Sprint("g", i))
			}
		}
		text = append(text, "quorum "+rapid.SampledFrom(append(names, "none")).Draw(rt, "quorum"))
		f, err := trust.Parse(lines(text...), false)
		if err != nil {
			rt.Fatal(err)
		}
		again, err := trust.Parse([]byte(f.String()), false)
		if err != nil || !cmp.Equal(f, again) {
			rt.Fatalf("%s is read as %s, %v", f, again, err)
		}
	})
}
