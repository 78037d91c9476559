package deliver

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// OldAfter is the age from which a bulletin is to be read with doubt.
const OldAfter = 24 * time.Hour

// Print writes a bulletin for a person. Whatever it holds, no character that could
// steer a terminal is among what is written.
func (b Bulletin) Print(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) {
		for i, a := range args {
			args[i] = clean(fmt.Sprint(a), maxInText)
		}
		fmt.Fprintf(out, format+"\n", args...)
	}
	line("for\t%s\t%s", b.Name, b.Partner)
	line("from\t%s", b.Hub)
	line("as of\t%s\tsequence %s", stamp(b.Made), b.Sequence)
	line("\nNotices that nobody has acknowledged: %s", len(b.Notices))
	for _, n := range b.Notices {
		line("%s\t%s\t%s\t%s", stamp(n.At), n.Severity, n.Title, n.ID)
		paragraphs(out, n.Text)
	}
	line("\nAlerts: %s", len(b.Alerts))
	for _, a := range b.Alerts {
		id := string(a.ID)
		if a.Acknowledged {
			id += " (acknowledged)"
		}
		line("%s\t%s\t%s\tby %s\t%s", stamp(a.Issued), a.Severity, titled(a.TLP, a.Title), a.By, id)
		paragraphs(out, a.Text)
	}
	line("\nCalls for assistance: %s", len(b.Calls))
	for _, c := range b.Calls {
		line("%s\t%s\tby %s\tuntil %s\t%s", stamp(c.Opened), titled(c.TLP, c.Title), c.By, stamp(c.Deadline), c.ID)
		paragraphs(out, c.Text)
	}
	line("\nActions that wait for you: %s", len(b.Actions))
	for _, a := range b.Actions {
		what := "asked of you"
		if a.Promised {
			what = "you promised"
		}
		line("%s\t%s\t%s\tby %s\tuntil %s\t%s", what, a.Kind, a.Title, a.By, stamp(a.Deadline), a.ID)
	}
	line("\nProtections in force: %s (a name that must resolve is never to be blocked)", len(b.Protections))
	for _, p := range b.Protections {
		value := p.Text
		if p.Polarity == protect.MustResolve && p.Answer != "" {
			value += " -> " + p.Answer
		}
		line("%s\t%s\t%s\tTLP:%s\tuntil %s", p.Polarity, p.Type, value, strings.ToUpper(string(p.TLP)), stamp(p.Expires))
	}
	for _, what := range []string{"notices", "alerts", "calls", "actions", "protections"} {
		if n := b.LeftOut[what]; n > 0 {
			line("\n%s more %s had no room here.", n, what)
		}
	}
	return out.Flush()
}

// paragraphs writes a text below what it belongs to.
func paragraphs(w io.Writer, text string) {
	for line := range strings.Lines(strings.TrimSpace(lines(text))) {
		if line = clean(line, maxInText); line != "" {
			fmt.Fprintf(w, "    %s\n", line)
		}
	}
}

func titled(level access.TLP, title string) string { return notice.Label(level) + " " + title }

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}
