package scan

import (
	"cmp"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Kind is what a source of a mix is in truth.
type Kind uint8

// Only a Scanner is to be flagged.
const (
	Benign  Kind = iota
	Peer         // of a peer-to-peer network: many of its contacts fail, and it does not scan
	Crawler      // as crawlers, proxies and mail servers: very many targets, most of which answer
	Scanner
	kinds
)

// Mix is how many sources of each kind there are in two hours of records, and
// which share of their contacts succeeds. A source's own share is drawn evenly
// between the two bounds.
type Mix struct {
	Sources [kinds]int
	Success [kinds][2]float64
}

// PaperMix is a mix in the manner of Jung et al. (section 3, from memory): of
// nearly all remote hosts either more than 80 % or less than 20 % of the first
// contacts succeed, and few lie between. One source in ten scans; the paper's
// traces have fewer or more, which changes the efficiency and nothing else.
//
// Benign sources have as many targets as a Pareto distribution of exponent 1.2
// gives, up to 1,000; peers from 30 to 300 an hour, crawlers from 500 to 10,000;
// scanners 5 to 1,000 in all at one a 100 s to 100 a second: each evenly
// by the logarithm.
func PaperMix() Mix {
	return Mix{
		Sources: [kinds]int{Benign: 8_850, Peer: 100, Crawler: 50, Scanner: 1_000},
		Success: [kinds][2]float64{Benign: {0.8, 1}, Peer: {0.2, 0.8}, Crawler: {0.8, 1}, Scanner: {0, 0.2}},
	}
}

// BoundMix is PaperMix with every source at the bound: benign ones succeed in
// exactly 80 % and scanners in 20 %, as the walk's two hypotheses have it.
func BoundMix() Mix {
	m := PaperMix()
	m.Success = [kinds][2]float64{Benign: {0.8, 0.8}, Peer: {0.5, 0.5}, Crawler: {0.8, 0.8}, Scanner: {0.2, 0.2}}
	return m
}

// attempt is one first contact of a mix. A source contacts a target once.
type attempt struct {
	at     time.Duration
	source int32
	target int32
	failed bool
}

const mixHours = 2

// attempts are in the order of time, and kinds tells what each source is.
func (m Mix) attempts(seed uint64) (list []attempt, truth []Kind) {
	r := rand.New(rand.NewPCG(seed, 0x5ca))
	for kind, n := range m.Sources {
		for range n {
			source := int32(len(truth))
			truth = append(truth, Kind(kind))
			bounds := m.Success[kind]
			success := bounds[0] + (bounds[1]-bounds[0])*r.Float64()
			for i, at := range times(r, Kind(kind)) {
				list = append(list, attempt{at, source, int32(i), r.Float64() >= success})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b attempt) int { return cmp.Compare(a.at, b.at) })
	return list, truth
}

// times are when a source contacts another target.
func times(r *rand.Rand, kind Kind) []time.Duration {
	between := func(low, high float64) float64 { return low * math.Pow(high/low, r.Float64()) }
	var list []time.Duration
	switch kind {
	case Scanner: // begins in the second hour
		gap := between(0.01, 100)
		at := (1 + r.Float64()) * 3600
		for range int(between(5, 1000)) {
			at += r.ExpFloat64() * gap
			list = append(list, seconds(at))
		}
	case Peer, Crawler: // goes on for both hours
		n := between(30, 300)
		if kind == Crawler {
			n = between(500, 10_000)
		}
		for range int(n * mixHours) {
			list = append(list, seconds(r.Float64()*3600*mixHours))
		}
		slices.Sort(list)
	default:
		for range min(int(math.Pow(1-r.Float64(), -1/1.2)), 1000) {
			list = append(list, seconds(r.Float64()*3600*mixHours))
		}
		slices.Sort(list)
	}
	return list
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// mixAddress is in 198.18.0.0/15, which is for measurements (RFC 2544), as far
// as that goes, and counts on from there.
func mixAddress(n int32) netip.Addr {
	v := uint32(198<<24|18<<16) + uint32(n)
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
