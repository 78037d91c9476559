package web_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Pages that are shared between readers are shared with nobody else: whatever is
// told to whom, and whoever asks at the same time, each gets what it would get alone.
func TestNobodyIsServedAnotherReadersPage(t *testing.T) {
	s := newSite(t)
	r := rand.New(rand.NewPCG(9, 1))
	alpha, beta := s.partner("Alpha", "energy", "FR"), s.partner("Beta", "water", "NZ")
	type reader struct {
		name    string
		partner access.PartnerID
		cookies []*http.Cookie
	}
	readers := []reader{{"guest", "", nil}, {"another guest", "", nil}}
	for _, p := range []access.Partner{alpha, beta} {
		for _, role := range []access.Role{access.Viewer, access.Coordinator} {
			_, secret := s.token(p.ID, role)
			readers = append(readers, reader{fmt.Sprint(p.Name, " ", role), p.ID, []*http.Cookie{s.signIn(secret)}})
		}
	}
	readers = append(readers, reader{"administrator", "", []*http.Cookie{s.signIn(adminToken)}})
	paths := []string{"/search?q=shared", "/", "/outbreaks", "/protections", "/partners", "/actions", "/cases"}
	seen := map[string]int{}
	for round := range 10 {
		to := access.Audience{TLP: []access.TLP{access.Red, access.Amber, access.Green}[r.IntN(3)], Community: access.DefaultCommunity}
		owner := []access.Partner{alpha, beta}[r.IntN(2)]
		name := fmt.Sprintf("shared %s%d", owner.Name, round)
		s.contribute(owner.ID, to, malware("malware--"+uuid.NewString(), name, ""))

		type answer struct{ who, path, body string }
		answers := make(chan answer, 2*len(readers)*len(paths))
		var wg sync.WaitGroup
		for range 2 { // the second has what was made for the first
			for _, one := range readers {
				for _, path := range paths {
					wg.Go(func() { answers <- answer{one.name, path, s.refreshed(path, "", one.cookies...).Body.String()} })
				}
			}
		}
		wg.Wait()
		close(answers)
		alone := map[string]string{}
		for _, one := range readers {
			for _, path := range paths {
				alone[one.name+path] = inner(s.get(path, one.cookies...).Body.String())
			}
			body := alone[one.name+paths[0]]
			may := to.TLP == access.Green || one.partner == owner.ID || to.TLP == access.Amber && one.partner != ""
			if one.partner == "" && one.cookies != nil {
				continue // an administrator of no partner is not in question
			}
			if got := strings.Contains(body, name); got != may {
				t.Fatalf("round %d: %s shown to %s: %t, want %t", round, to, one.name, got, may)
			} else if got {
				seen[one.name]++
			}
		}
		for a := range answers {
			if inner(a.body) != alone[a.who+a.path] {
				t.Fatalf("round %d: %s GET %s: a shared page is not what it is alone:\n%s", round, a.who, a.path, cmp.Diff(alone[a.who+a.path], inner(a.body)))
			}
		}
	}
	if len(seen) < 6 {
		t.Errorf("only %v saw anything: this test looks at little", seen)
	}
}

// searched is how far a search came in the time that it may take, which a busy
// machine decides.
var searched = regexp.MustCompile(`<p class="small">(\d+ match(es)?, the best first|The best of the first [^<]*)</p>`)

// inner is a page's main part.
func inner(page string) string {
	_, rest, _ := strings.Cut(page, "<main")
	main, _, _ := strings.Cut(rest, "</main>")
	return searched.ReplaceAllString(main, "")
}
