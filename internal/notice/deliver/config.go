package deliver

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// Config is the hub's table [notices]. Zero values work: without SMTP there is no
// mail, without Dir there are no files.
type Config struct {
	// SMTP is the operator's mail server: smtps://host:465 for TLS from the start,
	// smtp://host:587 for STARTTLS, without which nothing is sent, except to
	// loopback without SMTPCA, or with SMTPPlain.
	SMTP             string `toml:"smtp"`
	From             string `toml:"from"`      // the sender, such as "Tocsin <tocsin@hub.example>"
	SMTPUser         string `toml:"smtp_user"` // AUTH PLAIN, with the password of the file or of TOCSIN_SMTP_PASSWORD
	SMTPPasswordFile string `toml:"smtp_password_file"`
	SMTPCA           string `toml:"smtp_ca"`    // PEM: roots instead of the system's
	SMTPPlain        bool   `toml:"smtp_plain"` // mail may go without TLS
	// Dir is where channels of kind file have their bundles written: a directory
	// for each partner.
	Dir string `toml:"dir"`

	SMTPPassword string `toml:"-"`
}

// Validate says what is wrong with the settings; nothing is connected to.
func (c Config) Validate() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("[notices]: %w", err)
	}
	return nil
}

func (c Config) validate() error {
	if c.SMTP == "" {
		if c.From != "" || c.SMTPUser != "" || c.SMTPPasswordFile != "" || c.SMTPCA != "" || c.SMTPPlain {
			return errors.New("from, smtp_user, smtp_password_file, smtp_ca and smtp_plain are about mail: say smtp = \"smtps://host:465\" as well")
		}
		return nil
	}
	r, err := c.relay()
	if err != nil {
		return err
	}
	if _, err := parseFrom(c.From); err != nil {
		return err
	}
	switch {
	case c.SMTPUser != "" && c.SMTPPasswordFile == "" && c.SMTPPassword == "":
		return errors.New("smtp_user needs a password: smtp_password_file, or TOCSIN_SMTP_PASSWORD")
	case c.SMTPUser == "" && c.SMTPPasswordFile != "":
		return errors.New("smtp_password_file needs smtp_user")
	case c.SMTPUser != "" && r.plain && !loopback(r.host):
		return errors.New("smtp_user with smtp_plain: a password is not sent where anybody on the way can read it; leave smtp_plain out")
	}
	_, err = dial.TLSConfig(dial.TLSFiles{CA: c.SMTPCA})
	return err
}

// relay is where the mail server is and how it is spoken to.
type relay struct {
	host, addr string
	implicit   bool // TLS from the start
	plain      bool // no TLS
}

func (c Config) relay() (relay, error) {
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return relay{}, errors.New("smtp: use smtps://host:465 or smtp://host:587")
	}
	if u.User != nil {
		return relay{}, errors.New("smtp holds a credential: use smtp_user and smtp_password_file")
	}
	r := relay{host: u.Hostname(), implicit: u.Scheme == "smtps"}
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[r.implicit]
	}
	r.addr = net.JoinHostPort(r.host, port)
	r.plain = !r.implicit && (c.SMTPPlain || loopback(r.host) && c.SMTPCA == "")
	return r, nil
}

func loopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// password is that of AUTH: the environment's, or the file's as it is now.
func (c Config) password() (string, error) {
	if c.SMTPPassword != "" {
		return c.SMTPPassword, nil
	}
	text, err := os.ReadFile(c.SMTPPasswordFile)
	if err != nil {
		return "", fmt.Errorf("read smtp_password_file: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

func parseFrom(text string) (*mail.Address, error) {
	from, err := mail.ParseAddress(text)
	if err != nil || !plainAddress(from.Address) {
		return nil, fmt.Errorf("from = %q: use an address, such as \"Tocsin <tocsin@hub.example>\"", text)
	}
	return from, nil
}

// plainAddress says whether an address is as every mail server takes it: ASCII
// without spaces, quotes and brackets, and no longer than RFC 5321, section 4.5.3.1.3.
func plainAddress(a string) bool {
	return len(a) <= 254 && strings.Count(a, "@") == 1 &&
		!strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"\,;:()[]`, r) })
}
