package hub

import (
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// LogConfig is who cosigns the hub's public log. Zero values work: nobody does.
type LogConfig struct {
	// Witnesses are asked after each checkpoint; see docs/public-log.md.
	Witnesses []WitnessConfig `toml:"witness"`
	// Quorum is how many of them it takes, such as "2 of [alice, bob, carol]", or
	// "none". It has to be said if there are witnesses.
	Quorum string `toml:"quorum"`
	// Commit is how often the log commits to the whole ledger while something
	// happens: 30s.
	Commit time.Duration `toml:"commit"`
	// Patience is how long one witness is waited for: 5s.
	Patience time.Duration `toml:"patience"`
}

// WitnessConfig is one witness.
type WitnessConfig struct {
	Name string `toml:"name"` // in the quorum and in trust files: 1 to 64 of a-z, 0-9 and '-'
	Key  string `toml:"key"`  // its verifier key, as `tocsin witness` prints it
	URL  string `toml:"url"`  // where it takes checkpoints
}

const noQuorum = "none"

// maxWitnesses is more than any quorum needs; each is asked after each checkpoint.
const maxWitnesses = 64

// Bounds of the times: what lies beyond them is a slip of the pen.
const (
	shortestLogTime = 10 * time.Millisecond
	longestCommit   = time.Hour
	longestPatience = time.Minute
)

// Validate says what is wrong with the settings; zero values are not.
func (c LogConfig) Validate() error {
	names, keys := make(map[string]bool), make(map[string]bool)
	for i, w := range c.Witnesses {
		at, err := url.Parse(w.URL)
		_, keyErr := translog.NewWitnessVerifier(w.Key)
		switch {
		case checkWitnessName(w.Name) != nil:
			return fmt.Errorf("log.witness %d: %w", i+1, checkWitnessName(w.Name))
		case names[w.Name] || keys[w.Key]:
			return fmt.Errorf("log.witness %s: its name or its key is that of another: one that signs twice would count twice", w.Name)
		case keyErr != nil:
			return fmt.Errorf("log.witness %s: key: %w", w.Name, keyErr)
		case err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.User != nil:
			return fmt.Errorf("log.witness %s: url: use one such as https://witness.example, without a password", w.Name)
		}
		names[w.Name], keys[w.Key] = true, true
	}
	switch {
	case len(c.Witnesses) > maxWitnesses:
		return fmt.Errorf("log.witness: there are %d, at most %d are allowed", len(c.Witnesses), maxWitnesses)
	case len(c.Witnesses) > 0 && c.Quorum == "":
		return fmt.Errorf("log.quorum: say how many of the %d witnesses have to cosign, such as \"1 of [%s]\", or \"none\"", len(c.Witnesses), c.Witnesses[0].Name)
	case c.Commit != 0 && (c.Commit < shortestLogTime || c.Commit > longestCommit):
		return fmt.Errorf("log.commit %s: use a time up to %s, such as 30s", c.Commit, longestCommit)
	case c.Patience != 0 && (c.Patience < shortestLogTime || c.Patience > longestPatience):
		return fmt.Errorf("log.patience %s: use a time up to %s, such as 5s", c.Patience, longestPatience)
	}
	group, err := c.quorum()
	if err != nil || group == nil {
		return err
	}
	for _, name := range group.Leaves() {
		if !names[name] {
			return fmt.Errorf("log.quorum: there is no witness %q", name)
		}
	}
	return nil
}

func checkWitnessName(name string) error {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("name %.100q: use 1 to 64 of a-z, 0-9 and '-'", name)
		}
	}
	if name == "" || len(name) > 64 || name == noQuorum || name == "all" || name == "any" {
		return fmt.Errorf("name %.100q: use 1 to 64 of a-z, 0-9 and '-', and not %s, all or any", name, noQuorum)
	}
	return nil
}

// quorum is the group that has to cosign; nil for none.
func (c LogConfig) quorum() (*quorum.Group, error) {
	if c.Quorum == "" || c.Quorum == noQuorum {
		return nil, nil
	}
	group, err := quorum.Parse(c.Quorum, checkWitnessName)
	if err != nil {
		return nil, fmt.Errorf("log.quorum: %w", err)
	}
	return &group, nil
}

// witnesses are those that the logger asks, where the policy lets it connect to.
func (c LogConfig) witnesses(policy dial.Policy) (publiclog.Witnesses, error) {
	group, err := c.quorum()
	if err != nil {
		return publiclog.Witnesses{}, err
	}
	w := publiclog.Witnesses{Quorum: group, Patience: c.Patience}
	ways := dial.HTTPClient(policy, dial.Options{Timeout: longestPatience, Redirects: -1})
	for _, one := range c.Witnesses {
		client := &witness.Client{URL: one.URL, Key: one.Key, HTTP: ways}
		w.List = append(w.List, publiclog.Witness{Name: one.Name, Key: one.Key, Ask: publiclog.AskClient(client)})
	}
	return w, nil
}
