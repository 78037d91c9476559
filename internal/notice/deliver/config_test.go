package deliver

import (
	"errors"
	"strings"
	"testing"
)

func TestConfigThatDoesNotDo(t *testing.T) {
	good := Config{SMTP: "smtps://mail.example:465", From: "tocsin@hub.example"}
	if err := errors.Join(good.Validate(), Config{}.Validate(), Config{Dir: "bundles"}.Validate()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spoil func(*Config)
		part  string
	}{
		{func(c *Config) { c.SMTP = "mail.example:25" }, "smtps://host:465"},
		{func(c *Config) { c.SMTP = "smtps://tocsin:word@mail.example" }, "smtp_user"},
		{func(c *Config) { c.SMTP = "" }, "smtp = "},
		{func(c *Config) { c.From = "" }, "from"},
		{func(c *Config) { c.From = "a@b.example, c@d.example" }, "from"},
		{func(c *Config) { c.From = "a@b.example\r\nBcc: c@d.example" }, "from"},
		{func(c *Config) { c.SMTPUser = "tocsin" }, "TOCSIN_SMTP_PASSWORD"},
		{func(c *Config) { c.SMTPPasswordFile = "f" }, "smtp_user"},
		{func(c *Config) { c.SMTPCA = "/does/not/exist.pem" }, "roots"},
		{func(c *Config) {
			c.SMTP, c.SMTPPlain, c.SMTPUser, c.SMTPPassword = "smtp://mail.example:25", true, "u", "p"
		}, "smtp_plain"},
	} {
		cfg := good
		c.spoil(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.part) || !strings.Contains(err.Error(), "[notices]") {
			t.Errorf("%+v: %v, want it to say %q", cfg, err, c.part)
		}
	}
}

// Only to the hub's own machine, or where the operator has said so, does mail go plain.
func TestWhereMailMayGoPlain(t *testing.T) {
	for _, c := range []struct {
		cfg   Config
		plain bool
	}{
		{Config{SMTP: "smtp://mail.example:587"}, false},
		{Config{SMTP: "smtp://10.0.0.5:25"}, false},
		{Config{SMTP: "smtp://mail.example:25", SMTPPlain: true}, true},
		{Config{SMTP: "smtp://localhost:25"}, true},
		{Config{SMTP: "smtp://127.0.0.1:25"}, true},
		{Config{SMTP: "smtp://127.0.0.1:25", SMTPCA: "ca.pem"}, false},
		{Config{SMTP: "smtps://127.0.0.1:465"}, false},
		{Config{SMTP: "smtps://mail.example", SMTPPlain: true}, false},
	} {
		r, err := c.cfg.relay()
		if err != nil || r.plain != c.plain {
			t.Errorf("%+v: plain %v, %v", c.cfg, r.plain, err)
		}
	}
}
