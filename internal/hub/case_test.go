package hub_test

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// TestACaseBecomesADossier tells a case from its opening to a dossier that an
// outsider verifies, with a restart in between, and what comes after it.
func TestACaseBecomesADossier(t *testing.T) {
	dir := t.TempDir()
	r := startHub(t, dir)
	a, b := r.nation("Alpha", "GB"), r.nation("Beta", "US")
	s := r.tell(a, b)
	if got := r.call(http.MethodGet, "/dossiers/"+s.id+".zip", "", "", nil); got.status != http.StatusNotFound {
		t.Errorf("before publication: %d", got.status)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = startHub(t, dir)
	s.running = r
	s.publish()
	first := s.verify()
	if !bytes.Contains(first, []byte(secretWords)) {
		t.Error("the dossier does not say what the case says")
	}
	r.post("/api/v1/cases/replies", b.token, map[string]any{"case": s.id, "source": "https://news.example/1", "document": map[string]any{
		"case": s.id, "statement": s.statement, "from": "The accused", "relation": "denial", "text": "Without any evidence",
	}}, http.StatusCreated)
	second := s.verify()
	if bytes.Equal(first, second) || !bytes.Contains(second, []byte("Without any evidence")) {
		t.Error("the reply is not in the dossier")
	}
	var records struct {
		Records []struct {
			Record attribution.Record `json:"record"`
		} `json:"records"`
	}
	r.get("/api/v1/cases/"+s.id+"/records", b.token, &records)
	if last := len(records.Records); last < 10 || records.Records[last-1].Record.Kind != attribution.KindReply {
		t.Errorf("%d records", last)
	}
	// What is filed behind the reply waits for the next act that speaks to outsiders.
	r.post("/api/v1/cases/hypotheses", a.token, map[string]string{"case": s.id, "id": "two", "title": "Working title"}, http.StatusCreated)
	if third := s.verify(); !bytes.Equal(second, third) {
		t.Error("what is not public yet is in the dossier")
	}
	whole := r.call(http.MethodGet, "/api/v1/cases/"+s.id+"/dossier", b.token, "", nil)
	if whole.status != http.StatusOK || whole.body != string(second) {
		t.Errorf("over the API: %d", whole.status)
	}
	spoilt := bytes.Replace(second, []byte("Without any evidence"), []byte("Without any avidence"), 1)
	if report := dossier.Verify(spoilt, dossier.Options{Trust: []byte(r.keys().String())}); report.Verdict != dossier.Rejected {
		t.Errorf("a changed word: %s", report.Verdict)
	}
}

// TestWitnessesCosignADossier has two witnesses of three, one of which is dead.
func TestWitnessesCosignADossier(t *testing.T) {
	dir := t.TempDir()
	r := startHub(t, dir)
	logs := r.keys().LogKeys()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	one, two, dead := witnessOf(t, "one", logs...), witnessOf(t, "two", logs...), witnessOf(t, "dead", logs...)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	dead.config.URL = "http://" + silent.Addr().String()
	witnessed := func(c *hub.Config) {
		c.Log = hub.LogConfig{Witnesses: []hub.WitnessConfig{one.config, two.config, dead.config}, Quorum: "2 of [one, two, dead]", Patience: 2 * time.Second}
		c.Dial = dial.Config{Allow: []string{"127.0.0.1"}}
	}
	r = startHub(t, dir, witnessed)
	a, b := r.nation("Alpha", "GB"), r.nation("Beta", "US")
	s := r.tell(a, b)
	s.publish()
	text := s.verify()
	for _, w := range []cosigner{one, two} {
		if !bytes.Contains(text, []byte(w.config.Key)) || !bytes.Contains(text, []byte("— "+w.config.Name+".example/w ")) {
			t.Errorf("the dossier has no cosignature of %s", w.config.Name)
		}
	}
	r.until("the dead witness is reported", func() bool {
		for _, w := range r.logStatus().Witnesses {
			if w.Name == "dead" && w.Error != "" {
				return true
			}
		}
		return false
	})
	for _, w := range r.logStatus().Witnesses {
		if alive := w.Name != "dead"; alive != (w.Error == "") || alive != (w.Size > 0) {
			t.Errorf("witness %+v", w)
		}
	}
	// Without witnesses there is no dossier, and with them again there is one.
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = startHub(t, dir, witnessed, func(c *hub.Config) { c.Log.Quorum = "all of [one, two, dead]" })
	s.running = r
	s.vote(b, attribution.Dissent)
	pending := make(chan int, 1)
	go func() {
		response, err := http.Get(r.URL() + "/dossiers/" + s.id + ".zip")
		if err != nil {
			pending <- 0
			return
		}
		_ = response.Body.Close()
		pending <- response.StatusCode
	}()
	if err := r.Close(); err != nil { // in the middle of making it
		t.Fatal(err)
	}
	if status := <-pending; status == http.StatusOK {
		t.Error("a dossier without the quorum")
	}
	s.running = startHub(t, dir, witnessed)
	if text := s.verify(); !bytes.Contains(text, []byte("dissent")) {
		t.Error("the dossier has no dissent")
	}
}

// TestNothingOfACaseIsPublicBeforeItsPublication looks at every way out that
// needs no token, and at what a partner outside the audience is told.
func TestNothingOfACaseIsPublicBeforeItsPublication(t *testing.T) {
	dir := t.TempDir()
	r := startHub(t, dir)
	a, b := r.nation("Alpha", "GB"), r.nation("Beta", "US")
	s := r.tell(a, b)
	r.until("the log has the case", func() bool { return r.logStatus().Size > 10 })
	public := folderText(t, dir+"/log") + r.call(http.MethodGet, "/api/v1/log/keys", "", "", nil).body
	for _, path := range []string{"/", "/log/checkpoint", "/readyz", "/dossiers/", "/feeds/protections.json", "/api/v1/openapi.json"} {
		public += r.call(http.MethodGet, path, "", "", nil).body
	}
	for _, word := range []string{secretWords, s.id, s.statement} { // acts on keys do name their partners
		if strings.Contains(public, word) {
			t.Errorf("%q is public", word)
		}
	}
	if keys := r.keys(); len(keys.Voters) != 0 {
		t.Errorf("the hub's keys tell who votes in a case that is not public: %v", keys.Voters)
	}
	_, token := r.partner("Gamma", "finance", "FR", "coordinator")
	for _, path := range []string{"", "/records", "/dossier", "/evidence/evidence--11111111-1111-4111-8111-111111111111/deposits"} {
		if got := r.call(http.MethodGet, "/api/v1/cases/"+s.id+path, token, "", nil); got.status != http.StatusNotFound || strings.Contains(got.body, secretWords) {
			t.Errorf("GET %s: %d %s", path, got.status, got.body)
		}
	}
	for path, in := range map[string]any{
		"marks":        map[string]string{"case": s.id, "evidence": "evidence--11111111-1111-4111-8111-111111111111", "status": "contested", "reason": "no"},
		"publications": map[string]string{"case": s.id, "statement": s.statement},
	} {
		r.post("/api/v1/cases/"+path, token, in, http.StatusNotFound)
	}
}

// TestAPartnerProvesItsContribution shows a third party, offline, what the hub
// accepted.
func TestAPartnerProvesItsContribution(t *testing.T) {
	r := startHub(t, "", func(c *hub.Config) { c.Log.Commit = 20 * time.Millisecond })
	id, token := r.partner("Alpha", "energy", "GB", "contributor")
	_, other := r.partner("Beta", "energy", "US", "coordinator")
	var accepted struct {
		ID string `json:"id"`
	}
	r.decode(r.call(http.MethodPost, "/api/v1/contributions", token, "text/plain", strings.NewReader("worm.example\n")), &accepted)
	path := "/api/v1/contributions/" + accepted.ID + "/proof"
	var document answer
	r.until("it is committed to", func() bool {
		document = r.call(http.MethodGet, path, token, "", nil)
		return document.status != http.StatusServiceUnavailable
	})
	c, err := proof.ParseContribution([]byte(document.body))
	if err != nil {
		t.Fatal(err)
	}
	proved, err := proof.Check(c, r.keys())
	if err != nil {
		t.Fatal(err)
	}
	if proved.Partner != id || proved.ID != accepted.ID || len(proved.Objects) == 0 || !strings.Contains(string(proved.Objects[0]), "worm.example") || proved.Accepted.IsZero() || proved.Logged.Before(proved.Accepted.Truncate(time.Second)) {
		t.Errorf("proved %+v", proved)
	}
	if got := r.call(http.MethodGet, path, other, "", nil); got.status != http.StatusNotFound {
		t.Errorf("another partner: %d %s", got.status, got.body)
	}
	if bytes.Contains(c.Entries[0].Record, []byte("worm.example")) || len(c.Entries[0].Key) != 32 {
		t.Error("the ledger holds it in the clear")
	}
}
