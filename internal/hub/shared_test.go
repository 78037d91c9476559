package hub_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// exchange is a hub with communities, and everyone who asks it.
type exchange struct {
	*running
	members map[string][]string // community -> partners
	clients map[string][]string // partner -> its clients
	readers []*asker
	heard   map[*asker]map[string][]string // object -> its words, told by the reader's stream and not taken back
}

// shared is one object that somebody shared: word is all over it, few only in a
// part that is marked TLP:RED.
type shared struct {
	id, contribution, word, few string
	owner, tlp, community       string
	object                      string // its JSON
	recipients                  []string
	tightened                   string // the level since
}

// mayShare is the oracle: the levels of TLP as the issue has them.
func (x *exchange) mayShare(a *asker, s *shared, level string) bool {
	inside := slices.Contains(x.members[s.community], a.partner) || s.community == "default" && a.name != "guest"
	client := slices.Contains(x.clients[s.owner], a.partner)
	switch own := a.partner != "" && a.partner == s.owner; level {
	case "clear":
		return true
	case "green":
		return own || inside || client || a.name == "guest" && s.community == "default"
	case "amber":
		return own || inside || client
	case "amber+strict":
		return own || inside
	case "red":
		return own || slices.Contains(s.recipients, a.partner)
	}
	return false // withdrawn
}

// maySeeWhole is mayShare for what the object is by now. What was tightened to
// red is for nobody but its owner: the test names no recipients then.
func (x *exchange) maySeeWhole(a *asker, s *shared) bool {
	if s.tightened == "red" && s.tlp != "red" {
		return a.partner != "" && a.partner == s.owner
	}
	return x.mayShare(a, s, s.level())
}

var strictness = []string{"clear", "green", "amber", "amber+strict", "red", "withdrawn"}

