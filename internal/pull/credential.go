package pull

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/intake"
)

// maxSecret is the longest secret in bytes; a file that is longer is the wrong one.
const maxSecret = 16 << 10

// answerTimeout bounds one answer with its body: a page of 64 MiB over a slow
// line takes minutes.
const answerTimeout = 15 * time.Minute

// secret is the token or the password, empty without one. It is read anew for
// each pull, so that it can be replaced while the hub runs.
func (c Config) secret() (string, error) {
	path := c.TokenFile
	if c.User != "" {
		path = c.PasswordFile
	}
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the credential: %w", err)
	}
	text := strings.TrimSpace(string(raw))
	if text == "" || len(text) > maxSecret || strings.ContainsAny(text, "\r\n\x00") {
		return "", fmt.Errorf("read the credential: %s has to hold one line and nothing else", path)
	}
	return text, nil
}

// authorize adds the credential to a request.
func (c Config) authorize(r *http.Request, secret string) {
	switch {
	case secret == "":
	case c.User != "":
		r.SetBasicAuth(c.User, secret)
	case c.TokenHeader != "":
		r.Header.Set(c.TokenHeader, secret)
	case c.Kind == kindMISP:
		r.Header.Set("Authorization", secret)
	case c.Kind == string(intake.URLhaus), c.Kind == string(intake.ThreatFox), c.Kind == string(intake.Feodo):
		r.Header.Set("Auth-Key", secret)
	default:
		r.Header.Set("Authorization", "Bearer "+secret)
	}
}

// client is what connects for one pull; its certificate is read anew as well.
func (s *source) client() (*http.Client, error) {
	options := s.deps.HTTP
	if options.Timeout == 0 {
		options.Timeout = answerTimeout
	}
	var err error
	if options.TLS, err = dial.TLSConfig(s.cfg.tlsFiles()); err != nil {
		return nil, err
	}
	return dial.HTTPClient(s.deps.Policy, options), nil
}

const userAgent = "tocsin"

// get makes a request for pull's own kinds; the caller closes the answer's body.
// An answer other than 200 and 304 is an error.
func (s *source) get(r *http.Request, client *http.Client, secret string) (*http.Response, error) {
	r.Header.Set("User-Agent", userAgent)
	s.cfg.authorize(r, secret)
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNotModified:
		return answer, nil
	}
	answer.Body.Close()
	shown := *r.URL
	shown.RawQuery = ""
	err = &status{fmt.Sprintf("%s answered %s", shown.Redacted(), answer.Status)}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		err = fmt.Errorf("%w: check the credential of this source", err)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		err = &busy{err, retryAfter(answer.Header.Get("Retry-After"))}
	}
	return nil, err
}

// status is an answer that is no success.
type status struct{ text string }

func (s *status) Error() string { return s.text }

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 for neither.
func retryAfter(text string) time.Duration {
	if d, err := time.ParseDuration(text + "s"); err == nil && d > 0 {
		return d
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

var errWebPage = errors.New("the server answered with a web page: check the address, and whether it wants a credential")
