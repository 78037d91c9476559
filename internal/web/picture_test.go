package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
)

// However many relations of whatever kinds and names there are, no two labels
// meet, each is within the picture, and each link leads to its object.
func TestLabelsNeverMeet(t *testing.T) {
	kinds := rapid.SampledFrom([]string{"uses", "mitigates", "attributed-to", "detects", "subtechnique-of", "something-else"})
	types := rapid.SampledFrom([]string{"malware", "intrusion-set", "campaign", "attack-pattern"})
	rapid.Check(t, func(t *rapid.T) {
		related := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) catalog.Relation {
			return catalog.Relation{
				Type: kinds.Draw(t, "kind"), Outgoing: rapid.Bool().Draw(t, "outgoing"),
				Other: catalog.Object{ID: fmt.Sprint("x--", rapid.Uint32().Draw(t, "id")), Type: types.Draw(t, "type"), Name: rapid.String().Draw(t, "name")},
			}
		}), 1, 80).Draw(t, "related")
		picture := string(relationPicture(catalog.Object{ID: "malware--1", Type: "malware", Name: rapid.String().Draw(t, "name")}, related))
		root, err := html.Parse(strings.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		height := 0.0
		taken := map[string][]float64{} // by side
		links := 0
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "svg":
				box := strings.Fields(at(n, "viewBox"))
				height = number64(t, box[3])
			case "a":
				links++
				if !strings.HasPrefix(at(n, "href"), "/objects/x--") {
					t.Fatalf("a link leads to %q", at(n, "href"))
				}
			case "text":
				y, side := number64(t, at(n, "y")), at(n, "text-anchor")
				if y < 10 || y > height {
					t.Fatalf("a label at %.1f of %.1f", y, height)
				}
				for _, other := range taken[side] {
					if math.Abs(y-other) < 15 {
						t.Fatalf("labels at %.1f and %.1f of the same side", y, other)
					}
				}
				taken[side] = append(taken[side], y)
			}
		}
		outgoing := 0
		for _, r := range related {
			if r.Outgoing {
				outgoing++
			}
		}
		if want := min(outgoing, maxSide) + min(len(related)-outgoing, maxSide); links != want {
			t.Fatalf("%d links for %d relations, %d of them outgoing; want %d", links, len(related), outgoing, want)
		}
	})
}

func at(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, key) {
			return a.Val
		}
	}
	return ""
}

func number64(t *rapid.T, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Who is behind it is drawn, however long the other lists are.
func TestWhoIsBehindItIsNeverCut(t *testing.T) {
	related := []catalog.Relation{}
	for i := range 100 {
		related = append(related, catalog.Relation{Type: "mitigates", Other: catalog.Object{ID: fmt.Sprint("course-of-action--", i), Type: "course-of-action", Name: "A mitigation"}})
	}
	related = append(related, catalog.Relation{Type: "uses", Other: catalog.Object{ID: "intrusion-set--1", Type: "intrusion-set", Name: "Lazarus Group"}})
	picture := string(relationPicture(catalog.Object{Name: "WannaCry"}, related))
	if !strings.Contains(picture, "Lazarus Group") || !strings.Contains(picture, "and 83 more below") {
		t.Errorf("cut: %s", picture)
	}
	who, rest := group(related)
	if len(who) != 1 || who[0].Heading != "Used by" || len(rest) != 1 || rest[0].Count() != 100 {
		t.Errorf("groups: %v, %v", who, rest)
	}
}

// What is known about an outbreak only grows, ends at each partner's largest
// count, and is bounded.
func TestGrowthOnlyGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &series{most: map[access.PartnerID]int{}}
		most := map[access.PartnerID]int{}
		n := rapid.IntRange(1, 6000).Draw(t, "reports")
		seed := rapid.Uint64().Draw(t, "seed")
		for i := range n {
			seed = seed*6364136223846793005 + 1442695040888963407
			one := rise{at: time.Unix(int64(i+int(seed>>60)), 0), partner: access.PartnerID(fmt.Sprint(seed >> 33 % 40)), hosts: i/2 + int(seed>>58)}
			one.seq++
			s.add(one)
			most[one.partner] = max(most[one.partner], one.hosts)
		}
		if len(s.rises) > maxRises+2*40 {
			t.Fatalf("%d rises are kept", len(s.rises))
		}
		points := pointsOf(s.rises)
		for i := 1; i < len(points); i++ {
			a, b := points[i-1], points[i]
			if !b.at.After(a.at) || b.hosts < a.hosts || b.partners < a.partners {
				t.Fatalf("from %v to %v", a, b)
			}
		}
		sum := 0
		for _, hosts := range most {
			sum += hosts
		}
		if last := points[len(points)-1]; last.hosts != sum || last.partners != len(most) {
			t.Fatalf("ends with %d hosts at %d partners, want %d at %d", last.hosts, last.partners, sum, len(most))
		}
	})
}

func TestScaleOfACurve(t *testing.T) {
	for n, want := range map[int]int{0: 2, 1: 2, 2: 2, 3: 4, 5: 10, 9: 10, 11: 20, 21: 40, 41: 50, 132: 200, 100_001: 200_000} {
		if got := niceAbove(n); got != want {
			t.Errorf("niceAbove(%d) = %d, want %d", n, got, want)
		}
	}
	first := time.Date(2017, 5, 12, 7, 25, 43, 0, time.UTC)
	for _, lasts := range []time.Duration{time.Minute, time.Hour, 8 * time.Hour, 3 * 24 * time.Hour, 30 * 24 * time.Hour} {
		if got := len(ticks(first, first.Add(lasts))); got < 1 || got > 7 {
			t.Errorf("%d ticks over %s", got, lasts)
		}
	}
}

func TestReadable(t *testing.T) {
	got := readable("[WannaCry](https://attack.mitre.org/software/S0366) is ransomware.(Citation: LogRhythm WannaCry)(Citation: FireEye 2017) It [1] spreads (fast).")
	if want := "WannaCry is ransomware. It [1] spreads (fast)."; got != want {
		t.Errorf("readable: %q, want %q", got, want)
	}
	for _, value := range []string{"", "a.example", strings.Repeat("ab", 32), strings.Repeat("ü", 100)} {
		if joined := strings.Join(parts(value), ""); joined != value {
			t.Errorf("the parts of %q make %q", value, joined)
		}
	}
}
