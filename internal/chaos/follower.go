package main

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// follower follows the change stream over all its connections, until the context ends
// or what it was told is no more.
type follower struct {
	*session

	verifier *stream.Verifier
	reading  history.Reading
	until    time.Time // entries of later are not looked at; zero: all are
}

const viewers = "viewer" // the class of all that follow: one partner's, of one role and all kinds

func (s *session) newFollower(whole bool) *follower {
	return &follower{session: s, verifier: stream.Resume(stream.Mark{}), reading: history.Reading{Session: s.name, Class: viewers, Whole: whole}}
}

func (f *follower) follow(ctx context.Context) {
	defer func() { f.journal.follow(f.reading) }()
	for ctx.Err() == nil && len(f.reading.Gone) == 0 {
		f.connect(ctx, true)
		f.elsewhere(ctx)
	}
}

// silence is how long a follower waits for a line while there are writers.
const silence = 3 * time.Second

// connect reads what one connection tells. It says whether that ended in order.
func (f *follower) connect(ctx context.Context, endless bool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := time.AfterFunc(silence, cancel)
	defer watch.Stop()
	query := url.Values{"after": {f.verifier.Cursor()}, "follow": {strconv.FormatBool(endless)}}
	response, err := f.open(ctx, request{method: http.MethodGet, path: "/api/v1/stream?" + query.Encode()})
	if err != nil {
		return false
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusGone:
		text, _ := lines.ReadString('\n')
		f.reading.Gone = append(f.reading.Gone, f.bases[f.at]+": "+text)
		return false
	default:
		if text, _ := lines.ReadString('\n'); response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests {
			f.defect("%s: the stream answers %d %.200s", f.name, response.StatusCode, text)
		}
		return false
	}
	for {
		text, err := lines.ReadString('\n')
		if err != nil {
			return err.Error() == "EOF" && text == ""
		}
		watch.Reset(silence)
		if strings.TrimSpace(text) != "" && !f.take(text) {
			return false
		}
	}
}

// take takes a line in, whether or not it is the one that was due.
func (f *follower) take(text string) bool {
	l, err := stream.ParseLine([]byte(text))
	if err != nil {
		f.defect("%s: %v in %.200s", f.name, err, text)
		return false
	}
	if !f.until.IsZero() && l.Time.After(f.until) {
		return true
	}
	told := history.Line{N: l.N, Chain: l.Chain, Effects: effects(l)}
	if err := f.verifier.Check(l); err != nil {
		if l.N == uint64(len(f.reading.Lines))+1 {
			told.Altered = err.Error()
		}
		f.verifier = stream.Resume(stream.Mark{Cursor: l.Cursor, N: l.N, Chain: l.Chain})
	}
	f.reading.Lines = append(f.reading.Lines, told)
	return true
}

// effects are what the writes of this program are known by.
func effects(l stream.Line) []history.Effect {
	var body struct {
		Objects []struct {
			ID string `json:"id"`
		} `json:"objects"`
		Value  string `json:"value"`
		State  string `json:"state"`
		Reason string `json:"reason"`
		By     string `json:"by"`
	}
	if err := json.Unmarshal(l.Body, &body); err != nil {
		return nil // an entry of another shape, which nobody here wrote
	}
	switch l.Kind {
	case "contribution.accepted":
		all := make([]history.Effect, 0, len(body.Objects))
		for _, o := range body.Objects {
			all = append(all, history.Effect{Name: o.ID})
		}
		return all
	case "protection.decided":
		name := "decision " + body.Value + " " + body.Reason
		if body.By == "hub" {
			name = "automatic " + body.Value + " " + body.State
		}
		return []history.Effect{{Name: name, Decides: true}}
	}
	return nil
}
