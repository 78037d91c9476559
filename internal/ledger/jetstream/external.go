package jetstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
)

// External is a cluster of NATS servers that is there already, instead of one that
// the nodes are. Its operator has to deny the ledger's user to change, purge and delete
// streams, and to set sync_interval to always: both are looked at, and refused otherwise.
type External struct {
	Servers []string // tls://HOST:PORT; nats:// on loopback only
	// Credentials and System are files: of NATS (.creds), or USER:PASSWORD. Credentials
	// are the ledger's; System is a user of the system account, of whom the servers
	// are asked how they store, once, when the node starts.
	Credentials, System string
}

// copiesOutside is how many of an external cluster's servers keep the ledger.
const copiesOutside = 3

// lookTime is how long servers have to answer what is found out at the start.
const lookTime = 3 * time.Second

// join connects to the servers, and sees that they keep their word.
func (n *Node) join(ctx context.Context, e External, identity *tls.Config) error {
	for _, one := range e.Servers {
		if err := trusted(one); err != nil {
			return err
		}
	}
	n.outside = func(credentials string) (*nats.Conn, error) {
		login, err := loginOf(credentials)
		if err != nil {
			return nil, err
		}
		options := []nats.Option{
			login, nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery), nats.ReconnectBufSize(-1), nats.Name(n.name),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { n.log.Warnf("%v", err) }),
		}
		if strings.HasPrefix(e.Servers[0], "tls:") {
			options = append(options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: identity.Certificates, RootCAs: identity.RootCAs}))
		}
		conn, err := nats.Connect(strings.Join(e.Servers, ","), options...)
		if err != nil {
			return nil, fmt.Errorf("connect to the NATS servers: %w", err)
		}
		return conn, nil
	}
	n.credentials = e.Credentials
	return errors.Join(n.lookHowTheyStore(ctx, e.System), n.lookWhatIsAllowed(ctx))
}

// reconnectEvery is the pause between tries to find a server again.
const reconnectEvery = 250 * time.Millisecond

// trusted refuses to send credentials and entries in the clear over a network.
func trusted(server string) error {
	at, err := url.Parse(server)
	if err != nil {
		return fmt.Errorf("server %q: %w", server, err)
	}
	switch host, err := netip.ParseAddr(at.Hostname()); {
	case at.User != nil:
		return errors.New("a server's URL must not hold a password: name a file by credentials")
	case at.Scheme == "tls", at.Scheme == "nats" && err == nil && host.IsLoopback():
		return nil
	}
	return fmt.Errorf("server %q: use tls://HOST:PORT", server)
}

// loginOf reads how to log in: a file of NATS, or one with a user and a password.
func loginOf(file string) (nats.Option, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if strings.HasPrefix(string(text), "-----BEGIN") {
		return nats.UserCredentials(file), nil
	}
	user, password, found := strings.Cut(strings.TrimSpace(string(text)), ":")
	if !found {
		return nil, fmt.Errorf("credentials %s: it is neither a file of NATS nor USER:PASSWORD", file)
	}
	return nats.UserInfo(user, password), nil
}

// storing is what a server says of its storage (its answer to a ping for JSZ).
type storing struct {
	Server struct {
		Name string `json:"name"`
	} `json:"server"`
	Data struct {
		Disabled bool `json:"disabled"`
		Config   struct {
			SyncAlways bool `json:"sync_always"`
		} `json:"config"`
	} `json:"data"`
}

// lookHowTheyStore asks every server whether it acknowledges what is not on disk.
func (n *Node) lookHowTheyStore(ctx context.Context, system string) error {
	conn, err := n.outside(system)
	if err != nil {
		return fmt.Errorf("the system account: %w", err)
	}
	defer conn.Close()
	inbox := conn.NewInbox()
	answers, err := conn.SubscribeSync(inbox)
	if err == nil {
		err = conn.PublishRequest("$SYS.REQ.SERVER.PING.JSZ", inbox, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	stores := 0
	for err == nil {
		var m *nats.Msg
		if m, err = answers.NextMsgWithContext(ctx); err != nil {
			break
		}
		var one storing
		if err = json.Unmarshal(m.Data, &one); err != nil {
			return fmt.Errorf("read how a server stores: %w", err)
		}
		switch {
		case one.Data.Disabled:
		case !one.Data.Config.SyncAlways:
			return fmt.Errorf("the server %s: %w", one.Server.Name, errUnsynced)
		default:
			stores++
		}
	}
	if stores < copiesOutside {
		return fmt.Errorf("of %d servers that store it is known that they do it before they acknowledge, %d are needed (%w)", stores, copiesOutside, err)
	}
	return nil
}

// lookWhatIsAllowed tries, on a stream that does not exist, what the ledger's user must
// not be able to do: a server that lets it answers that there is no such stream.
func (n *Node) lookWhatIsAllowed(ctx context.Context) error {
	conn, err := n.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	if most := conn.MaxPayload(); most < maxPayload {
		return fmt.Errorf("the servers take messages of up to %d bytes, %d are needed: set max_payload to 2MB", most, maxPayload)
	}
	found := make(chan error)
	for _, what := range []string{"UPDATE", "PURGE", "DELETE"} {
		go func() { found <- n.denied(ctx, conn, "$JS.API.STREAM."+what+".tocsin-none") }()
	}
	go func() { found <- n.denied(ctx, conn, "$JS.API.STREAM.MSG.DELETE.ledger") }()
	return errors.Join(<-found, <-found, <-found, <-found)
}

// denied is an error if a request is answered.
func (n *Node) denied(ctx context.Context, conn *nats.Conn, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime/2)
	defer cancel()
	if _, err := conn.RequestWithContext(ctx, subject, []byte("{}")); err != nil {
		return nil // nobody answers: it is denied
	}
	return fmt.Errorf("the ledger's user may publish to %s, with which entries can be destroyed: deny it", subject)
}
