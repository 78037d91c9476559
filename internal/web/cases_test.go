package web_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// words is a page as people read it, so far as a test needs that.
func words(page string) string {
	for _, tag := range []string{"<bdi>", "</bdi>", "<strong>", "</strong>", "<wbr>"} {
		page = strings.ReplaceAll(page, tag, "")
	}
	return html.UnescapeString(page)
}

func (s *site) shows(path string, cookie *http.Cookie, wants ...string) string {
	s.t.Helper()
	page := words(s.page(path, cookie))
	for _, want := range wants {
		if !strings.Contains(page, want) {
			s.t.Errorf("GET %s does not say %q:\n%s", path, want, page)
		}
	}
	return page
}

// A case on its way says at each step who agrees, who is missing, and what
// speaks against what.
func TestTheStoryOfACase(t *testing.T) {
	s := newSite(t, closed)
	a, b, c := s.nation("Alpha"), s.nation("Beta"), s.nation("Gamma")
	f := s.open(fmt.Sprintf("all of [states: 2/3 of [%s, %s, %s]]", a.ID, b.ID, c.ID), "All of this is made up.", a, b, c)
	_, token := s.token(b.ID, access.Analyst)
	reader := s.signIn(token)
	path := "/cases/" + string(f.id)
	s.shows(path, reader, "All of this is made up.", "states: at least 2/3 of these 3, which is 2", "Nothing of this case is public", "open</span>")

	f.item(attribution.Evidence{Title: "Flat item", Source: "x", Reliability: "C", Credibility: 3, Relevance: "M", Forgeability: "H"})
	f.rate(a, f.items[1], "N", "N")
	f.item(attribution.Evidence{Title: "Hidden item", Seal: "sha256:" + strings.Repeat("0", 64), Reliability: "F", Credibility: 6, Relevance: "L", Forgeability: "M"})
	f.drafted(s.views.Cases.Mark(c.who, attribution.Mark{Case: f.id, Party: "Gamma", Evidence: f.items[1], Status: attribution.ItemContested, Reason: "anybody could have made it"}))
	salt, vector := attribution.Salt{1}, attribution.Vector{"one": 3, "two": 1}
	seal, err := attribution.SealVector(salt, vector)
	if err != nil {
		t.Fatal(err)
	}
	f.drafted(s.views.Cases.Commit(a.who, attribution.Commitment{Case: f.id, Party: "Alpha", Round: 1, Seal: seal.Named()}))
	f.drafted(s.views.Cases.Commit(b.who, attribution.Commitment{Case: f.id, Party: "Beta", Round: 1, Seal: attribution.Digest{7}.Named()}))
	s.shows(path+"/rounds", reader, "open: nobody shows anything yet", "Committed: Alpha, Beta.")
	f.drafted(s.views.Cases.CloseRound(a.who, attribution.Closing{Case: f.id, Party: "Alpha", Round: 1}))
	f.drafted(s.views.Cases.Reveal(a.who, attribution.Revelation{Case: f.id, Party: "Alpha", Round: 1, Salt: salt, Vector: vector}))

	first := f.propose(attribution.Finding, "It was the first group.")
	s.shows("/cases", reader, "The vote of Beta is missing", f.path(first), "put to the vote", "simulated")
	_, token = s.token(b.ID, access.Viewer)
	if page := s.page("/cases", s.signIn(token)); strings.Contains(page, "is missing") {
		t.Error("somebody who may not vote is asked to")
	}
	f.vote(a, first, attribution.Endorse, "We are sure.")
	f.vote(c, first, attribution.Dissent, "We are not.")
	s.shows(path, reader, "The vote of Beta is missing", "On the statement that waits for votes: agreed: Alpha. Missing: Beta, Gamma. That is not enough yet.",
		first[:16], "likely (55-80 %)", "Who paid", "An arrest", "We are sure.", "We are not.", "-4.00", "contradicted least", "<title>E1, The first group: very consistent, the mean of 3 ratings</title>", "states: at least 2/3", "1 agreed, 1 more needed")
	s.shows(path+"/evidence", reader, "non-diagnostic", "easy to forge", "contested", "Marked by Gamma: anybody could have made it", "sealed", "does not count", "decisive", `title="source usually reliable, information probably true"`)
	s.shows(path+"/evidence/"+string(f.items[1]), reader, "E2: Flat item", "Marked by Gamma: anybody could have made it", "N (neutral)", "as it looks")
	s.shows(path+"/rounds", reader, "Not revealed: Beta", "The first group 75.0\u00a0%; The second group 25.0\u00a0%", `<svg class="dots"`, "Round 1: the mean is 75.0\u00a0%")
	s.shows(path+"/sensitivity", reader, "Of 2 items that count, 1 would change the ranking if left out.", "Of 3 partners that rated, none would change it.", "Without E1", "others lead")
	f.vote(b, first, attribution.Endorse, "So are we.")
	if page := s.shows("/cases", reader); strings.Contains(page, "is missing") {
		t.Error("the vote that was cast is asked for")
	}
	f.publish(first)
	f.drafted(s.views.Cases.Reply(a.who, attribution.Reply{Case: f.id, Party: "Alpha", Source: "a newspaper", Document: attribution.Answer{
		Case: f.id, Statement: first, From: "The accused", Relation: attribution.Denial, Text: "Without any evidence.",
	}}))
	page := s.shows(path, reader, "Published: finding, version 1", "Contested: there is a denial or a dissenting vote.", "Without any evidence.", "Not signed; to version 1",
		`href="/dossiers/`+string(f.id)+`.zip"`, "tocsin verify "+string(f.id)+".zip --trust KEYS", "adopted", "not adopted", "That is enough.")
	if strings.Count(page, "All of this is made up.") != 2 {
		t.Error("what is simulated is not said at both ends")
	}
	s.shows("/cases", reader, "published", "contested", "The first group", "Likelihood: likely (55-80 %).", "Confidence: moderate.")

	second := f.propose(attribution.Update, "It still was.")
	s.shows(path, reader, "a new statement waits for votes", "Waits for votes: update, version 2", "Published: finding, version 1", "Missing: Alpha, Beta, Gamma")
	third := f.propose(attribution.Update, "It is settled.")
	for _, n := range []nation{a, b, c} {
		f.vote(n, third, attribution.Endorse, "Yes.")
	}
	f.publish(third)
	s.shows(path, reader, "Published: update, version 2", "overtaken", "published before", f.path(second))
	s.shows(f.path(second), reader, "All of this is made up.", "overtaken", "It still was.", "Another statement has taken the place of this one")
	s.shows(f.path(third), reader, "A program's token has no passkey", "tocsin case vote")
}

