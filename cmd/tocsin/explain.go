package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/sensors"
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
	for i, place := range cfg.Sensors {
		if strings.HasPrefix(place.From, "unix:") || strings.HasPrefix(place.From, "tcp:") || place.Kind == sensors.DNSTap {
			return usageError{fmt.Errorf("--explain reads files and standard input, %s is a socket", place)}
		}
		cfg.Sensors[i].Once = true
	}
	e, err := edge.New(env.Context, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "What of this telemetry would leave the edge of %s for %s. Of what is put in force it tells the hub as well: which protection, where, when, and why not.\n", e.Partner().Name, c.Hub)
	return e.Run(env.Context)
}
