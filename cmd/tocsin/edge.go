package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/edge"
)

var errNoToken = errors.New("--token-file is needed (or TOCSIN_TOKEN_FILE): a file with the token that the hub's administrator issued")

type edgeCommand struct {
	hubFlags
	EVE     string   `name:"eve" help:"Suricata EVE JSON lines: a file, followed as it grows, or '-' for standard input." placeholder:"FILE"`
	Enforce []string `help:"Where protections are put in force: 'files' or 'files=DIR' (block.txt, hosts and protections.json in DIR, default ./tocsin-edge/protections)." placeholder:"OUTLET"`
	State   string   `help:"Directory in which the edge remembers how far it is." default:"tocsin-edge" placeholder:"DIR"`
}

func (c *edgeCommand) Run(env *environment) error {
	outlets, err := c.outlets()
	if err != nil {
		return err
	}
	if c.EVE == "" && len(outlets) == 0 {
		return usageError{errors.New("nothing to do: give --eve, --enforce or both")}
	}
	hub, err := c.client()
	if err != nil {
		return err
	}
	telemetry, err := c.telemetry(env)
	if err != nil {
		return err
	}
	if telemetry != nil {
		defer telemetry.Close() // it was only read
	}
	cfg := edge.Config{Client: hub, Outlets: outlets, StateDir: c.State, Logger: env.logger()}
	if telemetry != nil {
		cfg.EVE = telemetry
	}
	e, err := edge.New(env.Context, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Edge of %s follows %s\n", e.Partner().Name, c.Hub)
	return e.Run(env.Context)
}

func (c *edgeCommand) outlets() ([]edge.Outlet, error) {
	var outlets []edge.Outlet
	for _, name := range c.Enforce {
		kind, dir, _ := strings.Cut(name, "=")
		if kind != "files" {
			return nil, usageError{fmt.Errorf("--enforce %s: this release enforces through 'files'; resolvers follow the hub by 'tocsin feed connect'", name)}
		}
		if dir == "" {
			dir = filepath.Join(c.State, "protections")
		}
		outlets = append(outlets, edge.Files{Dir: dir})
	}
	return outlets, nil
}

func (c *edgeCommand) telemetry(env *environment) (io.ReadCloser, error) {
	switch c.EVE {
	case "":
		return nil, nil
	case "-":
		return io.NopCloser(env.Stdin), nil
	}
	return edge.FollowFile(env.Context, c.EVE)
}
