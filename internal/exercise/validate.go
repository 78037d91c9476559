package exercise

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// limit is one number of a scenario with the bounds between which it can be played.
type limit struct {
	name        string
	value       float64
	least, most float64
}

func (l limit) broken() error {
	return fmt.Errorf("%s is %s, it must be from %s to %s", l.name, number(l.value), number(l.least), number(l.most))
}

// number writes a whole number with its thousands apart, any other as it is.
func number(v float64) string {
	switch {
	case v != math.Trunc(v) || math.Abs(v) > 1e15:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case v < 0:
		return "-" + grouped(int(-v))
	}
	return grouped(int(v))
}

// Validate says what of the scenario cannot be played, and within which bounds
// it can.
func (s Scenario) Validate() error {
	if low, high := s.Worm.Susceptible[0], s.Worm.Susceptible[1]; low > high {
		return fmt.Errorf("scenario %q: worm.susceptible is [%s, %s]: the lower is above the upper", s.Name, number(low), number(high))
	}
	for _, r := range slices.Concat(s.limits(), s.Worm.limits(), s.Network.limits(), s.Defence.limits(), s.Log.limits()) {
		if !(r.value >= r.least && r.value <= r.most) {
			return fmt.Errorf("scenario %q: %w", s.Name, r.broken())
		}
	}
	if s.Name == "" || s.Start.IsZero() {
		return fmt.Errorf("scenario %q: name and start are needed", s.Name)
	}
	if steps := s.steps(); steps > maxSteps {
		return fmt.Errorf("scenario %q: %g hours in steps of %g s are %s steps, more than %s", s.Name, s.Hours, s.StepSeconds, grouped(steps), grouped(maxSteps))
	}
	if !slices.Contains([]string{"", sizesProfiles, sizesEqual, sizesHeavy}, s.Network.Sizes) {
		return fmt.Errorf("scenario %q: network.sizes is %q, it must be %q, %q or %q", s.Name, s.Network.Sizes, sizesProfiles, sizesEqual, sizesHeavy)
	}
	if err := errors.Join(s.Worm.validate(), s.Defence.validate(), validatePoison(s.Poison)); err != nil {
		return fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	return nil
}

// maxSteps bounds how long a scenario plays: ten days in steps of a second.
const maxSteps = 864_000

func (s Scenario) limits() []limit {
	return []limit{
		{"hours", s.Hours, 0.001, 24 * 60},
		{"step_seconds", s.StepSeconds, 0.1, 600},
		{"partners", float64(s.Partners), 1, 10_000},
		{"hosts", float64(s.Hosts), float64(s.Partners), 20_000_000},
		{"poison, how many,", float64(len(s.Poison)), 0, 64},
	}
}

func (w Worm) limits() []limit {
	return []limit{
		{"worm.seeds", float64(w.Seeds), 0, 10_000},
		{"worm.seed_minutes", w.SeedMinutes, 0, 1e6},
		{"worm.susceptible, the lower,", w.Susceptible[0], 0, 1},
		{"worm.susceptible, the upper,", w.Susceptible[1], 0, 1},
		{"worm.inside_doubling_minutes", w.InsideDoubling, 0, 1e6},
		{"worm.between_doubling_minutes", w.BetweenDoubling, 0, 1e6},
		{"worm.doubling_minutes", w.Doubling, 0, 1e6},
		{"worm.vulnerable", w.Vulnerable, 0, addresses},
		{"worm.remove_hours", w.RemoveHours, 0, 1e6},
		{"worm.patch_hours", w.PatchHours, 0, 1e6},
		{"worm.sleep_hours", w.SleepHours, 0, 1e6},
		{"worm.wake_hours", w.WakeHours, 0, 1e6},
		{"worm.scans_per_second", w.ScansPerSecond, 1e-6, 1e6},
		{"worm.scans_failing", w.ScansFailing, 0, 1},
		{"worm.port", float64(w.Port), 1, 65535},
	}
}

func (n Network) limits() []limit {
	return []limit{
		{"network.patched", n.Patched, 0, 1},
		{"network.monitored_per_host", n.Monitored, 0, 1000},
		{"network.background_per_hour", n.Background, 0, 1000},
		{"network.day_swing", n.DaySwing, 0, 1},
		{"network.sweeps_per_day", n.Sweeps, 0, 1000},
	}
}

func (d Defence) limits() []limit {
	list := []limit{
		{"defence.taking_part", d.TakingPart, 0, 1},
		{"defence.covers", d.Covers, 0, 1},
		{"defence.count_seconds", d.CountSeconds, 0.1, 3600},
	}
	for _, one := range d.delays() {
		list = append(list, limit{"defence." + one.name + ".median_s", one.Median, 0, 1e8})
		if one.P95 != 0 { // else it is fixed
			list = append(list, limit{"defence." + one.name + ".p95_s", one.P95, max(one.Median, 1e-9), 1e8})
		}
	}
	return list
}

// namedDelay is a delay with its key.
type namedDelay struct {
	name string
	Delay
}

func (d Defence) delays() []namedDelay {
	return []namedDelay{{"detection", d.Detection}, {"decision", d.Decision}, {"push", d.Push}, {"applied", d.Applied}, {"alone", d.Alone}}
}

// validate refuses a percentile of nothing.
func (d Defence) validate() error {
	for _, one := range d.delays() {
		if one.P95 > 0 && one.Median == 0 {
			return fmt.Errorf("defence.%s.p95_s is %s without a median: give defence.%s.median_s as well", one.name, number(one.P95), one.name)
		}
	}
	return nil
}

func (l Log) limits() []limit {
	return []limit{
		{"log.flow_sampling", l.FlowSampling, 1, 1e9},
		{"log.scan_lines", float64(l.ScanLines), 0, 10_000},
		{"log.benign_lines", l.BenignLines, 0, 1000},
		{"log.scanners", float64(l.Scanners), 0, 10_000},
		{"log.backups", float64(l.Backups), 0, 10_000},
		{"log.broken_update", l.BrokenUpdate, 0, 1000},
	}
}

// validate holds what one number alone does not say.
func (w Worm) validate() error {
	ways := 0
	for _, given := range []bool{w.InsideDoubling > 0 && w.BetweenDoubling > 0, w.uniform()} {
		if given {
			ways++
		}
	}
	if ways != 1 || (w.InsideDoubling > 0) != (w.BetweenDoubling > 0) {
		return errors.New("the worm's speed is needed once: worm.inside_doubling_minutes and worm.between_doubling_minutes, or worm.doubling_minutes or worm.vulnerable")
	}
	for _, r := range []limit{
		{"worm.inside_doubling_minutes", w.InsideDoubling, 0.01, 1e6},
		{"worm.between_doubling_minutes", w.BetweenDoubling, 0.01, 1e6},
		{"worm.doubling_minutes", w.Doubling, 0.01, 1e6},
		{"worm.vulnerable", w.Vulnerable, 1, addresses},
	} {
		if r.value != 0 && r.value < r.least {
			return r.broken()
		}
	}
	if strings.ContainsFunc(w.FileName, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
		return fmt.Errorf("worm.file_name %q has characters other than plain ASCII letters, digits and signs", w.FileName)
	}
	if (w.FileName == "") != (w.SHA256 == "") {
		return errors.New("worm.file_name and worm.sha256 are given both or not at all")
	}
	var nameErr, hashErr error
	if w.KillSwitch != "" {
		if _, nameErr = observable.New(observable.Domain, w.KillSwitch); nameErr != nil {
			nameErr = fmt.Errorf("worm.kill_switch: %w", nameErr)
		}
	}
	if w.SHA256 != "" {
		if _, hashErr = observable.New(observable.SHA256, w.SHA256); hashErr != nil {
			hashErr = fmt.Errorf("worm.sha256: %w", hashErr)
		}
	}
	return errors.Join(nameErr, hashErr)
}
