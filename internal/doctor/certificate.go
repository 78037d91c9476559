package doctor

import (
	"crypto/tls"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// renewal is how long before its end a certificate should have been renewed.
const renewal = 21 * 24 * time.Hour

func (e *examination) certificate() {
	if e.cfg.TLSCert == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(e.cfg.TLSCert, e.cfg.TLSKey)
	if err != nil {
		e.wrong("certificate", "give tls_cert the chain and tls_key its key, both PEM and readable by the hub's user", "%s and %s: %v", e.cfg.TLSCert, e.cfg.TLSKey, err)
		return
	}
	if info, err := os.Stat(e.cfg.TLSKey); err == nil && info.Mode().Perm()&0o007 != 0 {
		e.wrong("certificate", "chmod 640 "+e.cfg.TLSKey, "everybody on this machine may read the key %s", e.cfg.TLSKey)
	}
	const renew = "renew it, and restart the hub, which reads it at the start"
	left := pair.Leaf.NotAfter.Sub(e.Now())
	ends := pair.Leaf.NotAfter.Format(time.DateOnly)
	switch {
	case left <= 0:
		e.wrong("certificate", renew, "it ended on %s", ends)
	case e.Now().Before(pair.Leaf.NotBefore):
		e.wrong("certificate", "set the clock right, or wait", "it begins on %s", pair.Leaf.NotBefore.Format(time.DateOnly))
	case left < renewal:
		e.doubt("certificate", renew, "it ends on %s", ends)
	default:
		e.sound("certificate", "it ends on %s", ends)
	}
	if public, err := url.Parse(e.cfg.PublicURL); err == nil && public.Hostname() != "" {
		if err := pair.Leaf.VerifyHostname(public.Hostname()); err != nil {
			e.wrong("certificate", "get one for the name in public_url, or set public_url to its name", "%v", err)
		}
	}
}

// credentials looks whether files that the configuration names are there.
func (e *examination) credentials() {
	named := map[string]string{
		"[notices] smtp_password_file": e.cfg.Notices.SMTPPasswordFile, "[guards] popularity": e.cfg.Guards.Popularity,
		"[guards] warning_lists": e.cfg.Guards.WarningLists, "[duties] templates": e.cfg.Duties.Templates,
	}
	for _, o := range e.cfg.OIDC {
		named["[[oidc]] "+o.Name+": client_secret_file"] = o.ClientSecretFile
	}
	for _, s := range e.cfg.Sources {
		named["[[source]] "+s.Name+": token_file"] = s.TokenFile
		named["[[source]] "+s.Name+": password_file"] = s.PasswordFile
	}
	for _, setting := range sortedKeys(named) {
		path := named[setting]
		if path == "" {
			continue
		}
		if f, err := os.Open(filepath.Clean(path)); err != nil {
			e.wrong("configuration", "let the hub's user read it, or name another", "%s: %v", setting, err)
		} else {
			_ = f.Close()
		}
	}
}
