package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/client"
)

// itemFlags describe an item of evidence, open or sealed.
type itemFlags struct {
	Title        string   `required:"" help:"What it is. Of a sealed item it becomes public, too."`
	Kind         string   `required:"" enum:"technical,infrastructure,linguistic,temporal,behavioural,intelligence" help:"technical, infrastructure, linguistic, temporal, behavioural or intelligence."`
	Source       string   `help:"Where it can be looked up: a URL or a citation." placeholder:"TEXT"`
	Occurred     string   `help:"When it became known, if that is not now." placeholder:"WHEN"`
	Reliability  string   `required:"" help:"Admiralty reliability of the source, A (completely reliable) to E, F (cannot be judged)."`
	Credibility  int      `required:"" help:"Admiralty credibility of what it says, 1 (confirmed) to 5, 6 (cannot be judged)."`
	Relevance    string   `required:"" help:"L, M or H."`
	Forgeability string   `required:"" help:"How easily it could have been planted: L, M or H."`
	Custody      []string `sep:"none" placeholder:"WHEN|WHO|NOTE" help:"A step of custody; again for more, in order."`
	Tool         string   `help:"The tool that it was made with." placeholder:"NAME"`
	ToolVersion  string   `help:"Its version." placeholder:"VERSION"`
	Argument     []string `sep:"none" help:"An argument of the tool; again for more, in order." placeholder:"TEXT"`
	Input        []string `sep:"none" help:"What the tool read: a file here, whose digest is computed, or sha256:HEX; again for more." placeholder:"FILE"`
	Output       []string `sep:"none" help:"What it wrote, likewise." placeholder:"FILE"`
	Link         []string `sep:"none" help:"STIX id of what it is about; again for more." placeholder:"ID"`
	Replaces     string   `help:"An item of your own that this one updates." placeholder:"EVIDENCE"`
}

// item is what the flags say, under a new id. It is made here, so that whoever is
// cut off from the hub in between knows what to look for.
func (f *itemFlags) item(of string) (attribution.Evidence, error) {
	e := attribution.Evidence{
		ID: attribution.EvidenceID("evidence--" + uuid.NewString()), Case: attribution.CaseID(of),
		Title: f.Title, Kind: attribution.EvidenceKind(f.Kind), Source: f.Source, Occurred: f.Occurred,
		Reliability: attribution.Reliability(f.Reliability), Credibility: attribution.Credibility(f.Credibility),
		Relevance: attribution.Grade(f.Relevance), Forgeability: attribution.Grade(f.Forgeability),
		Links: f.Link, Replaces: attribution.EvidenceID(f.Replaces),
	}
	for _, text := range f.Custody {
		step := strings.SplitN(text, "|", 3)
		if len(step) != 3 {
			return e, usageError{fmt.Errorf("--custody %q: use 'WHEN|WHO|NOTE'", text)}
		}
		e.Custody = append(e.Custody, attribution.Handover{At: strings.TrimSpace(step[0]), By: strings.TrimSpace(step[1]), Note: strings.TrimSpace(step[2])})
	}
	method, err := f.method()
	e.Method = method
	return e, err
}

func (f *itemFlags) method() (*attribution.Method, error) {
	if f.Tool == "" {
		if f.ToolVersion != "" || len(f.Argument)+len(f.Input)+len(f.Output) > 0 {
			return nil, usageError{errors.New("--tool-version, --argument, --input and --output need --tool")}
		}
		return nil, nil
	}
	inputs, err := digests(f.Input)
	if err != nil {
		return nil, fmt.Errorf("--input: %w", err)
	}
	outputs, err := digests(f.Output)
	if err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	return &attribution.Method{Tool: f.Tool, Version: f.ToolVersion, Arguments: f.Argument, Inputs: inputs, Outputs: outputs}, nil
}

// digests are those of files, or those that are given as such.
func digests(of []string) (list []string, err error) {
	for _, text := range of {
		if !strings.HasPrefix(text, "sha256:") {
			if text, err = namedDigest(text); err != nil {
				return nil, err
			}
		}
		list = append(list, text)
	}
	return list, nil
}

// namedDigest is "sha256:" and the digest of a file's content.
func namedDigest(path string) (string, error) {
	digest, err := digestFile(path)
	return "sha256:" + hex.EncodeToString(digest[:]), err
}

type caseEvidenceCommand struct {
	hubFlags
	itemFlags
	ID     string `arg:"" name:"case" help:"The case."`
	Digest string `help:"Its digest; this, --file or --source is needed." placeholder:"sha256:HEX" xor:"digest"`
	File   string `help:"The item itself: its digest is computed here, and nothing else leaves this machine." placeholder:"FILE" xor:"digest"`
	JSON   bool   `name:"json" help:"Print the case as JSON."`
}

func (c *caseEvidenceCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	e, err := c.item(c.ID)
	if err != nil {
		return err
	}
	if e.Digest = c.Digest; c.File != "" {
		if e.Digest, err = namedDigest(c.File); err != nil {
			return err
		}
	}
	if err := e.Validate(); err != nil {
		return err
	}
	return fileItem(env, hub, e, c.JSON)
}

// fileItem files an item and prints its id, or the case as JSON.
func fileItem(env *environment, hub *client.Client, e attribution.Evidence, asJSON bool) error {
	return changeCase(env, hub, "/cases/evidence", e, asJSON, func(scoredCase) error {
		_, err := fmt.Fprintln(env.Stdout, e.ID)
		return err
	})
}

type caseMarkCommand struct {
	hubFlags
	ID       string `arg:"" name:"case" help:"The case."`
	Evidence string `arg:"" help:"The item."`
	Status   string `arg:"" enum:"withdrawn,contested" help:"withdrawn (an item of your own: it counts no longer, and stays to be seen) or contested."`
	Reason   string `required:"" help:"Why."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *caseMarkCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	return actInCase(env, hub, "/cases/marks", attribution.Mark{
		Case: attribution.CaseID(c.ID), Evidence: attribution.EvidenceID(c.Evidence), Status: attribution.ItemStatus(c.Status), Reason: c.Reason,
	}, c.JSON)
}
