package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// witnessNames are those who cosign the hub's log in the story; in earnest they
// are processes that partners run on machines of their own.
var witnessNames = []string{"alpha", "bravo", "charlie"}

// witnesses are the story's, each with a folder, a key and a socket of its own.
type witnesses struct {
	dir    string
	config hub.LogConfig
	places []net.Listener
	closes []func() error
}

// newWitnesses makes the witnesses' keys and takes their places: the hub is
// told of them before they can be told of the hub's log.
func newWitnesses(ctx context.Context, dir string) (*witnesses, error) {
	w := &witnesses{dir: dir}
	for _, name := range witnessNames {
		one, err := witness.Open(witness.Config{Data: filepath.Join(dir, name), Name: name + ".witness.example"})
		if err != nil {
			return w, err
		}
		key := one.VerifierKey()
		if err := one.Close(); err != nil {
			return w, err
		}
		at, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return w, err
		}
		w.places = append(w.places, at)
		w.config.Witnesses = append(w.config.Witnesses, hub.WitnessConfig{Name: name, Key: key, URL: "http://" + at.Addr().String()})
	}
	w.config.Quorum = fmt.Sprintf("2 of [%s]", strings.Join(witnessNames, ", "))
	return w, nil
}

// start has the witnesses accept the log with these keys.
func (w *witnesses) start(logKeys []string, log *slog.Logger) error {
	for i, name := range witnessNames {
		one, err := witness.Open(witness.Config{Data: filepath.Join(w.dir, name), Logs: logKeys, Logger: log})
		if err != nil {
			return err
		}
		server := &http.Server{Handler: one.Handler(), ReadHeaderTimeout: 10 * time.Second}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(w.places[i]) }()
		w.closes = append(w.closes, func() error {
			err := server.Close()
			if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
				err = errors.Join(err, served)
			}
			return errors.Join(err, one.Close())
		})
	}
	return nil
}

func (w *witnesses) close() error {
	errs := make([]error, 0, len(w.places))
	for _, end := range w.closes {
		errs = append(errs, end())
	}
	for _, at := range w.places[len(w.closes):] {
		errs = append(errs, at.Close())
	}
	return errors.Join(errs...)
}
