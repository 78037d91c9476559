package web

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// connectView is the configuration that connects an engine, as "tocsin feed connect"
// writes it. The secret of a transfer key is not in it: a page may be looked at over
// a shoulder.
type connectView struct {
	Engine   string
	Engines  []string
	Reach    feed.Reach
	Reaches  []feed.Reach
	Follows  bool // it is a resolver, which takes a transfer key
	Notified bool // it is told of changes, where it listens
	Files    []namedText
	Command  string // that writes the same, with the key
	Problem  string // why there is no configuration
}

func (p *pages) connecting(r reading) (content, error) {
	if r.who.Partner == "" && !r.who.AtLeast(access.Administrator) {
		return content{}, fmt.Errorf("%w: %s", access.ErrForbidden, english.say("feeds.connect.who", nil))
	}
	q := r.URL.Query()
	reach, err := feed.ParseReach(q.Get("reach"))
	if err != nil {
		return content{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	v := connectView{Engine: q.Get("engine"), Engines: feed.Engines(), Reach: reach, Reaches: feed.Reaches}
	if p.Transfer == nil {
		v.Engines = slices.DeleteFunc(v.Engines, feed.Follows)
	}
	if v.Engine == "" {
		v.Engine = v.Engines[0]
	}
	if !slices.Contains(v.Engines, v.Engine) {
		return content{}, fmt.Errorf("%w: unknown engine %q: there are %s", access.ErrInvalid, v.Engine, strings.Join(v.Engines, ", "))
	}
	v.Follows, v.Notified = feed.Follows(v.Engine), feed.Notified(v.Engine)
	cfg := feed.ConnectConfig{}
	if v.Follows {
		cfg = p.Transfer(r.who, reach)
	}
	cfg.HubURL, cfg.TokenFile, cfg.Binary, cfg.Reach = p.origin(r), tokenFile, program, string(reach)
	files, err := withoutSecret(v.Engine, cfg)
	if err != nil {
		v.Problem = err.Error()
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		v.Files = append(v.Files, namedText{name, files[name]})
	}
	command := []string{"tocsin", "feed", "connect", v.Engine, "--hub", cfg.HubURL, "--token-file", tokenFile}
	if reach != feed.Internal {
		command = append(command, "--reach", string(reach))
	}
	if v.Notified {
		command = append(command, "--notify", "ADDR:PORT")
	}
	v.Command = strings.Join(append(command, "--dir", "DIR"), " ")
	return content{"connect", english.say("feeds.connect", v), "/feeds", v}, nil
}

// withoutSecret is an engine's files with words in the place of the transfer key's
// secret, and of what follows from it. The secret itself is left out before they are
// made.
func withoutSecret(engine string, cfg feed.ConnectConfig) (map[string]string, error) {
	placeholder := base64.StdEncoding.EncodeToString(make([]byte, 32))
	cfg.Secret, cfg.Label = placeholder, ""
	files, _, err := feed.Connect(engine, cfg)
	if err != nil {
		return nil, err
	}
	words := strings.NewReplacer(placeholder, english.say("feeds.connect.secret", nil), feed.TransferLabel(placeholder), english.say("feeds.connect.label", nil))
	for name, text := range files {
		files[name] = words.Replace(text)
	}
	return files, nil
}
