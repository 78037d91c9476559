package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/tocsin-project/tocsin/internal/dial"
)

const (
	mailTimeout = 30 * time.Second // of one mail, with its connection
	keepMail    = 15 * time.Second // a connection without work
	maxMail     = 16               // connections to the mail server at a time
)

// mailer sends by the operator's mail server. What the server has taken is on its way.
type mailer struct {
	cfg    Config
	relay  relay
	from   *mail.Address
	policy dial.Policy
	tls    *tls.Config

	mu   sync.Mutex
	idle []session // the last used at the end
}

// session is a connection that has been greeted, secured and signed in.
type session struct {
	*smtp.Client
	conn net.Conn
	used time.Time
}

// newMailer reads the configuration. The operator has named the server, so it may be
// on the operator's own network.
func newMailer(cfg Config, p dial.Policy) (*mailer, error) {
	r, err := cfg.relay()
	if err != nil {
		return nil, err
	}
	from, err := parseFrom(cfg.From)
	if err != nil {
		return nil, err
	}
	secured, err := dial.TLSConfig(dial.TLSFiles{CA: cfg.SMTPCA})
	if err != nil {
		return nil, err
	}
	secured.ServerName = r.host
	if addr, err := netip.ParseAddr(r.host); err == nil {
		p.Allow = append(p.Allow[:len(p.Allow):len(p.Allow)], netip.PrefixFrom(addr, addr.BitLen()))
	} else {
		p.AllowHosts = append(p.AllowHosts[:len(p.AllowHosts):len(p.AllowHosts)], r.host)
	}
	return &mailer{cfg: cfg, relay: r, from: from, policy: p, tls: secured}, nil
}

func (m *mailer) send(ctx context.Context, p Parcel) error {
	text, err := message(m.from, p)
	if err != nil {
		return unsendable(err, "it cannot be written as a mail")
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	s, err := m.session(ctx)
	if err != nil {
		return failed(err, "no session with the hub's mail server")
	}
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })()
	if err := s.transact(m.from.Address, p.Target, text); err != nil {
		_ = s.Close()
		return err
	}
	m.keep(s)
	return nil
}

// transact is one mail transaction (RFC 5321, section 3.3). The server's no to the
// recipient or to the content is final if its code is of 5yz (section 4.2.1); that to
// the sender is about the operator's settings, and another attempt may fare better.
func (s session) transact(from, to string, text []byte) error {
	if err := s.Mail(from, nil); err != nil {
		return answered(err, false)
	}
	if err := s.Rcpt(to, nil); err != nil {
		return answered(err, true)
	}
	w, err := s.Data()
	if err != nil {
		return answered(err, true)
	}
	if _, err := w.Write(text); err != nil {
		return answered(err, false)
	}
	return answered(w.Close(), true)
}

func answered(err error, final bool) error {
	if err == nil {
		return nil
	}
	var said *smtp.SMTPError
	if !errors.As(err, &said) {
		return failed(err, "the connection to the hub's mail server broke")
	}
	f := failed(err, "the hub's mail server answered %d %s", said.Code, clean(said.Message, maxReason))
	f.Final = final && said.Code/100 == 5
	return f
}

// session is one that was kept and still answers, or a new one.
func (m *mailer) session(ctx context.Context) (session, error) {
	for {
		s, ok := m.kept()
		if !ok {
			return m.connect(ctx)
		}
		stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
		err := s.Reset()
		if stop(); err == nil {
			return s, nil
		}
		_ = s.Close()
	}
}

func (m *mailer) connect(ctx context.Context) (session, error) {
	conn, err := m.policy.DialContext(ctx, "tcp", m.relay.addr)
	if err != nil {
		return session{}, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	s := session{conn: conn}
	if err := m.greet(&s); err != nil {
		return session{}, errors.Join(err, conn.Close())
	}
	return s, nil
}

// Greet connects to the mail server, secures the connection, signs in and says
// goodbye: it sends nothing. Without a mail server it does nothing.
func (c Config) Greet(ctx context.Context, p dial.Policy) error {
	if c.SMTP == "" {
		return nil
	}
	m, err := newMailer(c, p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	s, err := m.connect(ctx)
	if err != nil {
		return err
	}
	return s.Quit()
}

func (m *mailer) greet(s *session) (err error) {
	switch {
	case m.relay.implicit:
		s.Client = smtp.NewClient(tls.Client(s.conn, m.tls))
	case m.relay.plain:
		s.Client = smtp.NewClient(s.conn)
	default:
		// A server that offers no STARTTLS, or somebody on the way who took the offer
		// out, is told nothing.
		if s.Client, err = smtp.NewClientStartTLS(s.conn, m.tls); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	s.CommandTimeout, s.SubmissionTimeout = mailTimeout, mailTimeout
	_, domain, _ := strings.Cut(m.from.Address, "@")
	if err := s.Hello(domain); err != nil {
		return err
	}
	if m.cfg.SMTPUser == "" {
		return nil
	}
	password, err := m.cfg.password()
	if err != nil {
		return err
	}
	return s.Auth(sasl.NewPlainClient("", m.cfg.SMTPUser, password))
}

func (m *mailer) kept() (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.idle)
	if n == 0 {
		return session{}, false
	}
	s := m.idle[n-1]
	m.idle = m.idle[:n-1]
	return s, true
}

func (m *mailer) keep(s session) {
	s.used = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, s)
}

// tidy says goodbye where there was no work for so long.
func (m *mailer) tidy(idle time.Duration) {
	m.mu.Lock()
	var over []session
	for len(m.idle) > 0 && time.Since(m.idle[0].used) >= idle {
		over, m.idle = append(over, m.idle[0]), m.idle[1:]
	}
	m.mu.Unlock()
	for _, s := range over {
		s.CommandTimeout = time.Second
		if s.Quit() != nil {
			_ = s.Close()
		}
	}
}
