package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/dossier"
)

// CaseFigures are what the replay of the attribution came to.
type CaseFigures struct {
	Records  int     `json:"records"` // of the case
	Bytes    int     `json:"bytes"`   // of the dossier
	Verdict  string  `json:"verdict"` // of the dossier, by keys that did not come from the hub's own word
	VerifyMS float64 `json:"verify_ms"`
}

// Dossier is the published case and the keys to check it with.
type Dossier struct {
	File []byte
	Keys []byte // a trust file
}

// publishDossier fetches the dossier as anybody could, and checks it with keys
// that the witnesses and the parties themselves have said are theirs.
func (s *Story) publishDossier(ctx context.Context, l *ladder) (err error) {
	var kept struct {
		Records []jsontext.Value `json:"records"`
	}
	if err := l.seats["us"].caller.Get(ctx, "/cases/"+string(l.id)+"/records", &kept); err != nil {
		return err
	}
	s.Dossier = &Dossier{Keys: s.keys(l)}
	if s.Dossier.File, err = s.download(ctx, "/dossiers/"+string(l.id)+".zip"); err != nil {
		return err
	}
	began := time.Now()
	report := dossier.Verify(s.Dossier.File, dossier.Options{Trust: s.Dossier.Keys})
	s.Figures.Case = &CaseFigures{
		Records: len(kept.Records), Bytes: len(s.Dossier.File), Verdict: string(report.Verdict),
		VerifyMS: float64(time.Since(began).Microseconds()) / 1000,
	}
	if report.Verdict != dossier.Verified {
		i := slices.IndexFunc(report.Checks, func(c dossier.Check) bool { return !c.OK })
		return fmt.Errorf("the dossier does not verify: %s: %s", report.Checks[i].Name, report.Checks[i].Detail)
	}
	s.tell(noTime, "The dossier (%d records, %d KiB) is verified offline in %.0f ms, by keys that came from elsewhere.", s.Figures.Case.Records, len(s.Dossier.File)>>10, s.Figures.Case.VerifyMS)
	return nil
}

// keys is the trust file: the log's key, the witnesses', and each party's.
func (s *Story) keys(l *ladder) []byte {
	var text strings.Builder
	text.WriteString("# Keys of a replay. In earnest each comes from whom it belongs to, not from one file.\n")
	for _, key := range s.logKeys {
		fmt.Fprintf(&text, "log %s\n", key)
	}
	for _, w := range s.witnesses.config.Witnesses {
		fmt.Fprintf(&text, "witness %s %s\n", w.Name, w.Key)
	}
	fmt.Fprintf(&text, "group witnesses 2 %s\nquorum witnesses\n", strings.Join(witnessNames, " "))
	for _, name := range order {
		one := l.seats[name]
		fmt.Fprintf(&text, "# %s\nvoter %s %s\n", one.name, one.id, one.signer.Public())
	}
	return []byte(text.String())
}

// download fetches what the hub gives to anybody, without a token, and waits
// while it is not ready.
func (s *Story) download(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.hub.URL()+path, http.NoBody)
		if err != nil {
			return nil, err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return nil, err
		}
		switch answer.StatusCode {
		case http.StatusOK:
			return body, nil
		case http.StatusServiceUnavailable: // the witnesses have not cosigned yet
		default:
			return nil, fmt.Errorf("%s: %s: %s", path, answer.Status, strings.TrimSpace(string(body)))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: not ready in %s", path, patience)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
