package hub_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/taxii"
)

// collectionsOf are the collections of a root, by title.
func (r *running) collectionsOf(c *taxii.Client, root string) map[string]taxii.Collection {
	r.t.Helper()
	list, err := c.Collections(r.t.Context(), r.URL()+"/taxii2/"+root+"/")
	if err != nil {
		r.t.Fatal(err)
	}
	by := map[string]taxii.Collection{}
	for _, one := range list {
		by[one.Title] = one
	}
	return by
}

func (r *running) collectionURL(root string, c taxii.Collection) string {
	return taxii.CollectionURL(r.URL()+"/taxii2/"+root+"/", c.ID)
}

// idsIn are the ids of a collection's objects.
func (r *running) idsIn(c *taxii.Client, url string) []string {
	r.t.Helper()
	var ids []string
	_, err := c.Pull(r.t.Context(), url, taxii.Cursor{}, func(raw jsontext.Value) error {
		head, err := stix.ParseHeader(raw)
		ids = append(ids, head.ID)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

func TestCommunitiesAreRootsAndCollectionsAreViews(t *testing.T) {
	h := startHub(t, "")
	aID, a := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	_, b := h.partner("Bank 01", "financial-services", "DE", "contributor")
	h.post("/api/v1/communities", adminToken, map[string]string{"id": "health", "title": "Health"}, http.StatusCreated)
	h.wantStatus(http.MethodPut, "/api/v1/communities/health/members/"+aID, adminToken, "")
	h.post("/api/v1/collections", adminToken, map[string]any{"community": "health", "title": "Amber indicators", "types": []string{"indicator"}, "tlps": []string{"amber"}}, http.StatusCreated)
	h.post("/api/v1/collections", adminToken, map[string]any{"community": "health", "title": "Worms", "labels": []string{"worm"}}, http.StatusCreated)

	author, outsider := h.taxii(a), h.taxii(b)
	for _, one := range []struct {
		client *taxii.Client
		roots  []string
	}{{author, []string{"default", "health"}}, {outsider, []string{"default"}}} {
		d, err := one.client.Discover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, root := range one.roots {
			want = append(want, h.URL()+"/taxii2/"+root+"/")
		}
		if diff := cmp.Diff(want, d.APIRoots); diff != "" || d.Default != want[0] {
			t.Errorf("the roots are %v, the default %s", d.APIRoots, d.Default)
		}
	}
	if _, err := outsider.Collections(t.Context(), h.URL()+"/taxii2/health/"); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("a community of others answers %v, want what an unknown one answers", err)
	}

	amber, first := indicator(1, "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421")
	green, second := indicator(2, "")
	worm := "malware--11111111-1111-4111-8111-111111111111"
	third := jsontext.Value(strings.Replace(malware(worm, "A worm"), `"type"`, `"labels":["worm"],"type"`, 1))
	health := h.collectionsOf(author, "health")
	// An administrator knows every community, and shares only into its own.
	if status, err := h.taxii(adminToken).Push(t.Context(), h.collectionURL("health", health["community"]), []jsontext.Value{first}); !errors.Is(err, taxii.ErrForbidden) {
		t.Errorf("who is no member shares into the community: %+v, %v", status, err)
	}
	inbox := h.collectionURL("health", health["inbox"])
	if status, err := author.Push(t.Context(), inbox, []jsontext.Value{first, second, third}); err != nil || len(status.Successes) != 3 {
		t.Fatalf("push into the inbox: %+v, %v", status, err)
	}
	if _, err := author.Pull(t.Context(), inbox, taxii.Cursor{}, func(jsontext.Value) error { return nil }); !errors.Is(err, taxii.ErrForbidden) {
		t.Errorf("the inbox is read: %v", err)
	}
	for title, want := range map[string][]string{
		"community": {amber, green, worm}, "Amber indicators": {amber}, "Worms": {worm},
	} {
		slices.Sort(want)
		if diff := cmp.Diff(want, h.idsIn(author, h.collectionURL("health", health[title]))); diff != "" {
			t.Errorf("collection %s: %s", title, diff)
		}
	}
	// A label that only some may see puts nothing into a view that all see.
	hidden := "malware--33333333-3333-4333-8333-333333333333"
	marked := jsontext.Value(strings.Replace(malware(hidden, "Another"), `"type"`,
		`"labels":["worm"],"granular_markings":[{"marking_ref":"`+tlpRed+`","selectors":["labels"]}],"type"`, 1))
	if _, err := author.Push(t.Context(), inbox, []jsontext.Value{marked}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{worm}, h.idsIn(author, h.collectionURL("health", health["Worms"]))); diff != "" {
		t.Errorf("a hidden label: %s", diff)
	}
	if err := author.Delete(t.Context(), h.collectionURL("health", health["community"]), hidden, taxii.Versions{}); err != nil {
		t.Fatal(err)
	}
	if got := h.idsIn(outsider, h.community(outsider)); len(got) != 0 {
		t.Errorf("who is no member is shown %v", got)
	}

	// What is deleted is in no collection, for nobody; what others shared stays.
	home := h.collectionURL("health", health["community"])
	if err := author.Delete(t.Context(), home, green, taxii.Versions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{amber, worm}, h.idsIn(author, home)); diff != "" {
		t.Errorf("after the deletion: %s", diff)
	}
	if err := author.Delete(t.Context(), home, green, taxii.Versions{}); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("a second deletion: %v", err)
	}
	_, foreign := indicator(3, "")
	id3, _ := indicator(3, "")
	if _, err := outsider.Push(t.Context(), h.community(outsider), []jsontext.Value{foreign}); err != nil {
		t.Fatal(err)
	}
	if err := author.Delete(t.Context(), h.community(author), id3, taxii.Versions{}); !errors.Is(err, taxii.ErrForbidden) {
		t.Errorf("another partner's object is deleted: %v", err)
	}
}

func TestStatusOutlivesTheHub(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, dir)
	_, a := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	_, b := h.partner("Bank 01", "financial-services", "DE", "contributor")
	good, raw := indicator(1, "")
	whole, err := h.taxii(a).Push(t.Context(), h.community(h.taxii(a)), []jsontext.Value{raw})
	if err != nil {
		t.Fatal(err)
	}
	_, other := indicator(2, "")
	half, err := h.taxii(a).Push(t.Context(), h.community(h.taxii(a)), []jsontext.Value{other, jsontext.Value(`{"type":"indicator","id":"indicator--1"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = startHub(t, dir)
	for _, want := range []taxii.Status{whole, half} {
		root := h.URL() + "/taxii2/default/"
		got, err := h.taxii(a).Status(t.Context(), root, want.ID)
		want.Requested, got.Requested = time.Time{}, time.Time{} // the ledger's time, not the clock's
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("after a restart: %v %s", err, diff)
		}
		if _, err := h.taxii(b).Status(t.Context(), root, want.ID); !errors.Is(err, taxii.ErrNotFound) {
			t.Errorf("another partner reads the status: %v", err)
		}
	}
	if len(half.Failures) != 1 || len(whole.Successes) != 1 || whole.Successes[0].ID != good {
		t.Errorf("the statuses were %+v and %+v", whole, half)
	}
}

func TestRequestsAreLimitedByToken(t *testing.T) {
	h := startHub(t, "", func(c *hub.Config) {
		c.Limits = ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 0.001, Burst: 2}, Failures: ratelimit.Rate{PerSecond: 0.001, Burst: 1}}
	})
	_, a := h.partner("Hospital 01", "healthcare", "GB", "viewer")
	_, other := h.partner("Telco 01", "communications", "ES", "viewer")
	for _, path := range []string{"/api/v1/me", "/taxii2/default/"} {
		token := a
		if path != "/api/v1/me" {
			_, token = h.partner("Bank 01", "financial-services", "DE", "viewer")
		}
		for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
			got := h.call(http.MethodGet, path, token, "", nil)
			if got.status != want || (want == http.StatusTooManyRequests) != (got.header.Get("Retry-After") != "") {
				t.Errorf("request %d of %s: %d, Retry-After %q", i+1, path, got.status, got.header.Get("Retry-After"))
			}
		}
	}
	// Whoever guesses is slowed down; who has a token at the same address is not.
	for i, want := range []int{http.StatusUnauthorized, http.StatusTooManyRequests} {
		if got := h.call(http.MethodGet, "/api/v1/me", "tocsin_guess", "", nil); got.status != want {
			t.Errorf("guess %d: %d", i+1, got.status)
		}
	}
	if got := h.call(http.MethodGet, "/api/v1/me", other, "", nil); got.status != http.StatusOK {
		t.Errorf("a partner at the address of a guesser: %d", got.status)
	}
	if got := h.call(http.MethodGet, "/api/v1/me", adminToken, "", nil); got.status != http.StatusTooManyRequests {
		t.Errorf("the token that the configuration's author chose, at the address of a guesser: %d", got.status)
	}
}

// Who tries tokens is in the audit, whichever way it tries.
func TestRefusedTokensAreInTheAudit(t *testing.T) {
	for _, path := range []string{"/api/v1/me", "/taxii2/"} {
		h := startHub(t, "")
		for range 3 {
			h.call(http.MethodGet, path, "tocsin_guess", "", nil)
		}
		var audit struct {
			Entries []access.Record `json:"entries"`
		}
		h.get("/api/v1/audit?kind=token.refused", adminToken, &audit)
		if len(audit.Entries) != 1 || audit.Entries[0].About["address"] != "127.0.0.1" || audit.Entries[0].About["count"] != 1.0 {
			t.Errorf("after three guesses at %s: %+v", path, audit.Entries)
		}
	}
}

func TestAShortTokenIsWarnedOf(t *testing.T) {
	for token, warned := range map[string]bool{"hunter42": true, strings.Repeat("7f", 32): false} {
		var log bytes.Buffer
		h := startHub(t, "", func(c *hub.Config) {
			c.AdminToken, c.Logger = token, slog.New(slog.NewTextHandler(&log, nil))
		})
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "token is so short") != warned || strings.Contains(log.String(), token) {
			t.Errorf("with %d characters: %s", len(token), &log)
		}
	}
}

// selfSigned is a certificate of nobody's authority, and its PEM.
func selfSigned(t *testing.T, name string) (tls.Certificate, []byte, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, public, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

func TestAClientCertificateStandsForAToken(t *testing.T) {
	dir := t.TempDir()
	server, public, private := selfSigned(t, "hub.example")
	for name, text := range map[string][]byte{"cert.pem": public, "key.pem": private} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := startHub(t, "", func(c *hub.Config) {
		c.TLSCert, c.TLSKey, c.ClientCertificates = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), true
	})
	roots := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(parsed)
	with := func(certificates ...tls.Certificate) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificates}}}
	}
	admin := http.DefaultClient
	http.DefaultClient = with()
	defer func() { http.DefaultClient = admin }()
	id, _ := h.partner("Hospital 01", "healthcare", "GB", "viewer")

	client, clientPEM, _ := selfSigned(t, "hospital-01.example")
	stranger, _, _ := selfSigned(t, "hospital-01.example")
	var issued struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	body := map[string]string{"partner": id, "role": "viewer", "certificate": string(clientPEM)}
	h.decode(h.post("/api/v1/tokens", adminToken, body, http.StatusCreated), &issued)
	if issued.Token != "" {
		t.Error("a certificate's token has a secret as well")
	}
	h.post("/api/v1/tokens", adminToken, body, http.StatusConflict)
	discover := func(c *http.Client) error {
		_, err := (&taxii.Client{URL: h.URL() + "/taxii2/", HTTP: c, Attempts: 1}).Discover(context.WithoutCancel(t.Context()))
		return err
	}
	if err := discover(with(client)); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
	for name, c := range map[string]*http.Client{"without": with(), "with another": with(stranger)} {
		if err := discover(c); !errors.Is(err, taxii.ErrUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Its bytes are public: who sends them has not shown its key.
	for _, path := range []string{"/api/v1/me", "/taxii2/"} {
		sent, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		sent.SetBasicAuth("anyone", string(client.Certificate[0]))
		answer, err := with().Do(sent)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s with a certificate as the password: status %d", path, answer.StatusCode)
		}
	}
	h.post("/api/v1/tokens/"+issued.ID+"/revocation", adminToken, map[string]string{"reason": "lost"}, http.StatusNoContent)
	if err := discover(with(client)); !errors.Is(err, taxii.ErrUnauthorized) {
		t.Errorf("after its revocation: %v", err)
	}
	bad := bytes.Replace(clientPEM, []byte("CERTIFICATE"), []byte("PUBLIC KEY"), 2)
	h.post("/api/v1/tokens", adminToken, map[string]string{"partner": id, "role": "viewer", "certificate": string(bad)}, http.StatusBadRequest)
}

// Who sends the same version with other content is told that the first stays.
func TestAChangedVersionIsNotDroppedInSilence(t *testing.T) {
	h := startHub(t, "")
	_, a := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	id, first := indicator(1, "")
	if _, err := h.taxii(a).Push(t.Context(), h.community(h.taxii(a)), []jsontext.Value{first}); err != nil {
		t.Fatal(err)
	}
	changed := jsontext.Value(strings.Replace(string(first), `{`, `{"description":"another",`, 1))
	status, err := h.taxii(a).Push(t.Context(), h.community(h.taxii(a)), []jsontext.Value{changed})
	if err != nil || len(status.Successes) != 1 || !strings.Contains(status.Successes[0].Message, "later modified") {
		t.Errorf("TAXII says %+v, %v", status, err)
	}
	changed = jsontext.Value(strings.Replace(string(first), `{`, `{"description":"a third",`, 1))
	var accepted struct {
		Warnings []struct {
			ID   string `json:"id"`
			Rule string `json:"rule"`
		} `json:"warnings"`
	}
	h.decode(h.call(http.MethodPost, "/api/v1/contributions", a, "application/stix+json", bytes.NewReader(changed)), &accepted)
	found := false
	for _, w := range accepted.Warnings {
		found = found || w.Rule == "version-kept" && w.ID == id
	}
	if !found {
		t.Errorf("the API warns of %+v", accepted.Warnings)
	}
}