// What a partner writes cannot look like something else.
func TestWordsOfACaseAreSeen(t *testing.T) {
	s := newSite(t, closed)
	a := s.nation("Alpha")
	f := s.open("1 of ["+string(a.ID)+"]", "", a)
	statement := f.propose(attribution.Finding, "It was \u202ethe first\u200b group.")
	f.vote(a, statement, attribution.Endorse, "We \u202eagree.")
	_, token := s.token(a.ID, access.Analyst)
	reader := s.signIn(token)
	for _, path := range []string{"/cases/" + string(f.id), f.path(statement)} {
		if page := s.shows(path, reader, "It was [U+202E]the first[U+200B] group.", "We [U+202E]agree."); strings.ContainsAny(page, "\u202e\u200b") {
			t.Errorf("GET %s has what cannot be seen", path)
		}
	}
}

// However much there is in a case, its page stays of a size for a bad line.
func TestTheCasePageIsBounded(t *testing.T) {
	s := newSite(t, closed)
	var members []nation
	var ids []string
	for i := range 60 {
		members = append(members, s.nation(fmt.Sprint("Nation with a name of usual length ", i)))
		ids = append(ids, string(members[i].ID))
	}
	f := s.open("2/3 of ["+strings.Join(ids, ", ")+"]", "Made up.", members[:2]...)
	for i := range 150 {
		f.item(attribution.Evidence{Title: fmt.Sprint("Item of evidence ", i), Source: "a report of usual length on what somebody saw", Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L"})
	}
	long := strings.Repeat("Nobody reads all of this. ", 300)
	for range 5 {
		f.propose(attribution.Finding, "Again: "+fmt.Sprint(len(f.items))+long[:100])
		f.item(attribution.Evidence{Title: "One more", Source: "x", Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L"})
	}
	f.cites = f.items[len(f.items)-1:]
	last := f.propose(attribution.Finding, "At last.")
	for _, m := range members {
		f.vote(m, last, attribution.Dissent, long)
	}
	_, token := s.token(members[0].ID, access.Analyst)
	reader := s.signIn(token)
	path := "/cases/" + string(f.id)
	s.shows(path, reader, "55 more voices", "…", "Other statements", "All 156 items of evidence")
	s.shows(path+"/evidence?from=141", reader, "Items 142 to 156 of 156.", `id="e156"`)
	whole := s.shows(f.path(last), reader, "30 more voices")
	voice := regexp.MustCompile(`\?record=\d+#whole-\d+">the rest`).FindString(whole)
	query, _, found := strings.Cut(voice, "#")
	if again := s.shows(f.path(last)+query, reader); !found || strings.Count(again, strings.TrimSpace(long)) != strings.Count(whole, strings.TrimSpace(long))+1 {
		t.Errorf("a vote that is cut (%q) is nowhere whole", voice)
	}
	for _, path := range []string{path, "/cases", path + "/evidence", path + "/sensitivity", path + "/rounds", path + "/proofs", path + "/evidence/" + string(f.items[0]), f.path(last)} {
		if size := len(s.page(path, reader)); size > 150<<10 {
			t.Errorf("GET %s: %d bytes", path, size)
		} else {
			t.Logf("GET %s: %d bytes", path, size)
		}
	}
	if w := s.get("/cases/"+string(f.id)+"/statements/x", reader); w.Code != http.StatusBadRequest {
		t.Errorf("no digest: status %d", w.Code)
	}
	if w := s.get(f.path(strings.Repeat("0", 64)), reader); w.Code != http.StatusNotFound {
		t.Errorf("no statement: status %d", w.Code)
	}
}

// A vote that a member owes is among what needs it on the first page, for those who
// can see to it, and no longer once it is cast.
func TestAnOwedVoteNeedsItsMember(t *testing.T) {
	s := newSite(t, closed)
	a, b, c := s.nation("Alpha"), s.nation("Beta"), s.nation("Gamma")
	f := s.open(fmt.Sprintf("all of [states: all of [%s, %s]]", a.ID, b.ID), "", a, b)
	statement := f.propose(attribution.Finding, "It was the first group.")
	link := `href="` + f.path(statement) + `"`
	reader := map[string]*http.Cookie{}
	for name, of := range map[string]struct {
		access.PartnerID
		access.Role
	}{"member": {b.ID, access.Analyst}, "viewer": {b.ID, access.Viewer}, "outsider": {c.ID, access.Analyst}} {
		_, token := s.token(of.PartnerID, of.Role)
		reader[name] = s.signIn(token)
	}
	for name, cookie := range reader {
		page := words(s.page("/", cookie))
		if got, want := strings.Contains(page, link) && strings.Contains(page, "waits for the vote of your organisation"), name == "member"; got != want {
			t.Errorf("the %s is told of the vote: %t", name, got)
		}
	}
	f.vote(b, statement, attribution.Endorse, "We are sure.")
	if strings.Contains(s.page("/", reader["member"]), link) {
		t.Error("the vote that was cast needs the member still")
	}
}
