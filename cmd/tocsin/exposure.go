package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

type exposureCommand struct {
	Report exposureReportCommand `cmd:"" help:"Report one row: how many of your hosts are patched, exposed, unsupported, unknown."`
	Import exposureImportCommand `cmd:"" help:"Report rows from CSV or JSON, or a scanner's export, which is reduced to counts here: no host leaves this machine."`
	Board  exposureBoardCommand  `cmd:"" help:"The board of a vulnerability."`
	Rows   exposureRowsCommand   `cmd:"" help:"Your own rows of a vulnerability, and those that are shown to you."`
	List   exposureListCommand   `cmd:"" help:"The vulnerabilities, worst first."`
	Share  exposureShareCommand  `cmd:"" help:"Show your rows to these partners and to nobody else any more; without any, say how it stands."`
	KEV    exposureKEVCommand    `cmd:"" name:"kev" help:"Send CISA's catalog of known exploited vulnerabilities (coordinator)."`
}

type exposureReportCommand struct {
	hubFlags
	Vulnerability string `arg:"" help:"Such as CVE-2017-0144."`
	Product       string `help:"Such as 'Windows 7', where you tell products apart."`
	Total         int64  `required:"" help:"Hosts that could be affected; 0 removes the row."`
	Patched       int64  `help:"Of these, patched."`
	Exposed       int64  `help:"Of these, exposed."`
	Unsupported   int64  `help:"Of these, without a remedy from their maker."`
	Unknown       int64  `help:"Of these, unknown."`
	Mitigated     int64  `help:"Of the exposed and unsupported, guarded in another way."`
	AsOf          string `help:"When it was so: RFC 3339, or a day." placeholder:"TIME"`
	Note          string `help:"A short note."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

func (c *exposureReportCommand) Run(env *environment) error {
	at, err := claimedTime(c.AsOf)
	if err != nil {
		return err
	}
	return reportRows(env, c.hubFlags, []exposure.Row{{
		Vulnerability: c.Vulnerability, Product: c.Product, AsOf: at, Note: c.Note,
		Counts: exposure.Counts{Total: c.Total, Patched: c.Patched, Exposed: c.Exposed, Unsupported: c.Unsupported, Unknown: c.Unknown, Mitigated: c.Mitigated},
	}}, c.JSON)
}

// claimedTime reads a time that a person claims; none is the zero time.
func claimedTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := exposure.ParseTime(text)
	if err != nil {
		return at, usageError{fmt.Errorf("--as-of: %w", err)}
	}
	ahead := time.Duration(0)
	if len(text) == len(time.DateOnly) {
		ahead = 14 * time.Hour // where it is today already
	}
	if at.After(time.Now().Add(ahead)) {
		return at, usageError{fmt.Errorf("--as-of: %s is in the future", text)}
	}
	return at, nil
}

func reportRows(env *environment, flags hubFlags, rows []exposure.Row, asJSON bool) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var taken api.ExposureTaken
	if err := hub.Post(env.Context, "/exposure", exposure.Report{Rows: rows}, &taken); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(taken)
	}
	_, err = fmt.Fprintf(env.Stdout, "%d rows taken\n", taken.Rows)
	return err
}

type exposureImportCommand struct {
	hubFlags
	File    string `arg:"" help:"The file; '-' is standard input."`
	Format  string `help:"Of the file: json, csv, nessus, greenbone-csv or greenbone-xml; found out if not said." placeholder:"FORMAT"`
	Hosts   int64  `help:"Of a scanner's export: how many hosts could be affected, if more than it names."`
	Product string `help:"Of a scanner's export: what was scanned, where it is one product."`
	AsOf    string `help:"When it was so, for rows that do not say: RFC 3339, or a day." placeholder:"TIME"`
	DryRun  bool   `help:"Print what would be sent, and send nothing."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *exposureImportCommand) Run(env *environment) error {
	at, err := claimedTime(c.AsOf)
	if err != nil {
		return err
	}
	in, _, err := open(env, c.File)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	text := bufio.NewReader(in)
	format := exposure.Format(c.Format)
	if format == "" {
		if format, err = exposure.Recognise(text); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
	}
	rows, scanned, err := exposure.Read(env.Context, text, format, exposure.Options{Hosts: c.Hosts, Product: c.Product, AsOf: at})
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if scanned.Hosts > 0 {
		fmt.Fprintf(env.Stderr, "%s: %d hosts and %d findings come to %d rows of counts; %d findings without a CVE are left out\n", c.File, scanned.Hosts, scanned.Findings, len(rows), scanned.Without)
	}
	if c.DryRun {
		return c.show(env, rows)
	}
	fallen, err := c.fallen(env, rows)
	if err != nil {
		return err
	}
	if err := reportRows(env, c.hubFlags, rows, c.JSON); err != nil {
		return err
	}
	_, err = io.WriteString(env.Stderr, fallen)
	return err
}

