package scan

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/zeebo/xxh3"
)

// Detector watches one partner's records for hosts that scan. It belongs to one
// goroutine. The zero value is not usable.
type Detector struct {
	cfg       Config
	test      test
	own, dark prefixes
	sides     [2]side // of the partner's own hosts, and of others
	ports     map[portKey]*Port

	began   int64   // second of the first contact
	learned bool    // a window has passed since: what is not known is unusual
	window  int64   // seconds
	perDay  float64 // windows
}

// side is the memory of one direction. Each has its own, so that whoever sends
// from invented addresses elsewhere cannot push out what is known of the
// partner's hosts.
type side struct {
	contacts contacts
	sources  sources
	crowd    crowd
}

// New makes a detector that knows nothing yet.
func New(cfg Config) *Detector {
	cfg = cfg.withDefaults()
	window := max(int64(cfg.Window/time.Second), 1)
	d := &Detector{
		cfg: cfg, test: newTest(cfg), own: newPrefixes(cfg.Own), dark: newPrefixes(cfg.Dark),
		ports: make(map[portKey]*Port), window: window, perDay: max(24*3600/float64(window), 1),
	}
	for i := range d.sides {
		d.sides[i] = side{
			newContacts(cfg.MaxContacts), newSources(cfg.MaxSources, uint32(min(window, math.MaxInt32))), newCrowd(cfg.MaxSketches),
		}
	}
	return d
}

func randomSeed() uint64 { return rand.Uint64() | 1 }

// Contact notes that source tried to reach target on a port, and whether it
// failed: no answer, or a refusal. It says whether this made the source a
// scanner on the port, which it was not. What has no address or no time is
// ignored.
func (d *Detector) Contact(source, target netip.Addr, port uint16, failed bool, at time.Time) (flagged bool) {
	if !source.IsValid() || !target.IsValid() || at.IsZero() {
		return false
	}
	from, to := addressOf(source), addressOf(target)
	inbound := !d.own.has(from)
	s := d.side(inbound)
	key := d.sourceKey(from, port)
	contact := d.contactKey(key, to)
	first := s.contacts.first(contact)
	crowded := s.crowd.find(key)
	if !first && crowded == nil {
		return false
	}
	second := at.Unix()
	d.learn(second)
	if first {
		flagged = d.firstContact(s, key, to, port, failed, at)
	}
	if crowded != nil && d.spreads(crowded, contact, second) && !flagged {
		flagged = d.flag(s.sources.get(key, uint32(second)), port, inbound, at)
	}
	if flagged && crowded != nil {
		crowded.flagged = true
	}
	return flagged
}

// firstContact is the walk's step, and dark space.
func (d *Detector) firstContact(s *side, key uint64, to address, port uint16, failed bool, at time.Time) (flagged bool) {
	second, inbound := at.Unix(), s == &d.sides[1]
	w := s.sources.get(key, uint32(second))
	w.tally(uint32(second), uint32(d.window))
	dark := len(d.dark) > 0 && d.dark.has(to)
	if dark {
		d.port(port, inbound, at).Dark++
		w.dark = uint8(min(int(w.dark)+1, math.MaxUint8))
	}
	if d.scanning(w, second) {
		d.port(port, inbound, at).Contacts++
	} else if d.test.step(w, failed || dark, at.UnixMicro()) || dark && int(w.dark) >= d.cfg.DarkTargets {
		flagged = d.flag(w, port, inbound, at)
	}
	if w.count == promoteAt && s.crowd.find(key) == nil {
		s.crowd.promote(w, second/d.window, &s.sources)
	}
	return flagged
}

func (d *Detector) side(inbound bool) *side {
	if inbound {
		return &d.sides[1]
	}
	return &d.sides[0]
}

func (d *Detector) sourceKey(from address, port uint16) uint64 {
	var b [18]byte
	binary.LittleEndian.PutUint64(b[:], from.high)
	binary.LittleEndian.PutUint64(b[8:], from.low)
	binary.LittleEndian.PutUint16(b[16:], port)
	return max(xxh3.HashSeed(b[:], d.cfg.Seed), 1) // 0 is an empty place
}

func (d *Detector) contactKey(source uint64, to address) uint64 {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[:], to.high)
	binary.LittleEndian.PutUint64(b[8:], to.low)
	binary.LittleEndian.PutUint64(b[16:], source)
	return xxh3.HashSeed(b[:], d.cfg.Seed)
}
