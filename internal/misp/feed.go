package misp

import (
	"context"
	"crypto/md5" //nolint:gosec // the feed format says so; nothing is protected by it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Names of a feed's files; an event's is its UUID and ".json".
const (
	ManifestFile = "manifest.json"
	HashesFile   = "hashes.csv"
)

const (
	maxManifest   = 64 << 20  // bytes
	maxFeedEvents = 1_000_000 // that a manifest names
)

// FeedProblem is an event of a feed that could not be read.
type FeedProblem struct {
	UUID string
	Err  error
}

// FeedEvent is an event of a feed that changed.
type FeedEvent struct {
	UUID      string
	Timestamp int64     // of its last change, in seconds since 1970
	Text      io.Reader // its file; only valid until the next event
}

// ReadFeed reads the manifest of a feed and calls each for every event that
// changed after the time, in seconds since 1970, that since has for its UUID, or
// that since does not have, in the order of change. open opens a file of the
// feed by its name. An event that cannot be opened, or that each fails on, is
// reported and the others are read; the error is for the manifest and the context.
func ReadFeed(ctx context.Context, open func(name string) (io.ReadCloser, error), since map[string]int64, each func(FeedEvent) error) ([]FeedProblem, error) {
	changed, problems, err := readManifest(open, since)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestFile, err)
	}
	for _, e := range changed {
		if err := ctx.Err(); err != nil {
			return problems, err
		}
		if err := readFeedEvent(open, e, each); err != nil {
			problems = append(problems, FeedProblem{UUID: e.UUID, Err: err})
		}
	}
	return problems, nil
}

func readFeedEvent(open func(string) (io.ReadCloser, error), e FeedEvent, each func(FeedEvent) error) error {
	f, err := open(e.UUID + ".json")
	if err != nil {
		return err
	}
	e.Text = struct{ io.Reader }{f} // who sends it on must not close it
	return errors.Join(each(e), f.Close())
}

// readManifest finds the events that changed.
func readManifest(open func(string) (io.ReadCloser, error), since map[string]int64) (changed []FeedEvent, problems []FeedProblem, err error) {
	f, err := open(ManifestFile)
	if err != nil {
		return nil, nil, err
	}
	var manifest map[string]jsontext.Value
	text := &io.LimitedReader{R: f, N: maxManifest + 1}
	if err := errors.Join(json.UnmarshalRead(text, &manifest), f.Close()); err != nil {
		if text.N <= 0 {
			err = fmt.Errorf("it is larger than %d bytes", maxManifest)
		}
		return nil, nil, err
	}
	if len(manifest) > maxFeedEvents {
		return nil, nil, fmt.Errorf("it names more than %d events", maxFeedEvents)
	}
	for id, raw := range manifest {
		u, err := uuid.Parse(id)
		if err != nil || u.String() != strings.ToLower(id) { // it becomes a file's name
			problems = append(problems, FeedProblem{UUID: id, Err: errors.New("the manifest names an event by something that is no UUID")})
			continue
		}
		at := parse(raw).seconds("timestamp").Unix()
		if before, known := since[id]; !known || at > before {
			changed = append(changed, FeedEvent{UUID: id, Timestamp: max(at, 0)})
		}
	}
	slices.SortFunc(changed, func(a, b FeedEvent) int {
		if a.Timestamp != b.Timestamp {
			return int(min(max(a.Timestamp-b.Timestamp, -1), 1))
		}
		return strings.Compare(a.UUID, b.UUID)
	})
	slices.SortFunc(problems, func(a, b FeedProblem) int { return strings.Compare(a.UUID, b.UUID) })
	return changed, problems, nil
}

// WriteEvent writes an event's file.
func WriteEvent(w io.Writer, event jsontext.Value) error {
	_, err := w.Write(fields{"Event": event}.object())
	return err
}

// WriteManifest writes what a feed's reader needs to know of each event.
func WriteManifest(w io.Writer, events []jsontext.Value) error {
	manifest := fields{}
	for _, raw := range events {
		m := parse(raw)
		entry := fields{}
		for _, name := range []string{"Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp", "publish_timestamp"} {
			if v, ok := m[name]; ok {
				entry[name] = v
			}
		}
		manifest[m.uuid("uuid")] = entry.object()
	}
	_, err := w.Write(manifest.object())
	return err
}

// WriteHashes writes a line "MD5 of a value,UUID of its event" for each value
// of the events' attributes, so that a reader finds out whether the feed knows
// a value without fetching the events. Both halves of a combined one count.
func WriteHashes(w io.Writer, events []jsontext.Value) error {
	for _, raw := range events {
		m := parse(raw)
		id := m.uuid("uuid")
		attributes := m.list("Attribute")
		for _, o := range m.list("Object") {
			attributes = append(attributes, parse(o).list("Attribute")...)
		}
		for _, a := range attributes {
			one := parse(a)
			values := []string{one.text("value")}
			if kind := one.text("type"); strings.Contains(kind, "|") || kind == "malware-sample" {
				values = strings.Split(values[0], "|")
			}
			for _, v := range values {
				sum := md5.Sum([]byte(v)) //nolint:gosec // the feed format says so
				if _, err := io.WriteString(w, hex.EncodeToString(sum[:])+","+id+"\n"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