// maxCompared is of how many vulnerabilities an import asks what it replaces: each is
// a request.
const maxCompared = 50

// fallen says which of the partner's rows the import replaces by fewer patched hosts.
func (c *exposureImportCommand) fallen(env *environment, rows []exposure.Row) (string, error) {
	hub, err := c.client()
	if err != nil {
		return "", err
	}
	me, err := myself(env.Context, hub)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	before := map[string][]exposure.Shown{}
	for _, r := range rows {
		if _, asked := before[r.Vulnerability]; !asked {
			if len(before) == maxCompared {
				fmt.Fprintf(&text, "only rows of the first %d vulnerabilities were compared with those before\n", maxCompared)
				break
			}
			var answer struct {
				Rows []exposure.Shown `json:"rows"`
			}
			if err := hub.Get(env.Context, vulnerabilityPath(r.Vulnerability)+"/rows?limit=1000", &answer); err != nil {
				return "", err
			}
			before[r.Vulnerability] = answer.Rows
		}
		for _, old := range before[r.Vulnerability] {
			if old.Partner == me.ID && old.Product == r.Product && r.Patched < old.Patched {
				fmt.Fprintf(&text, "%s %s: patched %d -> %d of %d -> %d hosts\n", r.Vulnerability, cmp.Or(r.Product, "-"), old.Patched, r.Patched, old.Total, r.Total)
			}
		}
	}
	return text.String(), nil
}

func (c *exposureImportCommand) show(env *environment, rows []exposure.Row) error {
	if c.JSON {
		return env.printJSON(exposure.Report{Rows: rows})
	}
	t := env.table()
	fmt.Fprintf(t, "vulnerability\tproduct\t%s\n", exposureCountNames)
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Vulnerability, cmp.Or(r.Product, "-"), exposureCounts(r.Counts))
	}
	return t.Flush()
}

const exposureCountNames = "total\tpatched\texposed\tunsupported\tunknown\tmitigated"

func exposureCounts(c exposure.Counts) string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d", c.Total, c.Patched, c.Exposed, c.Unsupported, c.Unknown, c.Mitigated)
}

type exposureKEVCommand struct {
	hubFlags
	File string `arg:"" help:"known_exploited_vulnerabilities.json; '-' is standard input."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *exposureKEVCommand) Run(env *environment) error {
	in, _, err := open(env, c.File)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	hub, err := c.client()
	if err != nil {
		return err
	}
	var taken struct {
		Entries int `json:"entries"`
	}
	if err := hub.Upload(env.Context, "/exposure/kev", "application/json", in, &taken); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(taken)
	}
	_, err = fmt.Fprintf(env.Stdout, "%d known exploited vulnerabilities\n", taken.Entries)
	return err
}

// vulnerabilityPath is the API's path of a vulnerability's board.
func vulnerabilityPath(name string) string {
	return "/exposure/" + url.PathEscape(strings.TrimSpace(name))
}
