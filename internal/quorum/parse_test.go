package quorum_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/quorum"
)

// letter accepts one capital letter as a leaf.
func letter(leaf string) error {
	if len(leaf) != 1 || leaf < "A" || leaf > "Z" {
		return errors.New("not a capital letter")
	}
	return nil
}

// anyWord accepts any word as a leaf but those that begin with a g, for groups.
func anyWord(leaf string) error {
	if strings.HasPrefix(leaf, "g") {
		return errors.New("a group's name")
	}
	return nil
}

func leaves(names ...string) []quorum.Member {
	members := make([]quorum.Member, len(names))
	for i, name := range names {
		members[i].Leaf = name
	}
	return members
}

var all = quorum.Threshold{All: true}

func TestParse(t *testing.T) {
	abc := leaves("A", "B", "C")
	for text, want := range map[string]quorum.Group{
		"all of [A]":              {Threshold: all, Members: leaves("A")},
		"all of [A, B, C]":        {Threshold: all, Members: abc},
		"2 of [A, B, C]":          {Threshold: quorum.Threshold{N: 2}, Members: abc},
		"  2   of  [ A,B ,  C ] ": {Threshold: quorum.Threshold{N: 2}, Members: abc},
		"3 of[A,B,C]":             {Threshold: quorum.Threshold{N: 3}, Members: abc},
		"2/3 of [A]":              {Threshold: quorum.Threshold{N: 2, Of: 3}, Members: leaves("A")},
		"99/100 of [A, B, C]":     {Threshold: quorum.Threshold{N: 99, Of: 100}, Members: abc},
		"all of [1 of [A, B], C]": {Threshold: all, Members: []quorum.Member{
			{Group: &quorum.Group{Threshold: quorum.Threshold{N: 1}, Members: leaves("A", "B")}}, {Leaf: "C"},
		}},
		"all of [reviewers : 2/3 of [A, B, C],victims:all of [A, E]]": {Threshold: all, Members: []quorum.Member{
			{Group: &quorum.Group{Name: "reviewers", Threshold: quorum.Threshold{N: 2, Of: 3}, Members: abc}},
			{Group: &quorum.Group{Name: "victims", Threshold: all, Members: leaves("A", "E")}},
		}},
		// A name may be a word of the grammar: what follows it decides.
		"1 of [all: all of [A], of: 1 of [B]]": {Threshold: quorum.Threshold{N: 1}, Members: []quorum.Member{
			{Group: &quorum.Group{Name: "all", Threshold: all, Members: leaves("A")}},
			{Group: &quorum.Group{Name: "of", Threshold: quorum.Threshold{N: 1}, Members: leaves("B")}},
		}},
	} {
		got, err := quorum.Parse(text, letter)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestString(t *testing.T) {
	const canonical = "all of [reviewers: 2/3 of [A, B, C], 1 of [D, E], F]"
	g, err := quorum.Parse(" all of[reviewers  :2/3 of [A ,B,C],1 of[ D,E ],F ]", letter)
	if err != nil || g.String() != canonical {
		t.Errorf("written as %q (%v), want %q", g, err, canonical)
	}
}

// nested is a leaf within so many groups.
func nested(depth int) string {
	return strings.Repeat("1 of [", depth) + "A" + strings.Repeat("]", depth)
}

// many are n different leaves.
func many(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("m%d", i)
	}
	return strings.Join(list, ", ")
}

// hostile are texts that nobody may take for a policy, and what the error has
// to say: what is wrong, and where.
var hostile = []struct{ name, text, says string }{
	{"nothing", "", "at character 1: a group has to begin with a threshold"},
	{"a threshold alone", "all", `at character 4: there has to be "of"`},
	{"no group", "all of", `at character 7: there has to be "["`},
	{"an empty group", "all of []", "at character 9: a member is missing"},
	{"an empty group of spaces", "2 of [   ]", "at character 10: a member is missing"},
	{"an empty inner group", "all of [A, 1 of []]", "at character 18: a member is missing"},
	{"a comma at the end", "all of [A,]", "at character 11: a member is missing"},
	{"a comma at the start", "all of [,A]", "at character 9: there has to be a member"},
	{"two commas", "all of [A,,B]", "at character 11: there has to be a member"},
	{"no comma", "all of [A B]", `at character 11: there has to be "," or "]"`},
	{"nought", "0 of [A]", `at character 1: threshold "0": "0" is not above nought`},
	{"noughts", "000 of [A]", "is not above nought"},
	{"nought of an inner group", "all of [A, 0 of [B]]", `at character 12: threshold "0"`},
	{"above the members", "2 of [A]", "the outermost group: a threshold of 2 can never be met"},
	{"above an inner group's members", "all of [A, g: 3 of [B, C]]", `group 2 ("g"): a threshold of 3 can never be met`},
	{"far above", "99999999999999999999 of [A]", "is larger than any group"},
	{"below nought", "-1 of [A]", `at character 1: threshold "-1": "-1" is not a number in plain digits`},
	{"a leading nought", "01 of [A]", `"01" begins with a nought`},
	{"a plus", "+1 of [A]", "plain digits"},
	{"an underscore", "1_0 of [A]", "plain digits"},
	{"a hexadecimal number", "0x1 of [A]", "plain digits"},
	{"a point", "1.5 of [A]", "plain digits"},
	{"an exponent", "1e0 of [A]", "plain digits"},
	{"a percentage", "50% of [A]", "plain digits"},
	{"any", "any of [A]", "plain digits"},
	{"capitals", "ALL of [A]", "plain digits"},
	{"capital OF", "all OF [A]", `at character 5: there has to be "of" after the threshold, not "OF"`},
	{"a word too long", "all off [A]", `not "off"`},
	{"words that touch", "allof [A]", `threshold "allof"`},
	{"no numerator", "/2 of [A]", "plain digits"},
	{"no denominator", "1/ of [A]", "denominator: \"\" is not a number"},
	{"a denominator of nought", "1/0 of [A]", "denominator: \"0\" is not above nought"},
	{"a share of nought", "0/3 of [A]", "is not above nought"},
	{"the whole as a share", "1/1 of [A]", "the share 1/1 is not below 1"},
	{"more than the whole", "3/2 of [A, B, C]", "the share 3/2 is not below 1"},
	{"not in lowest terms", "2/4 of [A, B]", "the outermost group: the share 2/4 is not in lowest terms: write 1/2"},
	{"a denominator too large", "1/101 of [A]", "the denominator of 1/101 is above 100"},
	{"a denominator with a nought", "1/02 of [A]", "begins with a nought"},
	{"a share of a share", "1/2/3 of [A]", "plain digits"},
	{"a share with spaces", "1 / 2 of [A]", `at character 3: there has to be "of"`},
	{"a member twice", "all of [A, B, A]", `the outermost group: "A" is named twice`},
	{"a name twice", "all of [g: 1 of [A], g: 1 of [B]]", `the outermost group: "g" is named twice`},
	{"a voice in two members", "1 of [A, 1 of [A, B]]", `the outermost group: "A" would count in member 1 and in member 2, and only 1 of 2 are needed`},
	{"a voice in two groups", "2 of [x: all of [A, B], C, y: all of [A, D]]", `"A" would count in member 1 and in member 3`},
	{"a voice in two groups of a share", "2/3 of [x: all of [A], C, y: all of [A, D], E]", `"A" would count in member 1 and in member 3`},
	{"a voice in two groups, deep", "all of [B, g: 1 of [all of [1 of [A]], all of [C, all of [A]]]]", `group 2 ("g"): "A" would count in member 1 and in member 2`},
	{"not a leaf", "all of [a]", `at character 9: member "a": not a capital letter`},
	{"a name of capitals", "all of [G: 1 of [A]]", `at character 9: name "G" is not 1 to 64 of a-z`},
	{"a name too long", "all of [" + strings.Repeat("g", 65) + ": 1 of [A]]", "is not 1 to 64"},
	{"no name", "all of [: 1 of [A]]", "at character 9: there has to be a member"},
	{"two names", "all of [f: g: 1 of [A]]", `at character 12: threshold "g"`},
	{"a name of a leaf", "all of [g: A]", `at character 12: threshold "A"`},
	{"a name of the outermost group", "g: all of [A]", `at character 1: threshold "g"`},
	{"no bracket", "all of A]", `at character 8: there has to be "["`},
	{"not closed", "all of [A", `at character 10: there has to be "," or "]"`},
	{"not closed within", "all of [A, 1 of [B]", `at character 20: there has to be "," or "]"`},
	{"closed twice", "all of [A]]", `at character 11: "]" stands after the end`},
	{"more behind", "all of [A] or me", `at character 12: "or" stands after the end`},
	{"another group behind", "all of [A], 1 of [B]", `at character 11: "," stands after the end`},
	{"brackets alone", "[A]", "a group has to begin with a threshold"},
	{"brackets within", "all of [[A]]", "there has to be a member"},
	{"round brackets", "all of (A)", `not "(A)"`},
	{"a tab", "all\tof [A]", "at character 4: '\\t' (U+0009) may not stand in it"},
	{"a line", "all of [A,\nB]", "at character 11: '\\n' (U+000A) may not stand in it"},
	{"a no-break space", "all of\u00a0[A]", "at character 7: '\\u00a0' (U+00A0) may not stand in it"},
	{"a wide space", "all\u3000of [A]", "(U+3000)"},
	{"a zero width space", "all of [A\u200b]", "(U+200B)"},
	{"a byte order mark", "\ufeffall of [A]", "(U+FEFF)"},
	{"right to left", "all of [A, \u202eB]", "(U+202E)"},
	{"another A", "all of [\u0410]", "(U+0410)"},
	{"other digits", "\u0662 of [A, B]", "(U+0662)"},
	{"not UTF-8", "all of [\xff]", "(U+FFFD)"},
	{"a nought byte", "all of [A\x00]", "(U+0000)"},
	{"too deep", nested(quorum.MaxDepth + 1), "at character 49: groups are nested more than 8 deep"},
	{"very deep", strings.Repeat("1 of [", 1_000_000), "nested more than 8 deep"},
	{"very deep, of brackets", strings.Repeat("[", 1_000_000), "a group has to begin"},
	{"a long word", strings.Repeat("9", 1_000_000), "..."},
}

func TestHostile(t *testing.T) {
	for _, c := range hostile {
		g, err := quorum.Parse(c.text, letter)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: read as %q with %v; want an error that says %q", c.name, g, err, c.says)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: the error has %d characters", c.name, len(err.Error()))
		}
	}
}

