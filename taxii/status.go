package taxii

import (
	"cmp"
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
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// MarshalJSON writes the resource of section 4.3.1 with its counts.
func (s Status) MarshalJSON() ([]byte, error) {
	w := wireStatus{
		ID: s.ID, State: s.State,
		Succeeded: len(s.Successes), Successes: s.details(s.Successes),
		Failed: len(s.Failures), Failures: s.details(s.Failures),
		Waiting: len(s.Pendings), Pendings: s.details(s.Pendings),
	}
	w.Total = w.Succeeded + w.Failed + w.Waiting
	if !s.Requested.IsZero() {
		w.Requested = FormatTimestamp(s.Requested)
	}
	return json.Marshal(w)
}

func (s Status) details(list []StatusDetail) []wireDetail {
	wire := make([]wireDetail, 0, len(list))
	for _, d := range list {
		version := d.Version
		if version.IsZero() {
			version = s.Requested
		}
		wire = append(wire, wireDetail{ID: d.ID, Version: FormatTimestamp(version), Message: d.Message})
	}
	return wire
}

// UnmarshalJSON reads the resource of section 4.3.1. A time that is none is
// taken for a missing one: what became of the objects matters more.
func (s *Status) UnmarshalJSON(text []byte) error {
	var w wireStatus
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	*s = Status{
		ID: w.ID, State: w.State, Requested: timestampOrNone(w.Requested),
		Successes: read(w.Successes), Failures: read(w.Failures), Pendings: read(w.Pendings),
		Counts: Counts{
			Successes: cmp.Or(w.Succeeded, len(w.Successes)),
			Failures:  cmp.Or(w.Failed, len(w.Failures)),
			Pendings:  cmp.Or(w.Waiting, len(w.Pendings)),
		},
	}
	return nil
}

func read(wire []wireDetail) (list []StatusDetail) {
	for _, d := range wire {
		list = append(list, StatusDetail{ID: d.ID, Version: timestampOrNone(d.Version), Message: d.Message})
	}
	return list
}

// timestampOrNone is a time of a server that may be missing, or not be one.
func timestampOrNone(text string) time.Time {
	t, err := ParseTimestamp(text)
	if err != nil {
		return time.Time{}
	}
	return t
}
