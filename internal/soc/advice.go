package soc

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Advice says in one sentence what to do, for a person at three in the morning.
func (a Alert) Advice() string {
	host := "the host that did"
	if h := a.affected(); h.IsValid() {
		host = h.String()
	}
	value := clean(a.Text, adviceCut)
	if a.Past {
		return fmt.Sprintf("%s was seen before it was known to be an indicator: search your logs from %s to %s for the hosts that met it, and treat each as if it were met now; do not contact it yourself",
			value, a.first().UTC().Format(time.RFC3339), a.Time.UTC().Format(time.RFC3339))
	}
	switch a.polarity() {
	case MustResolve:
		if !a.affected().IsValid() {
			host = "the host that asked for it"
		}
		return fmt.Sprintf("do not block %s: it is a kill switch and must resolve; %s is infected: isolate it from all other hosts, but let it resolve and reach this name", value, host)
	case Block:
		if a.inbound() {
			return fmt.Sprintf("%s contacted %s from outside: block it at the border, and check on %s what it reached and whether anything was started or changed since", value, host, host)
		}
		return fmt.Sprintf(blockAdvice(a.Type), host, value)
	}
	if a.inbound() {
		return fmt.Sprintf("do not block %s yet: look at what it reached on %s, and report to your CERT if it is not expected", value, host)
	}
	return fmt.Sprintf(observeAdvice(a.Type), value, host)
}

// adviceCut is how many bytes of a value stand in a sentence.
const adviceCut = 120

// blockAdvice has the host first and the value second.
func blockAdvice(t observable.Type) string {
	switch t {
	case observable.Domain:
		return "isolate %[1]s and look for the program that asked for %[2]s; keep it powered on for evidence"
	case observable.IPv4, observable.IPv6:
		return "isolate %[1]s and look for the program that talks to %[2]s; keep it powered on for evidence"
	case observable.URL:
		return "isolate %[1]s and look for what was fetched from or sent to %[2]s and by which program; do not open the address yourself"
	case observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512:
		return "isolate %[1]s, quarantine the file with the hash %[2]s and look for it on other hosts; do not run it, and keep a copy for evidence"
	case observable.FileName, observable.FilePath:
		return "look at %[2]s on %[1]s and compare its hash, as a name alone proves nothing; if it is not yours, isolate %[1]s and keep the file for evidence"
	case observable.Mutex:
		return "isolate %[1]s: a running program holds %[2]s; find it before you switch anything off, as memory is evidence"
	case observable.Service:
		return "isolate %[1]s and look at the service %[2]s: who installed it, when, and which program it starts; keep that program for evidence"
	case observable.Registry:
		return "isolate %[1]s and look at the registry key %[2]s: what it starts, and which program wrote it; export it before you remove it"
	case observable.JA3, observable.JA3S, observable.JA4:
		return "look for the program on %[1]s whose TLS connection has the fingerprint %[2]s; harmless programs can share it, so isolate the host only if the program is not expected"
	case observable.Email:
		return "look for mail from or to %[2]s in all mailboxes and take it out; ask whoever uses %[1]s whether anything was opened or entered"
	case observable.Wallet:
		return "isolate %[1]s and look for a ransom note with %[2]s and for encrypted files; pay nothing, and keep the note and the memory for evidence"
	}
	return "isolate %[1]s and look for what brought %[2]s there; keep it powered on for evidence"
}

// observeAdvice has the value first and the host second.
func observeAdvice(t observable.Type) string {
	if t == observable.Domain {
		return "do not block %[1]s: it is only being observed and may be a kill switch; find out which program on %[2]s asked for it, and report to your CERT if it is not expected"
	}
	return "do not block %[1]s yet: it is only being observed; find out what on %[2]s it belongs to, and report to your CERT if it is not expected"
}

// inbound says that the value is the address of who began.
func (a Alert) inbound() bool {
	p, ok := a.Prefix()
	return ok && a.Source.IsValid() && p.Contains(bare(a.Source))
}

// affected is the partner's host: who began, unless that is the value itself.
func (a Alert) affected() netip.Addr {
	if a.inbound() {
		return a.Target
	}
	return a.Source
}
