package main

import (
	"fmt"
	"os"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// explain runs the edge over what there is to read by now, from its beginning,
// and prints what would leave. Files are not followed, nothing is put in force,
// nobody is told, and what the edge keeps is thrown away.
func (c *edgeCommand) explain(env *environment, cfg edge.Config) error {
	dir, err := os.MkdirTemp("", "tocsin-explain-")
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the temporary directory
	if c.Indicators != "" {
		own, _, err := watch.LoadFile(c.Indicators, dir, patternset.Options{})
		if err != nil {
			return err
		}
		defer own.Close() //nolint:errcheck // it was only read
		cfg.Own = own
	}
	cfg.Client, cfg.StateDir, cfg.Outlets = cfg.Client.Explained(env.Stdout), dir, nil
	for i := range cfg.Sensors {
		cfg.Sensors[i].Once = true
	}
	e, err := edge.New(env.Context, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "What would leave the edge of %s for %s, and nothing else:\n", e.Partner().Name, c.Hub)
	return e.Run(env.Context)
}
