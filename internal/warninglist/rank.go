package warninglist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// MaxRank is how many names of a popularity list are kept at most.
const MaxRank = 5_000_000

const rankList = "popularity"

// ReadRanks reads the most popular names from lines "rank,name", best first, as
// Tranco (tranco-list.eu) and Cisco Umbrella publish them: those of rank 1 to
// limit. They are matched like the names of a list: a name below a popular one
// counts as it, unless it was registered under a public suffix. Lines that are
// none are counted; that no line is one is an error.
func ReadRanks(r io.Reader, limit int) (*Lists, Problems, error) {
	if limit < 1 || limit > MaxRank {
		return nil, Problems{}, fmt.Errorf("read popularity list: rank %d: use a number from 1 to %d", limit, MaxRank)
	}
	l := &Lists{names: []label{{rankList, fmt.Sprintf("the %d most popular names", limit)}}}
	problems := Problems{Lists: 1}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4096)
	for lines.Scan() {
		rank, name, err := ranked(lines.Text())
		if err == nil && rank > limit {
			break
		}
		if problems.Entries++; problems.Entries > 2*MaxRank {
			return nil, problems, fmt.Errorf("read popularity list: more than %d lines before rank %d", 2*MaxRank, limit)
		}
		if err == nil {
			err = l.addName(name, 0, Owned)
		}
		if err != nil {
			problems.Junk++
			problems.note(rankList, lines.Text(), err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, problems, fmt.Errorf("read popularity list: %w", err)
	}
	if problems.Entries == problems.Junk {
		return nil, problems, fmt.Errorf("read popularity list: no line is \"rank,name\": %s", problems)
	}
	l.texts.trim()
	return l, problems, nil
}

func ranked(line string) (rank int, name string, err error) {
	first, rest, found := strings.Cut(line, ",")
	rank, err = strconv.Atoi(strings.TrimSpace(first))
	if !found || err != nil || rank < 1 {
		return 0, "", errors.New("a line is a rank from 1, a comma, and a name")
	}
	v, err := observable.New(observable.Domain, strings.Trim(strings.TrimSpace(rest), `"`))
	return rank, v.Text, err
}
