package hindsight

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"sync"

	"github.com/zeebo/xxh3"
)

// generation is what was noted between two cuts: a hash table in shards, each
// with its lock, so that readers on several cores seldom meet.
type generation struct {
	shards [shardCount]shard
	names  bloom
	mark   uint64 // of the flush it belongs to; set when it is cut off
}

const (
	shardBits  = 4
	shardCount = 1 << shardBits
)

// shard is an open-addressing table of slots (the upper half: 32 bits of
// fingerprint, the lower: place in the arena in units of 8 bytes, plus one)
// over entries:
//
//	first, last uint32   seconds of the Unix epoch
//	count       uint32   stays at its highest
//	length      uint16   of the text
//	code        byte     of the type
//	            byte     unused
//	hosts       uint64   a bit for each, see hostBit
//	text                 padded to 8 bytes
//
// It holds no pointers, so that the garbage collector does not walk it.
type shard struct {
	mu    sync.Mutex
	cut   bool // nothing is noted here any more
	count int
	fill  int
	slots []uint64
	arena []byte
}

const entryHead = 24

// newGeneration takes about so many bytes: five eighths for entries, a quarter
// for slots, an eighth for the names.
func newGeneration(size int) *generation {
	g := &generation{names: newBloom(size / 8)}
	slots := 1 << (bits.Len(uint(size/4/8/shardCount)) - 1)
	for i := range g.shards {
		g.shards[i].slots = make([]uint64, slots)
		g.shards[i].arena = make([]byte, (size*5/8/shardCount)&^7)
	}
	return g
}

// reset empties the generation for its next use.
func (g *generation) reset() {
	g.names.reset()
	for i := range g.shards {
		s := &g.shards[i]
		s.mu.Lock()
		clear(s.slots)
		s.cut, s.count, s.fill = false, 0, 0
		s.mu.Unlock()
	}
}

func (g *generation) empty() bool {
	for i := range g.shards {
		s := &g.shards[i]
		s.mu.Lock()
		n := s.count
		s.mu.Unlock()
		if n > 0 {
			return false
		}
	}
	return true
}

// seal waits for the notes under way and lets no more in.
func (g *generation) seal() {
	for i := range g.shards {
		g.shards[i].mu.Lock()
		g.shards[i].cut = true
		g.shards[i].mu.Unlock()
	}
}

// outcome of a note.
type outcome uint8

const (
	noted outcome = iota
	full
	sealed // look for the active generation again
)

func fingerprint(code byte, text string) uint64 { return xxh3.HashStringSeed(text, uint64(code)) }

// hostBit gives each host one of 64 bits; hosts are counted by how many are set
// (linear counting: Whang et al., 1990). No address gives no bit.
func hostBit(a netip.Addr) uint64 {
	if !a.IsValid() {
		return 0
	}
	raw := a.As16()
	h := binary.LittleEndian.Uint64(raw[:])*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(raw[8:])
	hi, lo := bits.Mul64(h^0xd6e8feb86659fd93, 0xa0761d6478bd642f)
	return 1 << ((hi ^ lo) >> 58)
}

func (g *generation) note(h uint64, code byte, text string, host uint64, at uint32) outcome {
	s := &g.shards[h>>(64-shardBits)]
	s.mu.Lock()
	if s.cut {
		s.mu.Unlock()
		return sealed
	}
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := s.slots[i]
		if slot == 0 {
			done := s.add(i, h, code, text, host, at)
			s.mu.Unlock()
			if done == noted {
				g.names.add(h, code, text)
			}
			return done
		}
		if uint32(slot>>32) == uint32(h>>16) && s.is(slot, code, text) {
			s.tally(slot, host, at)
			s.mu.Unlock()
			return noted
		}
	}
}

// is says whether the slot's entry is of the value.
func (s *shard) is(slot uint64, code byte, text string) bool {
	e := s.arena[(uint32(slot)-1)*8:]
	return e[14] == code && string(e[entryHead:entryHead+int(binary.LittleEndian.Uint16(e[12:]))]) == text
}

// tally counts one event in the slot's entry.
func (s *shard) tally(slot, host uint64, at uint32) {
	e := s.arena[(uint32(slot)-1)*8:][:entryHead]
	if at < binary.LittleEndian.Uint32(e) {
		binary.LittleEndian.PutUint32(e, at)
	}
	if at > binary.LittleEndian.Uint32(e[4:]) {
		binary.LittleEndian.PutUint32(e[4:], at)
	}
	if n := binary.LittleEndian.Uint32(e[8:]); n+1 != 0 {
		binary.LittleEndian.PutUint32(e[8:], n+1)
	}
	binary.LittleEndian.PutUint64(e[16:], binary.LittleEndian.Uint64(e[16:])|host)
}

// add puts a new entry in the free slot i.
func (s *shard) add(i, h uint64, code byte, text string, host uint64, at uint32) outcome {
	size := (entryHead + len(text) + 7) &^ 7
	if s.fill+size > len(s.arena) || s.count+1 > len(s.slots)*3/4 {
		return full
	}
	e := s.arena[s.fill:]
	binary.LittleEndian.PutUint32(e, at)
	binary.LittleEndian.PutUint32(e[4:], at)
	binary.LittleEndian.PutUint32(e[8:], 1)
	binary.LittleEndian.PutUint16(e[12:], uint16(len(text)))
	e[14] = code
	binary.LittleEndian.PutUint64(e[16:], host)
	copy(e[entryHead:], text)
	s.slots[i] = uint64(uint32(h>>16))<<32 | uint64(s.fill/8+1)
	s.fill += size
	s.count++
	return noted
}

// each calls visit for every entry. It works on copies of the arenas, as notes
// would wait too long otherwise.
func (g *generation) each(visit func(code byte, text []byte, r record)) {
	var copied []byte
	for i := range g.shards {
		s := &g.shards[i]
		s.mu.Lock()
		copied = append(copied[:0], s.arena[:s.fill]...)
		s.mu.Unlock()
		for e := copied; len(e) > 0; {
			n := int(binary.LittleEndian.Uint16(e[12:]))
			visit(e[14], e[entryHead:entryHead+n], record{
				first: int64(binary.LittleEndian.Uint32(e)), last: int64(binary.LittleEndian.Uint32(e[4:])),
				count: uint64(binary.LittleEndian.Uint32(e[8:])), hosts: binary.LittleEndian.Uint64(e[16:]),
			})
			e = e[(entryHead+n+7)&^7:]
		}
	}
}
