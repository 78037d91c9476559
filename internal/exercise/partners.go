package exercise

import (
	"fmt"
	"math"
	"math/bits"
	"net/netip"
)

// profile is an invented partner; weight is its share of all hosts.
type profile struct {
	name, sector, country, kind string
	weight                      float64
}

// profiles starts with the six nations that attributed WannaCry together.
var profiles = []profile{
	{"National CERT (US)", "government-national", "US", "government", 1.2},
	{"National CERT (GB)", "government-national", "GB", "government", 1},
	{"National CERT (AU)", "government-national", "AU", "cert", 0.8},
	{"National CERT (CA)", "government-national", "CA", "government", 0.8},
	{"National CERT (NZ)", "government-national", "NZ", "cert", 0.5},
	{"National CERT (JP)", "government-national", "JP", "cert", 0.8},
	{"Hospital trust 07 (GB)", "healthcare", "GB", "operator", 1},
	{"Hospital trust 12 (GB)", "healthcare", "GB", "operator", 0.8},
	{"Internet provider 03 (ES)", "telecommunications", "ES", "provider", 3},
	{"Railway 01 (DE)", "transportation", "DE", "operator", 1.4},
	{"Car maker 02 (FR)", "automotive", "FR", "operator", 1.2},
	{"Car maker 05 (JP)", "automotive", "JP", "operator", 1.2},
	{"Parcel service 01 (US)", "transportation", "US", "operator", 1.6},
	{"University 04 (CN)", "education", "CN", "operator", 1.5},
	{"University 09 (IT)", "education", "IT", "operator", 1.1},
	{"Bank 06 (BR)", "financial-services", "BR", "operator", 1},
	{"Internet provider 08 (IN)", "telecommunications", "IN", "provider", 3},
	{"Internet provider 01 (US)", "telecommunications", "US", "provider", 3.2},
	{"Internet provider 11 (KR)", "telecommunications", "KR", "provider", 2.4},
	{"Software vendor 01 (US)", "technology", "US", "vendor", 1.6},
	{"Software vendor 03 (DE)", "technology", "DE", "vendor", 1},
	{"Security firm 02 (GB)", "technology", "GB", "security", 0.4},
	{"Security firm 05 (JP)", "technology", "JP", "security", 0.4},
	{"Security firm 07 (NL)", "technology", "NL", "security", 0.4},
	{"Power grid 02 (FI)", "energy", "FI", "operator", 0.7},
	{"Power grid 04 (CA)", "energy", "CA", "operator", 0.8},
	{"Water works 01 (NL)", "water", "NL", "operator", 0.4},
	{"Airport 03 (AE)", "transportation", "AE", "operator", 0.7},
	{"Insurer 02 (CH)", "insurance", "CH", "operator", 0.6},
	{"Ministry of health (PT)", "government-national", "PT", "government", 0.7},
	{"City administration 05 (SE)", "government-local", "SE", "government", 0.6},
	{"Police authority 02 (AU)", "emergency-services", "AU", "government", 0.6},
	{"Chip maker 01 (TW)", "manufacturing", "TW", "operator", 1},
	{"Steel works 03 (PL)", "manufacturing", "PL", "operator", 0.7},
	{"Pharmaceutical maker 02 (DK)", "pharmaceuticals", "DK", "operator", 0.6},
	{"Retail chain 04 (MX)", "retail", "MX", "operator", 0.9},
	{"Broadcaster 01 (NO)", "communications", "NO", "operator", 0.4},
	{"Hospital group 03 (ID)", "healthcare", "ID", "operator", 0.8},
	{"Hospital group 06 (US)", "healthcare", "US", "operator", 1},
	{"Internet exchange 02 (NL)", "infrastructure", "NL", "provider", 0.3},
	{"Internet provider 14 (ZA)", "telecommunications", "ZA", "provider", 1.5},
	{"Internet provider 16 (PL)", "telecommunications", "PL", "provider", 1.4},
	{"Mining company 01 (AU)", "mining", "AU", "operator", 0.5},
	{"Port authority 02 (SG)", "transportation", "SG", "operator", 0.5},
	{"Dairy cooperative 01 (NZ)", "agriculture", "NZ", "operator", 0.4},
	{"Hotel group 02 (TR)", "hospitality-leisure", "TR", "operator", 0.5},
	{"Aid organisation 01 (KE)", "non-profit", "KE", "operator", 0.4},
	{"Aircraft maker 01 (CA)", "aerospace", "CA", "operator", 0.9},
}

// sizes of partners
const (
	sizesProfiles = "profiles" // as the profiles' weights have it
	sizesEqual    = "equal"
	// sizesHeavy falls with the rank: the second largest is half as large as the
	// largest, the third a third (Axtell: Zipf Distribution of U.S. Firm Sizes,
	// Science 293, 2001; from memory).
	sizesHeavy = "heavy"
)

// weight is a partner's share of all hosts, by its number.
func weight(i int, sizes string) float64 {
	switch sizes {
	case sizesEqual:
		return 1
	case sizesHeavy:
		return 1 / float64(i+1)
	}
	return profiles[i%len(profiles)].weight
}

// layout is the partners of a world of so many, with their hosts; more than
// there are profiles take their turn again under another number.
func layout(partners, hosts int, sizes string) []Site {
	sites := make([]Site, partners)
	total := 0.0
	for i := range sites {
		total += weight(i, sizes)
	}
	sum, before := 0.0, 0
	for i := range sites {
		p := profiles[i%len(profiles)]
		sum += weight(i, sizes)
		// Rounding the running sum rather than each share gives away every host once.
		upTo := int(math.Round(float64(hosts) * sum / total))
		sites[i] = Site{Name: p.name, Sector: p.sector, Country: p.country, Kind: p.kind, Hosts: upTo - before}
		before = upTo
		if round := i / len(profiles); round > 0 {
			sites[i].Name = fmt.Sprintf("%s, member %d", p.name, round+1)
		}
	}
	address(sites)
	return sites
}

const (
	reserved = 256 // addresses at the start of a prefix for servers
	standard = 16  // prefix length of a partner's network where there is room
)

// address gives each partner a prefix of 10.0.0.0/8: a /16 as long as all have
// room so, else the smallest that holds its hosts; none if even that is too much.
func address(sites []Site) {
	lengths := make([]int, len(sites))
	even := len(sites) < 256
	for i, s := range sites {
		lengths[i] = 32 - bits.Len(uint(s.Hosts+reserved))
		even = even && lengths[i] >= standard
	}
	next := uint64(10<<24 + 1<<16) // 10.0.0.0/16 stays free
	for i := range sites {
		if even {
			lengths[i] = standard
		}
		size := uint64(1) << (32 - lengths[i])
		next = (next + size - 1) / size * size
		if next+size > 11<<24 {
			for j := range sites {
				sites[j].Prefix = netip.Prefix{}
			}
			return
		}
		sites[i].Prefix = netip.PrefixFrom(addr4(uint32(next)), lengths[i])
		next += size
	}
}

func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
