package published

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

const (
	walkSeed = 1
	jung     = "Jung, Paxson, Berger, Balakrishnan, IEEE S&P 2004"
)

// The walk's two hypotheses: the shares of a scanner's and of a benign source's
// first contacts that fail.
const scannerFails, benignFails = 0.8, 0.2

func walkRows(_ context.Context, size Size) ([]Row, error) {
	c := scan.Config{}
	waldFlag, waldClear := scan.Wald(c)
	exactFlag, exactClear := scan.WithOvershoot(c)
	row := func(what string, fails, wald, exact float64) Row {
		m := scan.Measure(c, fails, size.Runs, walkSeed)
		return Row{
			What: what, Published: fmt.Sprintf("%.2f by Wald's formula", wald), Source: jung,
			Ours: fmt.Sprintf("%.2f ± %.2f; exactly %.2f", m.Contacts, 2*m.Error, exact),
			How:  fmt.Sprintf("%d runs of the detector's own steps, seed %d; %.1f %% from the exact value, %.0f %% from the formula", size.Runs, walkSeed, 100*math.Abs(m.Contacts/exact-1), 100*math.Abs(m.Contacts/wald-1)),
			Why: fmt.Sprintf("the formula lets the walk end on the threshold, log 99; it moves in steps of log 4 and ends on the fourth, log 256: (4 P - 4 (1 - P)) / 0.6 = %.2f with P = 256/257, so that 5 %% of %.2f cannot be met by any walk with these parameters, and the error rates are 1 in 257 rather than 1 in 100",
				exact, wald),
		}
	}
	return []Row{
		row("first contacts to flag a scanner", scannerFails, waldFlag, exactFlag),
		row("first contacts to clear a benign source", benignFails, waldClear, exactClear),
		{
			What: "failures in a row that suffice", Published: "4", Source: jung,
			Ours: fmt.Sprint(straight()), How: "a source that the detector has not met",
		},
	}, nil
}

// straight is how many first contacts that all fail flag a new source.
func straight() int {
	d := scan.New(scan.Config{Seed: walkSeed})
	source, at := netip.MustParseAddr("10.0.0.1"), time.Date(2017, 5, 12, 7, 24, 0, 0, time.UTC)
	target := netip.MustParseAddr("198.18.0.1")
	for n := 1; n <= 100; n++ {
		if d.Contact(source, target, 445, true, at) {
			return n
		}
		target = target.Next()
	}
	return 0
}

// mixed is the sum of comparisons over mixes.
type mixed struct {
	ours, zeek   scan.Score
	times, later float64 // means of the mixes' medians
	contacts     float64
}

func compareMixes(mix scan.Mix, n int) mixed {
	var m mixed
	for seed := range uint64(n) {
		c := scan.Compare(seed+1, scan.Config{}, mix)
		for k := range c.Ours.Sources {
			m.ours.Sources[k] += c.Ours.Sources[k]
			m.ours.Flagged[k] += c.Ours.Flagged[k]
			m.zeek.Sources[k] += c.Zeek.Sources[k]
			m.zeek.Flagged[k] += c.Zeek.Flagged[k]
		}
		m.times += c.Times / float64(n)
		m.later += c.Later / float64(n)
		m.contacts += c.Ours.Contacts / float64(n)
	}
	return m
}

func mixRows(_ context.Context, size Size) ([]Row, error) {
	paper, atBound := scan.PaperMix(), scan.BoundMix()
	if size.Small {
		for k := range paper.Sources {
			paper.Sources[k] /= 10
			atBound.Sources[k] /= 10
		}
	}
	m, bound := compareMixes(paper, size.Mixes), compareMixes(atBound, size.Mixes)
	both := func(s scan.Score) string { return fmt.Sprintf("%.3f / %.3f", s.Efficiency(), s.Effectiveness()) }
	how := fmt.Sprintf("%d mixes of %d sources, seeds from 1; a mix made in the manner of the paper, not its traces", size.Mixes, total(m.ours)/size.Mixes)
	return []Row{
		{
			What: "efficiency / effectiveness, sources that either scan or do not", Published: "TRW 0.963 / 0.960 and 1.000 / 0.992; Bro 1.000 / 0.150; Snort 0.615 / 0.126", Source: jung + ", LBL and ICSI",
			Ours: both(m.ours.Without(scan.Peer)) + "; Zeek's rule " + both(m.zeek.Without(scan.Peer)), How: how,
		},
		{
			What: "the same with peer-to-peer hosts among them", Published: "as above", Source: "the paper's traces have few",
			Ours: both(m.ours) + "; Zeek's rule " + both(m.zeek), How: fmt.Sprintf("1 %% of the sources are peers, of whose contacts 20 to 80 %% succeed; %d of %d are flagged", m.ours.Flagged[scan.Peer], m.ours.Sources[scan.Peer]),
			Why: "neither of the test's hypotheses is true of such a host; what keeps it from ringing is that a suspect needs three of them, and an alarm three partners",
		},
		{
			What: "the same, every source at the bound of its hypothesis", Published: "alpha = 0.01, beta = 0.99", Source: jung,
			Ours: both(bound.ours.Without(scan.Peer)), How: "benign sources succeed in exactly 80 %, scanners in 20 %",
			Why: "the rates hold for one test of one source; a busy source is tested again and again",
		},
		{
			What: "Zeek's default rule on the same records", Published: "25 failed hosts in five minutes", Source: "Zeek, misc/scan",
			Ours: fmt.Sprintf("ours after %.3g contacts, %.3g times fewer and %.3g s sooner; flags %d that do not scan, Zeek's rule %d (without the peers %d and %d); finds %d scanners, Zeek's rule %d",
				m.contacts, m.times, m.later, m.ours.FalseAlarms(), m.zeek.FalseAlarms(), m.ours.Without(scan.Peer).FalseAlarms(), m.zeek.Without(scan.Peer).FalseAlarms(), m.ours.Flagged[scan.Scanner], m.zeek.Flagged[scan.Scanner]),
			How: "medians over the scanners that both find; peers count as sources that do not scan",
			Why: "it is earlier; fewer false alarms it has only where no host is a peer: neither of the test's hypotheses is true of one, and Zeek's rule needs more failures than most of them make in five minutes",
		},
	}, nil
}

func total(s scan.Score) int {
	sum := 0
	for _, n := range s.Sources {
		sum += n
	}
	return sum
}
