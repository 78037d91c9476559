package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// Provider is an OpenID Connect provider that may say who somebody is.
type Provider struct {
	Name         string // as the sign-in page shows it; its letters and digits name its paths
	Issuer       string // its URL, exactly as it writes it; https but on loopback
	ClientID     string
	ClientSecret string // empty for a public client: PKCE protects the code either way
	// TrustEmail lets the provider's word about a verified e-mail address stand
	// for an invited person's own link. Only for a provider that alone decides
	// who has an address of the partners.
	TrustEmail bool
}

// Slug is the provider's name in paths: small letters, digits and '-'.
func (p Provider) Slug() string {
	words := strings.FieldsFunc(strings.ToLower(p.Name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func (p Provider) validate() error {
	issuer, err := url.Parse(p.Issuer)
	switch {
	case p.Slug() == "":
		return fmt.Errorf("oidc: name %q: use a name with a letter or digit", p.Name)
	case err != nil || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil:
		return fmt.Errorf("oidc %s: issuer %q: use the provider's URL, without query or fragment", p.Name, p.Issuer)
	case issuer.Scheme != "https" && (issuer.Scheme != "http" || !isLoopback(issuer.Hostname())):
		return fmt.Errorf("oidc %s: issuer %q: use https", p.Name, p.Issuer)
	case p.ClientID == "":
		return fmt.Errorf("oidc %s: client_id is missing: the provider gives one to each client", p.Name)
	}
	return nil
}

// Identity is whom a provider says somebody is.
type Identity struct {
	Issuer  string
	Subject string // never given to another person by the issuer
	Email   string // empty unless the issuer says that it has verified it
}

const (
	outwardPatience = 10 * time.Second
	maxOutward      = 1 << 20 // bytes of an answer
	discoverAgain   = 24 * time.Hour
	askAgain        = 5 * time.Second // a provider that could not be asked
	maxParameter    = 4096            // bytes of a parameter of the callback
	maxSubject      = 255             // OpenID Connect Core 1.0, section 2
)

// algorithms are the signatures that are taken: those that only the provider
// can make. "none" and those with a shared secret are not among them.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// relying is this hub as the client of one provider.
type relying struct {
	Provider
	redirect string
	client   *http.Client
	clock    func() time.Time

	asking     singleflight.Group
	mu         sync.Mutex // held for no longer than to look
	discovered *oidc.Provider
	failed     error // of the last time, if it was not discovered
	at         time.Time
}

// trip is what a visit to a provider began with.
type trip struct {
	slug, state, nonce, verifier string
	link                         string   // the person that links the identity
	new                          newcomer // who enrols with it; neither: to sign in
}

func newRelying(p Provider, origin string, outward *http.Client, clock func() time.Time) *relying {
	client := &http.Client{
		Transport: limited{outward.Transport}, Timeout: outwardPatience,
		// What a provider says stands at the address that it publishes; a
		// redirect could lead anywhere, with the client's secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &relying{Provider: p, redirect: origin + CallbackPath(p.Slug()), client: client, clock: clock}
}

// CallbackPath is where a provider sends the browser back to.
func CallbackPath(slug string) string { return "/sign-in/oidc/" + slug + "/callback" }

// limited bounds what is read of an answer.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	next := l.next
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxOutward)
	}
	return answer, err
}

func (r *relying) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: r.ClientID, ClientSecret: r.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: r.redirect,
		Scopes: []string{oidc.ScopeOpenID, "email"},
	}
}

// begin gives the address to which the browser goes.
func (r *relying) begin(ctx context.Context, t trip) (to string, err error) {
	p, err := r.discover(ctx)
	if err != nil {
		return "", err
	}
	return r.oauth(p).AuthCodeURL(t.state, oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)), nil
}

