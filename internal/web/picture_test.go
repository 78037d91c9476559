package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
)

// Who is behind it is drawn, however long the other lists are.
func TestWhoIsBehindItIsNeverCut(t *testing.T) {
	related := []catalog.Relation{}
	for i := range 100 {
		related = append(related, catalog.Relation{Type: "mitigates", Other: catalog.Object{ID: fmt.Sprint("course-of-action--", i), Type: "course-of-action", Name: "A mitigation"}})
	}
	related = append(related, catalog.Relation{Type: "uses", Other: catalog.Object{ID: "intrusion-set--1", Type: "intrusion-set", Name: "Lazarus Group"}})
	picture := string(neighbours(catalog.Object{ID: "malware--1", Name: "WannaCry"}, related, false))
	if !strings.Contains(picture, "Lazarus Group uses WannaCry") || !strings.Contains(picture, "and 86 more · course of action") || !strings.Contains(picture, `href="#rel-from-mitigates"`) {
		t.Errorf("cut: %s", picture)
	}
	who, rest := group(related)
	if len(who) != 1 || who[0].Heading != "Used by" || len(rest) != 1 || rest[0].Count() != 100 || rest[0].Anchor != "rel-from-mitigates" {
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
