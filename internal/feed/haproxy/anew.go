package haproxy

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// anew replaces all maps: each is prepared as a new version, which nothing is
// looked up in, and takes its place in one step. Then the files follow.
func (o *Outlet) anew(ctx context.Context, s *session, set func() feed.Set) error {
	o.mark, o.have = "", nil
	mark, all, now := newMark(), entries(set()), have{}
	all[feed.HAProxyNames] = append(all[feed.HAProxyNames], entry{where: feed.HAProxyNames, key: markKey, until: mark})
	var commits []string
	for _, where := range feed.HAProxyMaps() {
		version, err := s.prepare(o.path(where))
		if err != nil {
			return errors.Join(err, o.files.instead(set))
		}
		if err := s.add(ctx, "@"+version+" ", o.path(where), all[where]); err != nil {
			return err
		}
		commits = append(commits, "commit map @"+version+" "+o.path(where))
		for _, e := range all[where] {
			now.add(e)
		}
		delete(all, where)
	}
	// All at the end, what is excepted first.
	if err := s.each(commits, func(i int, answer string) error { return told(commits[i], answer) }); err != nil {
		return err
	}
	o.mark, o.have = strconv.FormatInt(mark, 10), now
	return o.files.follow(set, len(now))
}

// prepare begins a new version of a map; what others left half prepared goes when
// it is committed.
func (s *session) prepare(path string) (version string, err error) {
	answer, err := s.ask("prepare map " + path)
	if err != nil {
		return "", err
	}
	version, ok := strings.CutPrefix(answer, "New version created: ")
	if _, err := strconv.ParseUint(version, 10, 32); !ok || err != nil {
		return "", errors.Join(told("prepare map "+path, answer), errors.New("the maps of its configuration have to be in the folder that the outlet was given; `tocsin feed connect haproxy` prints one"))
	}
	return version, nil
}

// newMark is a negative number that nobody else has.
func newMark() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return -int64(binary.LittleEndian.Uint64(b[:])>>2) - 1
}
