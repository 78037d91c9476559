package trust_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/formats/witness"

	"github.com/tocsin-project/tocsin/internal/trust"
)

// refusals are files that docs/dossier.md rejects; the part of the error says
// that it is for the reason at hand.
var refusals = map[string]struct {
	lines []string
	says  string
}{
	"an unknown word":               {with("key x"), "unknown word"},
	"a word in upper case":          {with("Voter " + north + " " + voter(1)), "unknown word"},
	"a comment behind a line":       {with("group g any a #", "quorum g"), "no witness and no group"},
	"two spaces":                    {with("group g  any a"), "single spaces"},
	"a space before":                {with(" group g any a"), "single spaces"},
	"a space behind":                {with("group g any a "), "single spaces"},
	"a tab":                         {with("group\tg any a"), "unknown word"},
	"a carriage return":             {with("group g any a\r"), "no witness and no group"},
	"a word more":                   {with("witness d " + witnessKey(4) + " https://w4.example"), "words behind it"},
	"a word less":                   {with("voter " + north), "words behind it"},
	"a witness twice":               {with("witness a " + witnessKey(4)), "defined twice"},
	"a group twice":                 {with("group g any a", "group g any b"), "defined twice"},
	"a group like a witness":        {with("group a any b"), "defined twice"},
	"a witness like a group":        {with("group g any b", "witness g "+witnessKey(4)), "defined twice"},
	"a witness none":                {with("witness none " + witnessKey(4)), `"none"`},
	"a group none":                  {with("group none any a"), `"none"`},
	"a name that cannot be seen":    {with("witness \u00a0 " + witnessKey(4)), "can be seen"},
	"a long name":                   {with("witness " + strings.Repeat("w", 65) + " " + witnessKey(4)), "can be seen"},
	"one key of two witnesses":      {with("witness d " + witnessKey(1)), "have one key"},
	"one under two names":           {with("witness d " + vkey("d.example", 4, 1)), "have one key"},
	"a log line twice":              {with("log " + log(1)), "twice"},
	"a log key and its fingerprint": {with("log " + fingerprint(log(1))), "twice"},
	"a voter line twice":            {with("voter "+north+" "+voter(1), "voter "+north+" "+voter(1)), "twice"},
	"a voter and its fingerprint":   {with("voter "+north+" "+voter(1), "voter "+north+" "+fingerprint(voter(1))), "twice"},
	"two logs":                      {with("log " + vkey("other.example/log", 1, 2)), "two logs"},
	"an empty group":                {with("group g all"), "words behind it"},
	"a threshold of nought":         {with("group g 0 a"), "nobody's consent"},
	"a negative threshold":          {with("group g -1 a"), "nobody's consent"},
	"a threshold out of reach":      {with("group g 3 a b"), "never be met"},
	"a leading nought":              {with("group g 01 a b"), "plain digits"},
	"a plus":                        {with("group g +1 a b"), "plain digits"},
	"a share":                       {with("group g 1/2 a b"), "plain digits"},
	"a huge threshold":              {with("group g 99999999999999999999 a b"), "plain digits"},
	"a repeated member":             {with("group g 2 a a"), "named twice"},
	"a repeated member of all":      {with("group g all a b a"), "named twice"},
	"an undefined member":           {with("group g any z"), "no witness and no group"},
	"a group of itself":             {with("group g any g"), "no witness and no group"},
	"a group of a later one":        {with("group g any h", "group h any a"), "no witness and no group"},
	"a witness that counts twice":   {with("group x any a b", "group g 2 x a c"), "would count in member"},
	"one in two groups":             {with("group x all a b", "group y all b c", "group g any x y"), "would count in member"},
	"one far below":                 {with("group x all a b", "group y all x", "group z all b", "group g 1 y z"), "would count in member"},
	"groups nine deep":              {with(nested(9)...), "nested more than 8"},
	"very many":                     {with(doubled(14)...), "nested more than 8"},
	"two quorum lines":              {with("quorum none"), "already"},
	"a quorum of a later line":      {[]string{"log " + log(1), "quorum a", "witness a " + witnessKey(1)}, "no witness and no group"},
	"no quorum line":                {[]string{"log " + log(1)}, "no quorum line"},
	"no log line":                   {[]string{"quorum none"}, "no log line"},
	"nothing":                       {[]string{"#"}, "no quorum line"},
	"a witness's key as the log's":  {with("log " + witnessKey(4)), "its type is 4"},
	"the log's key as a witness's":  {with("witness d " + log(4)), "its type is 1"},
	"a key with another hash":       {with("witness d w4.example+00000000+" + strings.SplitN(witnessKey(4), "+", 3)[2]), "hash"},
	"a voter's key as a witness's":  {with("witness d " + voter(4)), "name+hash+key"},
	"no voter's key":                {with("voter " + north + " ed25519:AAAA"), "32"},
	"a voter without a partner":     {with("voter hub " + voter(1)), "UUID"},
	"a fingerprint in upper case":   {with("voter " + north + " " + strings.ToUpper(fingerprint(voter(1)))), "want"},
	"hex in upper case":             {with("voter " + north + " sha256:" + strings.Repeat("A", 64)), "lower case"},
	"a short fingerprint":           {with("voter " + north + " sha256:00"), "lower case"},
}

