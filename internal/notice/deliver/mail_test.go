package deliver

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/dial"
)

var at = time.Date(2017, 5, 12, 10, 12, 0, 0, time.UTC)

func parcel() Parcel {
	return Parcel{
		Key: "delivery--1", Target: "soc@hospital.example", At: at,
		Subject: "[TLP:GREEN] critical: Ångström is scanned on port 445", Text: "Eine Zeile.\n.\nTwo: =3D\n" + strings.Repeat("long ", 300),
	}
}

func mailTo(t testing.TB, cfg Config) *mailer {
	t.Helper()
	cfg.From = "Tocsin <tocsin@hub.example>"
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	m, err := newMailer(cfg, dial.Policy{}) // the operator has named the server: no more is needed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.tidy(0) })
	return m
}

func TestMailOverTLS(t *testing.T) {
	pair, ca := certificate(t)
	secret := filepath.Join(t.TempDir(), "smtp.secret")
	if err := os.WriteFile(secret, []byte("a password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, implicit := range map[string]bool{"smtp": false, "smtps": true} {
		t.Run(name, func(t *testing.T) {
			server := startMail(t, &pair, implicit, "a password")
			m := mailTo(t, Config{SMTP: name + "://" + server.addr, SMTPCA: ca, SMTPUser: "tocsin", SMTPPasswordFile: secret})
			p := parcel()
			if err := m.send(t.Context(), p); err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
			got := <-server.arrived
			if got.from != "tocsin@hub.example" || got.to != p.Target || got.user != "tocsin" || !implicit && !got.secure {
				t.Errorf("envelope %+v", got)
			}
			checkMail(t, got.text, p)
		})
	}
}

// checkMail reads a mail as its receiver does.
func checkMail(t *testing.T, text []byte, p Parcel) {
	t.Helper()
	read, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	want := map[string]string{
		"From": `"Tocsin" <tocsin@hub.example>`, "To": "<" + p.Target + ">", "Message-Id": "<" + p.Key + "@hub.example>",
		"Auto-Submitted": "auto-generated", "Date": "Fri, 12 May 2017 10:12:00 +0000", "Mime-Version": "1.0",
		"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "quoted-printable", "X-Auto-Response-Suppress": "All",
	}
	got := map[string]string{}
	for name, values := range read.Header {
		got[name] = strings.Join(values, "\n")
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got["Subject"])
	if err != nil || subject != p.Subject {
		t.Errorf("subject %q, %v, want %q", subject, err, p.Subject)
	}
	delete(got, "Subject")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
	if err != nil || strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != strings.TrimRight(p.Text, "\n") {
		t.Errorf("body %q, %v, want %q", body, err, p.Text)
	}
}

// Whatever stands in a parcel, a mail has one header and its fields, and goes to one
// receiver.
func TestNothingIsInjectedIntoAMail(t *testing.T) {
	const evil = "x\r\nBcc: everybody@example.org\r\n\r\n<script>\x00\x1b[2J\u202e"
	server := startMail(t, nil, false, "")
	m := mailTo(t, Config{SMTP: "smtp://" + server.addr})
	fields := []string{
		"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress",
	}
	for name, spoil := range map[string]func(*Parcel){
		"key":     func(p *Parcel) { p.Key = evil },
		"subject": func(p *Parcel) { p.Subject = evil },
		"text":    func(p *Parcel) { p.Text = evil + "\r\n.\r\nMAIL FROM:<a@b.example>\r\n" },
		"target":  func(p *Parcel) { p.Target = "soc@hospital.example" + evil },
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := server.count()
			p := parcel()
			spoil(&p)
			err := m.send(t.Context(), p)
			if name == "target" {
				if after, _ := server.count(); err == nil || after != before {
					t.Fatalf("it was sent to %q: %v", p.Target, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := <-server.arrived
			read, err := mail.ReadMessage(bytes.NewReader(got.text))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for field := range read.Header {
				names = append(names, field)
			}
			slices.Sort(names)
			if diff := cmp.Diff(fields, names); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			if err != nil || strings.ContainsAny(subject, "\r\n\x00\x1b\u202e") {
				t.Errorf("subject %q, %v", subject, err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
			if err != nil || bytes.ContainsAny(body, "\x00\x1b\u202e") || got.to != "soc@hospital.example" {
				t.Errorf("to %s: %q, %v", got.to, body, err)
			}
		})
	}
	if mails, _ := server.count(); mails != 3 {
		t.Errorf("%d mails for 3 parcels", mails)
	}
}

func TestWhatTheMailServerSays(t *testing.T) {
	server := startMail(t, nil, false, "")
	m := mailTo(t, Config{SMTP: "smtp://" + server.addr})
	for _, c := range []struct {
		command string
		code    int
		final   bool
	}{{"RCPT", 450, false}, {"RCPT", 550, true}, {"DATA", 452, false}, {"DATA", 554, true}, {"MAIL", 451, false}, {"MAIL", 550, false}} {
		server.set(c.command, &smtp.SMTPError{Code: c.code, Message: "because\x1b of that"})
		f := failure(m.send(t.Context(), parcel()))
		server.set(c.command, nil)
		if f.Final != c.final || !strings.Contains(f.Why, "because of that") || f.Gone {
			t.Errorf("%s %d: %+v", c.command, c.code, f)
		}
	}
	if err := m.send(t.Context(), parcel()); err != nil {
		t.Errorf("after all that: %v", err)
	}
	if mails, _ := server.count(); mails != 1 {
		t.Errorf("%d mails", mails)
	}
}

// Without the TLS that is asked for nothing is told to the server, not even who asks.
func TestMailIsNotSentInTheClear(t *testing.T) {
	pair, _ := certificate(t)
	_, other := certificate(t)
	plain := startMail(t, nil, false, "a password")
	secure := startMail(t, &pair, false, "a password")
	for name, c := range map[string]struct {
		server *mailServer
		part   string
	}{"no STARTTLS": {plain, "STARTTLS"}, "another's certificate": {secure, "certificate"}} {
		m := mailTo(t, Config{SMTP: "smtp://" + c.server.addr, SMTPCA: other, SMTPUser: "tocsin", SMTPPassword: "a password"})
		err := m.send(t.Context(), parcel())
		f := failure(err)
		if f.Final || err == nil || !strings.Contains(errors.Unwrap(err).Error(), c.part) {
			t.Errorf("%s: %+v, %v", name, f, errors.Unwrap(err))
		}
		if mails, _ := c.server.count(); mails > 0 {
			t.Errorf("%s: it was sent", name)
		}
	}
}

func TestMailKeepsItsConnection(t *testing.T) {
	server := startMail(t, nil, false, "")
	m := mailTo(t, Config{SMTP: "smtp://" + server.addr})
	for range 3 {
		if err := m.send(t.Context(), parcel()); err != nil {
			t.Fatal(err)
		}
	}
	if mails, sessions := server.count(); mails != 3 || sessions != 1 {
		t.Errorf("%d mails in %d sessions", mails, sessions)
	}
	_ = m.idle[0].conn.Close() // as a server does that has waited for long
	if err := m.send(t.Context(), parcel()); err != nil {
		t.Fatal(err)
	}
	m.tidy(0)
	if mails, sessions := server.count(); mails != 4 || sessions != 2 || len(m.idle) != 0 {
		t.Errorf("%d mails in %d sessions, %d kept", mails, sessions, len(m.idle))
	}
}
