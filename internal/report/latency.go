package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Stages that others look up.
const (
	stageDecided = "alarm until a protection was decided"
	stageApplied = "decided until in force at a partner"
)

// latencies measures each stage between the first sign and what was done.
func (r *Report) latencies(a *alarm, p *protections, s *seen) {
	alarm := a.of.raised.Time
	var telemetry, told, decided, everyone, overdue []float64
	if first := s.state.FirstSeen; !first.IsZero() {
		telemetry = append(telemetry, alarm.Sub(first).Seconds())
	}
	if s.first != nil {
		told = append(told, alarm.Sub(s.first.At).Seconds())
	}
	var applied []float64
	partners := map[access.PartnerID]bool{}
	for _, of := range p.order {
		if of.decided == nil {
			continue
		}
		decided = append(decided, of.decided.At.Sub(alarm).Seconds())
		if of.everyone != nil {
			everyone = append(everyone, of.everyone.At.Sub(of.decided.At).Seconds())
		}
		for from, at := range of.inForce {
			if !p.ignored[from] {
				applied = append(applied, at.Sub(of.decided.At).Seconds())
				partners[from] = true
			}
		}
	}
	overdue = r.Acted.afterAlarm(alarm)
	r.Latencies = append([]Stage{
		stage("first sign in the telemetry until the hub was told", s.lags, "each partner's first report that the reader may be told, by the partner's telemetry and the hub's clock"),
		stage("first sign in the telemetry until the alarm", telemetry, "the state of the outbreak and the entry that raised it"),
		stage("first report until the alarm", told, "the first report that the reader may be told"),
		stage(stageDecided, decided, "each protection; below zero it was decided before"),
		stage("decided until in force for everyone", everyone, "each protection; those that canary partners had first took longer"),
		told3(stage(stageApplied, applied, "each partner's first receipt of each protection"), len(partners)),
		stage("alarm until an action was done", overdue, "each part of an action that was done"),
	}, r.Latencies...)
}

// told3 is a stage of what partners' outlets said: of fewer than three partners it
// would tell of each, and is not told, to coordinators neither: a report is handed on.
func told3(s Stage, partners int) Stage {
	if partners >= protect.MinCount {
		return s
	}
	return Stage{Name: s.Name, FewerThan: protect.MinCount, From: s.From}
}

// stage sums measurements up, by nearest rank.
func stage(name string, values []float64, from string) Stage {
	s := Stage{Name: name, N: len(values), From: from}
	if len(values) == 0 {
		return s
	}
	slices.Sort(values)
	rank := func(q float64) *float64 { return &values[max(int(math.Ceil(q*float64(len(values))))-1, 0)] }
	s.Median, s.P95, s.Worst = rank(0.5), rank(0.95), &values[len(values)-1]
	return s
}

// span writes seconds as people say them.
func span(s float64) string {
	if s < 0 {
		return span(-s) + " before"
	}
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	case d < 48*time.Hour:
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
