package feed

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Document is an outlet's compiled content. An empty Body is a statement:
// nothing is in force. It does not change once it was given to a Handler.
type Document struct {
	Body    []byte
	Serial  uint64    // of the state that it was compiled from; only rises
	Changed time.Time // when that state came into force
	Left    int       // protections in force that it does not carry

	tag     func() string
	squeeze func() ([]byte, error)
}

// NewDocument is what a compiler wrote.
func NewDocument(body []byte, serial uint64, changed time.Time, left int) *Document {
	d := &Document{Body: body, Serial: serial, Changed: changed, Left: left}
	d.tag = sync.OnceValue(func() string {
		digest := sha256.Sum256(body)
		return hex.EncodeToString(digest[:16])
	})
	d.squeeze = sync.OnceValues(d.gzip)
	return d
}

// gzip packs the body, the fastest way: it has to be there at once, and lists of
// names shrink to a fifth all the same.
func (d *Document) gzip() ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err == nil {
		_, err = w.Write(d.Body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return packed.Bytes(), nil
}

// Top is the set with n protections at most of those that a compiler writes: the
// must-resolve names, then the most confident blocks, then what is observed. left
// is how many it would write beyond them. Which kinds it writes is found by
// having it write one of each: a list of addresses is not filled up by names.
func (s Set) Top(n int, compile Compiler) (top Set, left int, err error) {
	carried, err := s.carried(compile)
	if err != nil {
		return s, 0, err
	}
	top = s
	for _, list := range []*[]*protect.Protection{&top.musts, &top.blocks, &top.observed} {
		var kept []*protect.Protection
		for _, p := range *list {
			if !carried[kindOf(p)] {
				continue
			}
			if n > 0 {
				kept = append(kept, p)
				n--
			} else {
				left++
			}
		}
		*list = kept
	}
	return top, left, nil
}

// kind is what decides whether a format has a word for a protection.
type kind struct {
	observable.Type
	protect.Polarity
	exact, answered bool
}

func kindOf(p *protect.Protection) kind { return kind{p.Type, p.Polarity, p.Exact, p.Answer != ""} }

// carried are the kinds of the set's protections of which a compiler writes
// something.
func (s Set) carried(compile Compiler) (map[kind]bool, error) {
	written := func(one Set) (string, error) {
		var b bytes.Buffer
		_, err := compile(&b, one)
		return b.String(), err
	}
	nothing, err := written(Set{})
	if err != nil {
		return nil, err
	}
	carried := map[kind]bool{}
	for at, list := range [][]*protect.Protection{s.blocks, s.observed, s.musts} {
		for _, p := range list {
			if _, known := carried[kindOf(p)]; known {
				continue
			}
			one := [3][]*protect.Protection{}
			one[at] = []*protect.Protection{p}
			text, err := written(Set{blocks: one[0], observed: one[1], musts: one[2]})
			if err != nil {
				return nil, err
			}
			carried[kindOf(p)] = text != nothing
		}
	}
	return carried, nil
}
