package publiclog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// Trust is the hub's own keys as a trust file: those of the log, the witnesses
// with their quorum, and the given keys of voters.
func (l *Logger) Trust(voters []trust.Voter) (trust.File, error) {
	var text strings.Builder
	for _, vkey := range l.cfg.Log.Keys() {
		fmt.Fprintf(&text, "log %s\n", vkey)
	}
	names := make(map[string]bool)
	for _, w := range l.cfg.Witnesses.List {
		names[w.Name] = true
		fmt.Fprintf(&text, "witness %s %s\n", w.Name, w.Key)
	}
	if l.cfg.Witnesses.Quorum == nil {
		text.WriteString("quorum none\n")
	} else {
		g := groups{taken: names, text: &text}
		fmt.Fprintf(&text, "quorum %s\n", g.write(*l.cfg.Witnesses.Quorum))
	}
	for _, v := range voters {
		fmt.Fprintf(&text, "voter %s %s\n", v.Partner, v.Key)
	}
	f, err := trust.Parse([]byte(text.String()), false)
	if err != nil {
		return f, fmt.Errorf("write the hub's own keys: %w", err)
	}
	return f, nil
}

// groups writes nested groups as lines of a trust file, in which each has a name.
type groups struct {
	taken map[string]bool
	text  *strings.Builder
}

// write writes a group behind those within it, and gives its name.
func (g *groups) write(group quorum.Group) string {
	members := make([]string, len(group.Members))
	for i, m := range group.Members {
		members[i] = m.Leaf
		if m.Group != nil {
			members[i] = g.write(*m.Group)
		}
	}
	name := group.Name
	for n := 1; name == "" || g.taken[name]; n++ {
		name = "group-" + strconv.Itoa(n)
	}
	g.taken[name] = true
	fmt.Fprintf(g.text, "group %s %d %s\n", name, group.Need(), strings.Join(members, " "))
	return name
}

// rootKeys are the keys that were registered, of which rotations lead to all
// others: what was done to them since, the acts on the log tell.
func rootKeys(acts []voters.Kept) []trust.Voter {
	var roots []trust.Voter
	for _, a := range acts {
		one := trust.Voter{Partner: a.Partner, Key: trust.Key(a.Key)}
		if a.Verb == voters.Register && !slices.Contains(roots, one) {
			roots = append(roots, one)
		}
	}
	return roots
}

// Rotate gives the log one more key, or takes one away; see package translog. The
// keys of a log that several nodes keep do not change.
func (l *Logger) Rotate(ctx context.Context, revoke string) (vkey string, err error) {
	if l.cfg.Shared != nil {
		return "", fmt.Errorf("%w: the keys of a log that several nodes keep cannot be changed", access.ErrConflict)
	}
	if revoke == "" {
		return l.cfg.Log.AddKey(ctx)
	}
	return revoke, l.cfg.Log.RevokeKey(ctx, revoke)
}
