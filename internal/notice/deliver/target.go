package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// Check says what stands against a channel at this hub, with access.ErrInvalid, beside
// its form, which notice.State.AddChannel checks: that the hub does not send so, or
// that the target is an address to which the policy does not let it connect. Every name
// is let pass: each connection is checked, by the address that is really connected to.
func (c Config) Check(_ context.Context, p dial.Policy, to notice.Channel) error {
	if err := c.check(p, to); err != nil {
		return fmt.Errorf("add a channel: %w: %w", access.ErrInvalid, err)
	}
	return nil
}

func (c Config) check(p dial.Policy, to notice.Channel) error {
	switch {
	case to.Kind == notice.Mail && c.SMTP == "":
		return errors.New("kind: this hub sends no mail: its operator has to set smtp under [notices]")
	case to.Kind == notice.File && c.Dir == "":
		return errors.New("kind: this hub writes no files: its operator has to set dir under [notices]")
	case to.Kind == notice.Mail || to.Kind == notice.File:
		return nil
	}
	u, err := url.Parse(to.Target)
	if err != nil {
		return errors.New("target: it is not a URL")
	}
	return checkHost(p, u.Hostname())
}

// checkHost looks at literal addresses alone: what it said of a name would tell which
// names there are in the hub's network.
func checkHost(p dial.Policy, host string) error {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil // a name, which is checked when it is dialled
	}
	if err := p.Check(addr); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}
