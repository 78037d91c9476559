package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/intake"
)

type importCommand struct {
	hubFlags
	Files         []string          `arg:"" name:"file" help:"STIX bundles, MISP events, CSV, plain lists (one domain, address, prefix, URL or hash a line), files of URLhaus, ThreatFox, Feodo Tracker and CISA KEV, also gzip-compressed; a directory is a MISP feed, '-' is standard input."`
	Data          string            `help:"Write into this data directory of a hub that is not running, instead of calling one." placeholder:"DIR"`
	Format        string            `help:"stix, list, csv, misp, urlhaus, threatfox, feodo or kev; otherwise found out from the first bytes." placeholder:"FORMAT"`
	List          bool              `help:"The files are plain lists; otherwise by name: .txt, .list and .lst are."`
	Columns       string            `help:"What the columns of CSV are, each NAME:KIND or nothing, as in host:domain,seen:timestamp,,note:description." placeholder:"COLUMNS"`
	Delimiter     string            `help:"Of CSV: one character or tab." placeholder:"CHAR"`
	Comment       string            `help:"Of CSV: the character that lines begin with which are left out." placeholder:"CHAR"`
	Header        bool              `help:"Of CSV: the first line names the columns."`
	SharingGroups map[string]string `name:"sharing-group" help:"The community that a sharing group of MISP stands for; without one only the sender sees what the group may." placeholder:"UUID=COMMUNITY"`
	TLP           string            `name:"tlp" help:"Marking of objects that carry none (default green)."`
	Recipients    []string          `help:"With TLP:RED: ids of the partners who are told."`
	PerObject     bool              `help:"Take what is valid and report the rest; otherwise a file is taken whole or not at all."`
	DryRun        bool              `help:"Only show what would be taken, as what, and who would see it."`
	Yes           bool              `short:"y" help:"Do not ask before a list or CSV is sent."`
	JSON          bool              `name:"json" help:"Print JSON."`
}

// errRejected ends a dry run of what would be refused.
var errRejected = errors.New("it would be refused as a whole: correct it, or have the rest taken with --per-object")

func (c *importCommand) Run(env *environment) error {
	var declared intake.Submission
	if err := declared.Declare(c.options("")); err != nil {
		return usageError{err}
	}
	send, done := sender(nil), func() error { return nil }
	if !c.DryRun {
		var err error
		if send, done, err = c.destination(); err != nil {
			return err
		}
	}
	var failed error
	for _, name := range c.Files {
		if err := c.path(env, name, send); err != nil {
			failed = errors.Join(failed, fmt.Errorf("import %s: %w", name, err))
		}
	}
	return errors.Join(failed, done())
}

// path imports a file, or a directory that is a feed.
func (c *importCommand) path(env *environment, name string, send sender) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return c.feed(env, name, send)
	}
	return c.file(env, name, send)
}

// options are what is said of the texts, for the hub or for a Submission.
func (c *importCommand) options(name string) url.Values {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("format", c.Format)
	set("columns", c.Columns)
	set("delimiter", c.Delimiter)
	set("comment", c.Comment)
	if c.Header {
		set("header", "true")
	}
	groups := make([]string, 0, len(c.SharingGroups))
	for group, community := range c.SharingGroups {
		groups = append(groups, group+"="+community)
	}
	set("sharing_groups", strings.Join(groups, ","))
	if c.Format == "" && c.Columns == "" {
		list := c.List
		switch strings.ToLower(filepath.Ext(strings.TrimSuffix(name, ".gz"))) {
		case ".txt", ".list", ".lst":
			list = true
		}
		if list {
			set("format", string(intake.List))
		}
	}
	return q
}

// submission is how a text would be read here.
func (c *importCommand) submission(name string) (intake.Submission, error) {
	s := intake.Submission{Partner: access.Hub, Audience: access.ToCommunity(access.Green), PerObject: c.PerObject}
	if c.TLP != "" {
		tlp, err := access.ParseTLP(c.TLP)
		if err != nil {
			return s, err
		}
		s.Audience.TLP = tlp
	}
	for _, r := range c.Recipients {
		s.Audience.Recipients = append(s.Audience.Recipients, access.PartnerID(r))
	}
	return s, s.Declare(c.options(name))
}

// sender contributes the text of a file of that name.
type sender func(ctx context.Context, name string, body io.Reader) (api.Accepted, error)

func (c *importCommand) destination() (send sender, done func() error, err error) {
	if c.Data != "" {
		return c.offline()
	}
	hub, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, name string, body io.Reader) (api.Accepted, error) {
		return c.upload(ctx, hub, name, body)
	}, func() error { return nil }, nil
}

func (c *importCommand) upload(ctx context.Context, hub *client.Client, name string, body io.Reader) (accepted api.Accepted, err error) {
	query := c.options(name)
	if !query.Has("format") && !query.Has("columns") {
		query.Set("format", "auto")
	}
	if c.TLP != "" {
		query.Set("tlp", c.TLP)
	}
	if len(c.Recipients) > 0 {
		query.Set("recipients", strings.Join(c.Recipients, ","))
	}
	if c.PerObject {
		query.Set("per_object", "true")
	}
	err = hub.Upload(ctx, "/contributions?"+query.Encode(), "application/octet-stream", body, &accepted)
	return accepted, err
}