// A group may not be named like a member.
func TestNameOfAMember(t *testing.T) {
	_, err := quorum.Parse("all of [x: 1 of [y]]", anyWord)
	if err == nil || !strings.Contains(err.Error(), `at character 9: "x" cannot be a group's name`) {
		t.Errorf("a group is named like a member: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"as deep as may be":           nested(quorum.MaxDepth),
		"as many as may be":           "1/2 of [" + many(quorum.MaxLeaves) + "]",
		"as many as may be, in two":   "all of [1 of [" + many(500) + "], 1 of [" + many(500) + "]]",
		"a name as long as may be":    "all of [" + strings.Repeat("g", 64) + ": 1 of [A]]",
		"a voice in two, all of them": "all of [g: 1 of [A, B], g2: 1 of [A, C]]",
		"a share that comes to all":   "2/3 of [1 of [A, B], 1 of [A, C]]",
	} {
		if _, err := quorum.Parse(text, anyWord); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"one too many":         "1 of [" + many(quorum.MaxLeaves+1) + "]",
		"one too many, in two": "all of [1 of [" + many(500) + "], 1 of [" + many(501) + "]]",
	} {
		if _, err := quorum.Parse(text, anyWord); err == nil || !strings.Contains(err.Error(), "at character ") || !strings.Contains(err.Error(), "more than 1000") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range hostile {
		if len(c.text) < 200 {
			f.Add(c.text)
		}
	}
	f.Add("all of [g: 2/3 of [A, B, C], g-2: all of [D, E]]")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := quorum.Parse(text, anyWord)
		if err != nil {
			return
		}
		again, err := quorum.Parse(g.String(), anyWord)
		if err != nil || !cmp.Equal(again, g) {
			t.Fatalf("%q is read as %q, and that as %q (%v)", text, g, again, err)
		}
		if g.Satisfied(func(string) bool { return false }) || !g.Satisfied(func(string) bool { return true }) {
			t.Fatalf("%q is satisfied by silence, or not by everybody", g)
		}
	})
}
