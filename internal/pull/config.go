package pull

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/intake"
)

// Config is one source, a [[source]] of the hub's TOML file. Name, Kind, URL
// and Partner have to be given; the zero values of the others work.
type Config struct {
	Name    string `toml:"name"`    // what it is called from now on: a-z, 0-9 and '-', at most 40
	Kind    string `toml:"kind"`    // "hub" (another hub, followed), "taxii", "misp" (a feed), or one of intake.Formats (a text over HTTP)
	URL     string `toml:"url"`     // hub: its own; taxii: of the discovery or of an API root; misp: of the folder with manifest.json
	Partner string `toml:"partner"` // whose contribution it counts as: id or name

	Collection string `toml:"collection"` // taxii: id, alias or title; the only readable one by default

	// Credentials are read from their files at each pull.
	TokenFile    string `toml:"token_file"`
	TokenHeader  string `toml:"token_header"` // where the bare token is sent; by default as Bearer, misp: Authorization, abuse.ch: Auth-Key
	User         string `toml:"user"`         // Basic, with the password file
	PasswordFile string `toml:"password_file"`
	ClientCert   string `toml:"client_cert"` // PEM files
	ClientKey    string `toml:"client_key"`
	CA           string `toml:"ca"`         // roots instead of the system's
	PlainHTTP    bool   `toml:"plain_http"` // allows http:// to other machines

	Every     time.Duration `toml:"every"`     // between pulls, give or take a tenth: 10 minutes
	TLP       string        `toml:"tlp"`       // of objects without a marking: green
	Community string        `toml:"community"` // that "the community" is: the default one
	MaxBytes  int64         `toml:"max_bytes"` // of one answer, unpacked: 64 MiB

	// Communities, Level, Trust and Anew are about kind hub: see federation.Terms. By
	// default the other's default community is taken, for Community, up to green.
	Communities map[string]string `toml:"communities"` // the other hub's, and which one here each stands for
	Level       string            `toml:"level"`       // the narrowest marking that is taken: clear, green or amber
	Trust       string            `toml:"trust"`       // a trust file with the keys of the other hub's public log, which is then watched
	Anew        string            `toml:"anew"`        // another text has the other hub read from its beginning once

	// What intake.Submission.Declare reads, for CSV and MISP.
	Columns       string `toml:"columns"`
	Delimiter     string `toml:"delimiter"`
	Comment       string `toml:"comment"`
	Header        bool   `toml:"header"`
	SharingGroups string `toml:"sharing_groups"`
}

// The kinds that are more than a text.
const (
	kindHub   = "hub"
	kindTAXII = "taxii"
	kindMISP  = "misp"
)

const (
	defaultEvery = 10 * time.Minute
	leastEvery   = 10 * time.Second // to be polite
	defaultBytes = 64 << 20
)

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Kinds are those that a source can have.
func Kinds() []string {
	kinds := []string{kindHub, kindTAXII, kindMISP}
	for _, f := range intake.Formats {
		if f != intake.MISP {
			kinds = append(kinds, string(f))
		}
	}
	return kinds
}

// Validate says what is wrong with the settings; nothing is connected to.
func (c Config) Validate() error {
	if !plainName.MatchString(c.Name) {
		return fmt.Errorf("source %q: give it a name of a-z, 0-9 and '-', at most 40", c.Name)
	}
	if err := c.validate(); err != nil {
		return fmt.Errorf("source %s: %w", c.Name, err)
	}
	return nil
}

func (c Config) validate() error {
	switch {
	case !slices.Contains(Kinds(), c.Kind):
		return fmt.Errorf("kind %q is unknown, use one of %q", c.Kind, Kinds())
	case c.Partner == "":
		return errors.New("say as whose contribution it counts: partner = an id or a name")
	case c.Collection != "" && c.Kind != kindTAXII:
		return errors.New("collection is about kind taxii")
	case c.Every != 0 && c.Every < leastEvery:
		return fmt.Errorf("every = %q: at least %s", c.Every, leastEvery)
	case c.MaxBytes < 0:
		return fmt.Errorf("max_bytes = %d: use a number of bytes", c.MaxBytes)
	case (c.User == "") != (c.PasswordFile == ""):
		return errors.New("user and password_file go together: give both or neither")
	case c.TokenFile != "" && c.User != "":
		return errors.New("give a token_file, or user and password_file, not both")
	case c.TokenHeader != "" && (c.TokenFile == "" || c.Kind == kindTAXII):
		return errors.New("token_header is for the token of token_file, and not for TAXII, which has Bearer and Basic")
	case strings.ContainsAny(c.Community, " \t\n"):
		return fmt.Errorf("community = %q: a name without spaces", c.Community)
	}
	if err := errors.Join(c.validateURL(), c.validateHub()); err != nil {
		return err
	}
	if c.TLP != "" {
		if _, err := access.ParseTLP(c.TLP); err != nil {
			return fmt.Errorf("tlp: %w", err)
		}
	}
	if _, err := dial.TLSConfig(c.tlsFiles()); err != nil {
		return err
	}
	_, err := c.submission("identity--")
	return err
}

func (c Config) validateURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return errors.New("url: it cannot be read as a URL; use https://host/path")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("url = %q: use https://host/path", u.Redacted())
	case u.User != nil:
		return errors.New("url: it holds a credential; use user and password_file, or token_file")
	case u.Scheme == "http" && !c.PlainHTTP && !isLoopback(u.Hostname()):
		return fmt.Errorf("url = %q: what comes over http anybody on the way can change; use https, or set plain_http = true", u.Redacted())
	}
	return nil
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// shownURL is the URL without its query, which may hold a key.
func (c Config) shownURL() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	u.RawQuery = ""
	return u.Redacted()
}

func (c Config) tlsFiles() dial.TLSFiles {
	return dial.TLSFiles{CA: c.CA, Cert: c.ClientCert, Key: c.ClientKey}
}

func (c Config) every() time.Duration { return cmp.Or(c.Every, defaultEvery) }
func (c Config) maxBytes() int64      { return cmp.Or(c.MaxBytes, defaultBytes) }

// origin is what a cursor is about: with another one, it is of no use.
func (c Config) origin() string { return strings.Join([]string{c.Kind, c.URL, c.Collection}, " ") }

// submission is how what comes is taken.
func (c Config) submission(partner access.PartnerID) (intake.Submission, error) {
	s := intake.Submission{
		Partner: partner, PerObject: true, MaxBytes: c.maxBytes(), Source: c.Kind + ":" + c.Name,
		Audience: access.Audience{Community: c.Community},
	}
	if c.TLP != "" {
		level, err := access.ParseTLP(c.TLP)
		if err != nil {
			return s, err
		}
		s.Audience.TLP = level
	}
	options := url.Values{"columns": {c.Columns}, "delimiter": {c.Delimiter}, "comment": {c.Comment}, "sharing_groups": {c.SharingGroups}}
	if c.Header {
		options.Set("header", "true")
	}
	if err := s.Declare(options); err != nil {
		return s, err
	}
	switch {
	case c.Kind == kindTAXII, c.Kind == kindHub:
		s.Format = intake.STIX
	case c.Kind == kindMISP:
		s.Format = intake.MISP
	case c.Kind == string(intake.CSV) && s.Mapping == nil:
		return s, errors.New("declare what the columns are, as columns = \"host:domain,seen:timestamp\"")
	case c.Kind != string(intake.CSV) && s.Mapping != nil:
		return s, errors.New("columns are about kind csv")
	default:
		s.Format = intake.Format(c.Kind)
	}
	return s, nil
}