// Whatever is shared, tightened and withdrawn, and with whichever communities
// and clients: by no outlet does anyone learn what is not for it, and by every
// outlet everyone finds what is.
func TestWhatIsSharedReachesWhoItIsFor(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("15"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	x := newExchange(t)
	rapid.Check(t, func(rt *rapid.T) {
		var all []*shared
		for range rapid.IntRange(1, 3).Draw(rt, "objects") {
			s := x.share(rt)
			if rapid.IntRange(0, 2).Draw(rt, "listen before") == 0 {
				x.listen(rapid.SampledFrom(x.readers).Draw(rt, "listener"))
			}
			for range rapid.IntRange(0, 2).Draw(rt, "tightenings") {
				x.tighten(rt, s)
			}
			all = append(all, s)
		}
		for _, a := range x.readers {
			x.listen(a)
			for _, s := range all {
				x.holdShared(rt, a, s)
			}
		}
	})
	for _, a := range x.readers { // a new reader hears the same as one that has been there all along
		if a.token == "" {
			continue
		}
		late := &asker{name: a.name, partner: a.partner, token: a.token}
		x.listen(late)
		if diff := cmp.Diff(x.heard[a], x.heard[late]); diff != "" {
			t.Errorf("%s was told on the way -, who starts now is told +: %s", a.name, diff)
		}
	}
}

func newExchange(t *testing.T) *exchange {
	x := &exchange{running: startHub(t, "", func(c *hub.Config) { c.OpenPages = true }), members: map[string][]string{}, clients: map[string][]string{}, heard: map[*asker]map[string][]string{}}
	var ids []string
	for i, role := range []string{"contributor", "contributor", "contributor", "viewer", "viewer"} {
		id, token := x.partner(fmt.Sprintf("Partner %d", i), "healthcare", "GB", role)
		ids = append(ids, id)
		x.readers = append(x.readers, &asker{name: fmt.Sprintf("partner %d", i), partner: id, token: token, role: role, browser: x.signIn(token)})
	}
	x.readers = append(x.readers, &asker{name: "administrator", token: adminToken, role: "administrator", browser: x.signIn(adminToken)},
		&asker{name: "guest", browser: x.signIn("")})
	for community, members := range map[string][]int{"health": {0, 1, 3}, "energy": {1, 2}} {
		x.post("/api/v1/communities", adminToken, map[string]string{"id": community, "title": community}, http.StatusCreated)
		for _, m := range members {
			x.members[community] = append(x.members[community], ids[m])
			x.wantStatus(http.MethodPut, "/api/v1/communities/"+community+"/members/"+ids[m], adminToken, "")
		}
	}
	x.clients[ids[0]] = []string{ids[4]}
	x.wantStatus(http.MethodPut, "/api/v1/clients/"+ids[4], x.readers[0].token, "")
	return x
}

func (r *running) wantStatus(method, path, token, body string) {
	r.t.Helper()
	if a := r.call(method, path, token, "application/json", strings.NewReader(body)); a.status/100 != 2 {
		r.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
}

// share has a partner share an object at a random level with a community of
// its own, now and then with a part that only the named recipients may see.
func (x *exchange) share(rt *rapid.T) *shared {
	author := rapid.SampledFrom(x.readers[:3]).Draw(rt, "author")
	s := &shared{
		id: "malware--" + uuid.NewString(), word: "whole" + strings.ReplaceAll(uuid.NewString(), "-", ""), owner: author.partner,
		tlp: rapid.SampledFrom(strictness[:5]).Draw(rt, "tlp"), community: "default",
	}
	for _, community := range []string{"health", "energy"} {
		if slices.Contains(x.members[community], author.partner) && rapid.Bool().Draw(rt, community) {
			s.community = community
		}
	}
	for _, r := range x.readers[:5] {
		if rapid.IntRange(0, 3).Draw(rt, "recipient") == 0 {
			s.recipients = append(s.recipients, r.partner)
		}
	}
	more := ""
	if s.tlp != "red" && rapid.Bool().Draw(rt, "granular") {
		s.few = "part" + strings.ReplaceAll(uuid.NewString(), "-", "")
		more = fmt.Sprintf(`,"description":%q,"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["description"]}]`, s.few)
	}
	s.object = fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":%q,"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","is_family":false,"name":%q%s}`, s.id, s.word, more)
	x.send(rt, s, author, s.tlp, s.recipients)
	return s
}

// send shares the object at a level. For the same level it is the same
// contribution.
func (x *exchange) send(rt *rapid.T, s *shared, author *asker, level string, recipients []string) {
	query := url.Values{"tlp": {level}, "community": {s.community}, "recipients": {strings.Join(recipients, ",")}}
	a := x.call(http.MethodPost, "/api/v1/contributions?"+query.Encode(), author.token, "application/stix+json", strings.NewReader(bundle(s.object)))
	var accepted struct {
		ID string `json:"id"`
	}
	if x.decode(a, &accepted); a.status != http.StatusCreated {
		rt.Fatalf("share: %d %s", a.status, a.body)
	}
	s.contribution = accepted.ID
}

// tighten has the owner narrow it further, or withdraw it.
func (x *exchange) tighten(rt *rapid.T, s *shared) {
	at := slices.Index(strictness, s.level())
	to := strictness[rapid.IntRange(at, len(strictness)-1).Draw(rt, "tighter")]
	author := x.readers[slices.IndexFunc(x.readers, func(a *asker) bool { return a.partner == s.owner })]
	path := "/api/v1/objects/" + s.id
	if rapid.Bool().Draw(rt, "by contribution") {
		path = "/api/v1/contributions/" + s.contribution
	}
	want := http.StatusNoContent
	if s.tightened == "withdrawn" {
		return
	}
	switch again := rapid.IntRange(0, 2).Draw(rt, "by sharing again") == 0; {
	case to == "withdrawn":
		x.post(path+"/withdrawal", author.token, map[string]any{"reason": "a mistake"}, want)
	case again:
		recipients := s.recipients // of the part that only they may see
		if to == "red" {
			recipients = s.redRecipients(to)
		}
		x.send(rt, s, author, to, recipients)
	default:
		x.post(path+"/tightening", author.token, map[string]any{"reason": "too wide", "tlp": to, "community": s.community, "recipients": s.redRecipients(to)}, want)
	}
	s.tightened = to
}

func (s *shared) redRecipients(level string) []string {
	if level == "red" && s.tlp == "red" {
		return s.recipients
	}
	return []string{}
}

func (s *shared) level() string {
	if s.tightened != "" {
		return s.tightened
	}
	return s.tlp
}

// listen reads on with the reader's stream, as a partner's program would: what
// it is told it keeps, what is taken back it drops.
func (x *exchange) listen(a *asker) {
	if a.token == "" {
		return
	}
	if x.heard[a] == nil {
		x.heard[a] = map[string][]string{}
	}
	for _, line := range x.backlog(a.token, a.at) {
		a.at = markOf(line)
		x.take(a, line)
	}
}

func (x *exchange) take(a *asker, line stream.Line) {
	switch line.Kind {
	case contribution.KindAccepted:
		var part contribution.Part
		x.decode(answer{body: string(line.Body)}, &part)
		for _, raw := range part.Objects {
			var o struct {
				ID string `json:"id"`
			}
			x.decode(answer{body: string(raw)}, &o)
			x.heard[a][o.ID] = words(string(raw))
		}
	case contribution.KindTightened:
		var notice struct {
			Withdrawn []string `json:"withdrawn"`
		}
		x.decode(answer{body: string(line.Body)}, &notice)
		for _, id := range notice.Withdrawn {
			if x.heard[a][id] == nil {
				x.t.Errorf("%s is told that %s was withdrawn, and had never been told of it", a.name, id)
			}
			delete(x.heard[a], id)
		}
	}
}

// words are the secrets in a text.
func words(text string) (found []string) {
	for _, prefix := range []string{"whole", "part"} {
		for rest := text; ; {
			i := strings.Index(rest, prefix)
			if i < 0 || len(rest) < i+len(prefix)+32 {
				break
			}
			found = append(found, rest[i:i+len(prefix)+32])
			rest = rest[i+len(prefix):]
		}
	}
	return found
}

// holdShared holds everything that a reader is shown of one object against the
// oracle.
func (x *exchange) holdShared(rt *rapid.T, a *asker, s *shared) {
	whole := x.maySeeWhole(a, s)
	few := whole && s.few != "" && x.mayShare(a, s, "red")
	check := func(where, text string, complete bool) {
		if got := strings.Contains(text, s.word); got != whole && (got || complete) {
			rt.Errorf("%s, %s: what %s shared as %s with %s (since %q) for %v is shown: %v", a.name, where, s.owner, s.tlp, s.community, s.tightened, s.recipients, got)
		}
		if got := s.few != "" && strings.Contains(text, s.few); got != few && (got || complete) {
			rt.Errorf("%s, %s: the part of %s for %v is shown: %v", a.name, where, s.id, s.recipients, got)
		}
	}
	check("its page", x.page(a, "/objects/"+s.id), false)
	if strings.Contains(x.page(a, "/search?q="+s.word), s.id) != whole {
		rt.Errorf("%s: the search page shows %s: %v", a.name, s.id, !whole)
	}
	if a.token == "" {
		return
	}
	if heard := x.heard[a][s.id]; slices.Contains(heard, s.word) != whole || slices.Contains(heard, s.few) != few {
		rt.Errorf("%s: after its stream it knows %s, shared as %s, since %q, as %q", a.name, s.id, s.tlp, s.tightened, heard)
	}
	check("the object", x.call(http.MethodGet, "/api/v1/objects/"+s.id, a.token, "", nil).body, true)
	found := x.call(http.MethodGet, "/api/v1/search?q="+s.word, a.token, "", nil).body
	if strings.Contains(found, s.id) != whole {
		rt.Errorf("%s: search finds %s: %v", a.name, s.id, !whole)
	}
	if s.few != "" && strings.Contains(x.call(http.MethodGet, "/api/v1/search?q="+s.few, a.token, "", nil).body, s.id) && !few {
		rt.Errorf("%s: search finds %s by a word that only %v may see", a.name, s.id, s.recipients)
	}
	x.holdTAXII(rt, a, s, whole, check)
}

// holdTAXII asks every collection of every root that the reader knows, and the
// root of a community that it may not know.
func (x *exchange) holdTAXII(rt *rapid.T, a *asker, s *shared, whole bool, check func(where, text string, complete bool)) {
	for _, root := range []string{"default", s.community} {
		list := x.call(http.MethodGet, "/taxii2/"+root+"/collections/", a.token, "", nil)
		knows := root == "default" || slices.Contains(x.members[root], a.partner) || a.name == "administrator"
		if (list.status == http.StatusOK) != knows {
			rt.Errorf("%s: the root of %s answers %d", a.name, root, list.status)
		}
		if list.status != http.StatusOK {
			continue
		}
		var all struct {
			Collections []struct {
				ID      string `json:"id"`
				Title   string `json:"title"`
				CanRead bool   `json:"can_read"`
			} `json:"collections"`
		}
		x.decode(list, &all)
		for _, c := range all.Collections {
			base := "/taxii2/" + root + "/collections/" + c.ID
			if !c.CanRead {
				if got := x.call(http.MethodGet, base+"/objects/", a.token, "", nil).status; got != http.StatusForbidden {
					rt.Errorf("%s: %s of %s cannot be read, and answers %d", a.name, c.Title, root, got)
				}
				continue
			}
			check("TAXII "+root, x.call(http.MethodGet, base+"/objects/?match[id]="+s.id, a.token, "", nil).body, true)
			check("TAXII object "+root, x.call(http.MethodGet, base+"/objects/"+s.id+"/", a.token, "", nil).body, true)
			for _, path := range []string{"/manifest/?match[id]=" + s.id, "/objects/" + s.id + "/versions/"} {
				got := x.call(http.MethodGet, base+path, a.token, "", nil)
				if shown := got.status == http.StatusOK && (strings.Contains(got.body, s.id) || strings.Contains(got.body, "2017-05-12T07:43")); shown != whole {
					rt.Errorf("%s: TAXII %s%s shows it: %v", a.name, root, path, shown)
				}
			}
		}
	}
}
