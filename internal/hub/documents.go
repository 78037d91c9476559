package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// compilers are the lists by name.
var compilers = func() map[string]feed.Compiler {
	all := map[string]feed.Compiler{"protections.json": func(w io.Writer, s feed.Set) ([]feed.Left, error) { return nil, feed.JSON(w, s) }}
	for _, some := range []map[string]feed.Compiler{lists.All, rules.All} {
		for name, compile := range some {
			if strings.HasPrefix(name, "misp/") { // where the hub's knowledge is, as a MISP feed
				name = "protections-" + name
			}
			all[name] = compile
		}
	}
	return all
}()

const (
	patience = 10 * time.Second // with a class that is being made
	// maxBodies and maxBodyBytes bound what is kept compiled for one class; beyond
	// them everything is compiled anew. One that is larger is not kept.
	maxBodies    = 64
	maxBodyBytes = 64 << 20
)

// bodies are compiled, by name and limit.
type bodies map[query]*feed.Document

type query struct {
	name  string
	limit int
}

func (b bodies) keep(q query, doc *feed.Document) {
	size := len(doc.Body)
	for _, d := range b {
		size += len(d.Body)
	}
	if len(b) >= maxBodies || size > maxBodyBytes {
		clear(b)
	}
	if len(doc.Body) <= maxBodyBytes {
		b[q] = doc
	}
}

// document is a list as it stands for whoever asks. It is compiled once for all
// readers of a class and every change, and not while the next change waits.
func (o *outlets) document(ctx context.Context, asked feed.Query) (*feed.Document, error) {
	compile, ok := compilers[asked.Name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", feed.ErrNotFound, asked.Name)
	}
	c := o.class(feed.Reader{Principal: api.Caller(ctx), Reach: asked.Reach}, protect.OutletLists)
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-c.made:
	case <-wait.Done():
		return nil, errors.New("it is being made")
	}
	q := query{asked.Name, asked.Limit}
	c.mu.Lock()
	if doc := c.bodies[q]; doc != nil {
		c.mu.Unlock()
		return doc, nil
	}
	set, serial, since := c.live.Set(), c.serial, c.since
	c.mu.Unlock()
	doc, err := document(set, compile, asked.Limit, serial, since)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.serial == serial {
		c.bodies.keep(q, doc)
	}
	return doc, nil
}

func document(set feed.Set, compile feed.Compiler, limit int, serial uint64, since time.Time) (*feed.Document, error) {
	beyond := 0
	if limit > 0 && set.Len() > limit {
		var err error
		if set, beyond, err = set.Top(limit, compile); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	left, err := compile(&b, set)
	if err != nil {
		return nil, err
	}
	return feed.NewDocument(b.Bytes(), serial, since, beyond+len(left)), nil
}
