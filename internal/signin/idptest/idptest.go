// Package idptest is an OpenID Connect provider for tests, on loopback. What it
// does is ory/fosite's, of which the hub itself has nothing; who signs in is
// what the test says, and a test can have it lie.
package idptest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
	"golang.org/x/crypto/bcrypt"
)

// Name, Slug and the client's id and secret are how a hub knows the provider.
const (
	Name         = "Own provider"
	Slug         = "own-provider"
	ClientID     = "tocsin"
	ClientSecret = "a secret of the test's provider"
)

// Provider is one provider.
type Provider struct {
	*httptest.Server
	t     *testing.T
	oauth fosite.OAuth2Provider
	key   *rsa.PrivateKey

	Issuer         string // that its discovery document names
	Subject, Email string // of who signs in: at once, without being asked
	Verified       any    // the claim email_verified

	Twist     func(claims map[string]any)                        // changes an id token before it is signed
	Sign      func(claims map[string]any) string                 // signs it in the place of the provider
	Discovery func(w http.ResponseWriter, honest map[string]any) // answers in the place of the document

	mu   sync.Mutex
	seen []string
}

// key takes a while to make.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// New starts a provider that sends browsers back to the given URLs.
func New(t *testing.T, redirects ...string) *Provider {
	t.Helper()
	p := &Provider{t: t, key: key(), Subject: "248289761001", Email: "ann@water.example", Verified: true}
	hash, err := bcrypt.GenerateFromPassword([]byte(ClientSecret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.URL.Path)
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	p.Issuer = p.URL
	store := storage.NewMemoryStore()
	store.Clients[ClientID] = &fosite.DefaultClient{
		ID: ClientID, Secret: hash, RedirectURIs: redirects,
		ResponseTypes: []string{"code"}, GrantTypes: []string{"authorization_code"}, Scopes: []string{"openid", "email"},
	}
	cfg := &fosite.Config{GlobalSecret: []byte("32 bytes that only the test uses"), IDTokenIssuer: p.URL, EnforcePKCE: true}
	signer := twisted{&jwt.DefaultSigner{GetPrivateKey: func(context.Context) (any, error) { return p.key, nil }}, p}
	p.oauth = compose.Compose(cfg, store, &compose.CommonStrategy{
		CoreStrategy: compose.NewOAuth2HMACStrategy(cfg), OpenIDConnectTokenStrategy: &openid.DefaultStrategy{Signer: signer, Config: cfg}, Signer: signer,
	}, compose.OAuth2AuthorizeExplicitFactory, compose.OpenIDConnectExplicitFactory, compose.OAuth2PKCEFactory)
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discover)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	return p
}

// PublicKey is the one with which its id tokens are checked.
func (p *Provider) PublicKey() *rsa.PublicKey { return &p.key.PublicKey }

// Seen are the paths that were asked for so far.
func (p *Provider) Seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

func (p *Provider) answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.MarshalWrite(w, body); err != nil {
		p.t.Error(err)
	}
}

func (p *Provider) discover(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"},
	}
	if p.Discovery != nil {
		p.Discovery(w, document)
		return
	}
	p.answer(w, document)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	p.answer(w, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

// authorize has whom the test names consent at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	request, err := p.oauth.NewAuthorizeRequest(r.Context(), r)
	if err != nil {
		p.oauth.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	session := openid.NewDefaultSession()
	session.Subject, session.Claims.Subject = p.Subject, p.Subject
	session.Claims.AuthTime = time.Now().UTC()
	session.Claims.Extra = map[string]any{"email": p.Email, "email_verified": p.Verified}
	response, err := p.oauth.NewAuthorizeResponse(r.Context(), request, session)
	if err != nil {
		p.oauth.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	p.oauth.WriteAuthorizeResponse(r.Context(), w, request, response)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	request, err := p.oauth.NewAccessRequest(r.Context(), r, openid.NewDefaultSession())
	if err != nil {
		p.oauth.WriteAccessError(r.Context(), w, request, err)
		return
	}
	response, err := p.oauth.NewAccessResponse(r.Context(), request)
	if err != nil {
		p.oauth.WriteAccessError(r.Context(), w, request, err)
		return
	}
	p.oauth.WriteAccessResponse(r.Context(), w, request, response)
}

// twisted signs as the provider does, unless the test has it lie.
type twisted struct {
	jwt.Signer
	p *Provider
}

func (s twisted) Generate(ctx context.Context, claims jwt.MapClaims, header jwt.Mapper) (token, signature string, err error) {
	if s.p.Twist != nil {
		s.p.Twist(claims)
	}
	if s.p.Sign != nil {
		token = s.p.Sign(claims)
		return token, token[strings.LastIndex(token, ".")+1:], nil
	}
	return s.Signer.Generate(ctx, claims, header)
}
