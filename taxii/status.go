package taxii

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// wireStatus is a Status as it is sent. Its counts are made from its lists, so
// that they always agree: clients refuse a status where they do not.
type wireStatus struct {
	ID        string       `json:"id"`
	State     State        `json:"status"`
	Requested string       `json:"request_timestamp,omitempty"`
	Total     int          `json:"total_count"`
	Succeeded int          `json:"success_count"`
	Successes []wireDetail `json:"successes,omitempty"`
	Failed    int          `json:"failure_count"`
	Failures  []wireDetail `json:"failures,omitempty"`
	Waiting   int          `json:"pending_count"`
	Pendings  []wireDetail `json:"pendings,omitempty"`
}

type wireDetail struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
	Message string `json:"message,omitempty"`
}

// MarshalJSON writes the resource of section 4.3 with its counts.
func (s Status) MarshalJSON() ([]byte, error) {
	w := wireStatus{
		ID: s.ID, State: s.State,
		Succeeded: len(s.Successes), Successes: wireDetails(s.Successes),
		Failed: len(s.Failures), Failures: wireDetails(s.Failures),
		Waiting: len(s.Pendings), Pendings: wireDetails(s.Pendings),
	}
	w.Total = w.Succeeded + w.Failed + w.Waiting
	if !s.Requested.IsZero() {
		w.Requested = FormatTimestamp(s.Requested)
	}
	return json.Marshal(w)
}

func wireDetails(details []StatusDetail) []wireDetail {
	wire := make([]wireDetail, 0, len(details))
	for _, d := range details {
		w := wireDetail{ID: d.ID, Message: d.Message}
		if !d.Version.IsZero() {
			w.Version = FormatTimestamp(d.Version)
		}
		wire = append(wire, w)
	}
	return wire
}

// UnmarshalJSON reads the resource of section 4.3. A server may leave its
// lists out and give counts alone; those are not kept.
func (s *Status) UnmarshalJSON(text []byte) error {
	var w wireStatus
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	read := Status{ID: w.ID, State: w.State}
	var err error
	if w.Requested != "" {
		if read.Requested, err = ParseTimestamp(w.Requested); err != nil {
			return fmt.Errorf("request_timestamp: %w", err)
		}
	}
	for _, list := range []struct {
		name string
		from []wireDetail
		to   *[]StatusDetail
	}{{"successes", w.Successes, &read.Successes}, {"failures", w.Failures, &read.Failures}, {"pendings", w.Pendings, &read.Pendings}} {
		for i, d := range list.from {
			detail := StatusDetail{ID: d.ID, Message: d.Message}
			if detail.Version, err = optionalTimestamp(d.Version); err != nil {
				return fmt.Errorf("%s/%d/version: %w", list.name, i, err)
			}
			*list.to = append(*list.to, detail)
		}
	}
	*s = read
	return nil
}

func optionalTimestamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return ParseTimestamp(text)
}