// finish reads the parameters with which the browser came back, fetches the id
// token for the code, and checks it: OpenID Connect Core 1.0, section 3.1.3.7,
// and the issuer of the answer, RFC 9207.
func (r *relying) finish(ctx context.Context, t trip, parameters url.Values) (Identity, error) {
	code, err := answered(parameters, t.state, r.Issuer)
	if err != nil {
		return Identity{}, err
	}
	p, err := r.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, r.client)
	tokens, err := r.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	var refusal *oauth2.RetrieveError
	switch {
	case errors.As(err, &refusal) && refusal.ErrorCode == "invalid_grant": // RFC 6749, section 5.2: another's code, or a used one
		return Identity{}, fmt.Errorf("%w: the provider does not take the code", ErrRefused)
	case err != nil:
		return Identity{}, fmt.Errorf("%w: exchange the code: %w", ErrUnavailable, err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Identity{}, fmt.Errorf("%w: %s gave no id token", ErrUnavailable, r.Issuer)
	}
	token, err := p.Verifier(&oidc.Config{ClientID: r.ClientID, SupportedSigningAlgs: algorithms, Now: r.clock}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: id token: %w", ErrRefused, err)
	}
	return r.identity(token, t.nonce)
}

// identity is who the verified token speaks of.
func (r *relying) identity(token *oidc.IDToken, nonce string) (Identity, error) {
	var claims struct {
		AuthorizedParty string `json:"azp"`
		Email           string `json:"email"`
		EmailVerified   any    `json:"email_verified"` // true; some providers write "true", which is not it
	}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: id token: %w", ErrRefused, err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return Identity{}, fmt.Errorf("%w: id token: the nonce is not the one of this sign-in", ErrRefused)
	case len(token.Audience) > 1 && claims.AuthorizedParty == "", claims.AuthorizedParty != "" && claims.AuthorizedParty != r.ClientID:
		return Identity{}, fmt.Errorf("%w: id token: it was issued to another client", ErrRefused)
	case token.Subject == "" || len(token.Subject) > maxSubject:
		return Identity{}, fmt.Errorf("%w: id token: the subject has %d bytes, want 1 to %d", ErrRefused, len(token.Subject), maxSubject)
	}
	who := Identity{Issuer: r.Issuer, Subject: token.Subject}
	if claims.EmailVerified == true {
		who.Email = claims.Email
	}
	return who, nil
}

// answered reads a callback's parameters: the code, if the answer is that of
// the provider to this very sign-in.
func answered(parameters url.Values, state, issuer string) (code string, err error) {
	for _, name := range []string{"code", "state", "iss", "error"} {
		switch values := parameters[name]; {
		case len(values) > 1:
			return "", fmt.Errorf("%w: the answer has %q %d times", ErrRefused, name, len(values))
		case len(values) == 1 && len(values[0]) > maxParameter:
			return "", fmt.Errorf("%w: %q has %d bytes, at most %d are taken", ErrRefused, name, len(values[0]), maxParameter)
		}
	}
	switch {
	case state == "" || subtle.ConstantTimeCompare([]byte(parameters.Get("state")), []byte(state)) != 1:
		return "", fmt.Errorf("%w: the answer belongs to another sign-in", ErrRefused)
	case parameters.Has("iss") && parameters.Get("iss") != issuer:
		return "", fmt.Errorf("%w: the answer comes from another provider", ErrRefused)
	case parameters.Has("error"):
		return "", fmt.Errorf("%w: the provider answers %q", ErrRefused, short(parameters.Get("error")))
	case parameters.Get("code") == "":
		return "", fmt.Errorf("%w: the answer has no code", ErrRefused)
	}
	return parameters.Get("code"), nil
}

// short is the error code of a provider as far as it is one: RFC 6749, section
// 4.1.2.1, allows printable ASCII but for '"' and '\'.
func short(code string) string {
	if len(code) > 64 || slices.ContainsFunc([]byte(code), func(b byte) bool { return b < 0x20 || b > 0x7e || b == '"' || b == '\\' }) {
		return "an unreadable error"
	}
	return code
}