// with is a file with a log, three witnesses and a quorum, and these lines.
func with(more ...string) []string {
	return append([]string{"log " + log(1), "witness a " + witnessKey(1), "witness b " + witnessKey(2), "witness c " + witnessKey(3), "quorum a"}, more...)
}

// nested are so many groups, each in the next.
func nested(n int) []string {
	text := []string{"group g1 all a"}
	for i := 2; i <= n; i++ {
		text = append(text, fmt.Sprintf("group g%d all g%d", i, i-1))
	}
	return text
}

// doubled are groups of which each level reaches every witness twice as often.
func doubled(n int) []string {
	text := []string{"group l0 all a", "group r0 all a"}
	for i := 1; i <= n; i++ {
		text = append(text, fmt.Sprintf("group l%d all l%d r%d", i, i-1, i-1), fmt.Sprintf("group r%d all l%d r%d", i, i-1, i-1))
	}
	return text
}

func TestRefused(t *testing.T) {
	if _, err := trust.Parse(lines(with("group g8 all a b c", "group both all g8 a")...), true); err != nil {
		t.Fatalf("what is not spoilt: %v", err)
	}
	if _, err := trust.Parse(lines(with(nested(8)...)...), true); err != nil {
		t.Errorf("groups eight deep: %v", err)
	}
	for name, c := range refusals {
		f, err := trust.Parse(lines(c.lines...), true)
		if err == nil {
			t.Errorf("%s: read as %s", name, f)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want an error that says %q", name, err, c.says)
		}
	}
	good := lines(with()...)
	for name, text := range map[string][]byte{
		"a last line without an end": good[:len(good)-1], "no UTF-8": append([]byte("# \xff\n"), good...),
		"a byte order mark": append([]byte("\ufeff"), good...), "more than 1 MiB": append(good, strings.Repeat("#\n", 1<<19)...),
		"more groups than there may be": append(good, manyGroups(1001)...), "nothing at all": nil,
	} {
		if f, err := trust.Parse(text, true); err == nil {
			t.Errorf("%s: read as %.200s", name, f)
		}
	}
	for _, line := range []string{"log " + fingerprint(log(2)), "witness d " + fingerprint(witnessKey(4)), "voter " + north + " " + fingerprint(voter(1))} {
		if _, err := trust.Parse(lines(with(line)...), false); err == nil || !strings.Contains(err.Error(), "not its fingerprint") {
			t.Errorf("%s in keys.txt: %v", line, err)
		}
	}
}

func manyGroups(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "group g%d any a\n", i)
	}
	return b.String()
}

// These policies another parser of this form takes, transparency-dev/formats':
// with some of them a checkpoint that nobody has cosigned would do.
func TestWhatOthersTake(t *testing.T) {
	for name, more := range map[string]string{
		"nought":                   "group g 0 a b\nquorum g\n",
		"an empty group":           "group g all\nquorum g\n",
		"an empty group of nought": "group g 0\nquorum g\n",
		"repeated members":         "group g 2 a b a\nquorum g\n",
		"one that counts twice":    "group x any a b\ngroup g 2 x a c\nquorum g\n",
		"a leading nought":         "group g 01 a b\nquorum g\n",
		"two quorum lines":         "quorum a\nquorum none\n",
		"one key under two names":  "witness d " + vkey("d.example", 4, 1) + " URL\ngroup g 2 a d\nquorum g\n",
		"a quorum before its line": "quorum g\ngroup g any a\n",
		"spaces and tabs":          "group  g\tany a \nquorum g\n",
	} {
		text := "log " + log(1) + "\n"
		for i, w := range []string{"a", "b", "c"} {
			text += fmt.Sprintf("witness %s %s URL\n", w, witnessKey(byte(i+1)))
		}
		text += more
		if _, err := witness.ParsePolicy([]byte(strings.ReplaceAll(text, "URL", "https://w.example/"))); err != nil {
			t.Errorf("%s: the other parser refuses it: %v", name, err)
		}
		if f, err := trust.Parse([]byte(strings.ReplaceAll(text, " URL", "")), true); err == nil {
			t.Errorf("%s: read as %s", name, f)
		}
	}
	sound := "log " + log(1) + "\nwitness a " + witnessKey(1) + " URL\ngroup g all a\nquorum g\n"
	_, theirs := witness.ParsePolicy([]byte(strings.ReplaceAll(sound, "URL", "https://w.example/")))
	_, ours := trust.Parse([]byte(strings.ReplaceAll(sound, " URL", "")), true)
	if theirs != nil || ours != nil {
		t.Errorf("a sound one: %v, %v", theirs, ours)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(lines(with("group g any a b", "voter "+north+" "+voter(1))...))
	f.Add([]byte("log sha256:" + strings.Repeat("0", 64) + "\nquorum none\n"))
	for _, c := range refusals {
		f.Add(lines(c.lines...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := trust.Parse(text, true)
		if err != nil {
			return
		}
		again, err := trust.Parse([]byte(file.String()), true)
		if err != nil || !cmp.Equal(file, again) {
			t.Errorf("%s is read as %s, %v", file, again, err)
		}
	})
}
