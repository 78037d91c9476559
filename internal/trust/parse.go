package trust

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/stix"
)

// Limits: maxFile and maxName in bytes.
const (
	maxFile   = 1 << 20
	maxName   = 64
	maxGroups = 1000
)

// Parse reads a trust file. With fingerprints it may name keys by them; a
// dossier's own keys.txt may not. Errors name the line.
func Parse(text []byte, fingerprints bool) (File, error) {
	if len(text) > maxFile {
		return File{}, fmt.Errorf("read trust file: it has %d bytes, at most %d are taken", len(text), maxFile)
	}
	if !utf8.Valid(text) {
		return File{}, errors.New("read trust file: it is not UTF-8")
	}
	p := parser{fingerprints: fingerprints, groups: make(map[string]*quorum.Group), witnesses: make(map[string]bool)}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line, ended := strings.CutSuffix(line, "\n")
		if !ended {
			return File{}, fmt.Errorf("read trust file: line %d: it does not end: add a line break", n)
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.line(strings.Split(line, " ")); err != nil {
			return File{}, fmt.Errorf("read trust file: line %d: %w", n, err)
		}
	}
	if !p.quorum {
		return File{}, errors.New("read trust file: there is no quorum line: add \"quorum NAME\", or \"quorum none\" to do without witnesses")
	}
	if err := p.check(); err != nil {
		return File{}, fmt.Errorf("read trust file: %w", err)
	}
	return p.File, nil
}

type parser struct {
	File
	fingerprints bool
	groups       map[string]*quorum.Group
	witnesses    map[string]bool
	quorum       bool // its line has been read
}

func (p *parser) line(words []string) error {
	if slices.Contains(words, "") {
		return errors.New("words are separated by single spaces, and nothing stands before or behind them")
	}
	forms := map[string]struct {
		form string
		min  int
		max  int
		read func([]string) error
	}{
		"log":     {"log VKEY", 1, 1, p.log},
		"witness": {"witness NAME VKEY", 2, 2, p.witness},
		"group":   {"group NAME K|any|all MEMBER [MEMBER ...]", 3, 2 + quorum.MaxLeaves, p.group},
		"quorum":  {"quorum NAME|none", 1, 1, p.setQuorum},
		"voter":   {"voter PARTNER KEY", 2, 2, p.voter},
	}
	f, known := forms[words[0]]
	if !known {
		return fmt.Errorf("unknown word %s: use log, witness, group, quorum or voter", quote(words[0]))
	}
	if n := len(words) - 1; n < f.min || n > f.max {
		return fmt.Errorf("%s has %d words behind it, want %q", words[0], n, f.form)
	}
	return f.read(words[1:])
}

func (p *parser) log(words []string) (err error) {
	key, err := p.key(words[0], checkLogKey)
	p.Logs = append(p.Logs, key)
	return err
}

func (p *parser) witness(words []string) error {
	if err := p.newName(words[0]); err != nil {
		return err
	}
	key, err := p.key(words[1], checkWitnessKey)
	p.Witnesses = append(p.Witnesses, Witness{words[0], key})
	p.witnesses[words[0]] = true
	return err
}

func (p *parser) voter(words []string) error {
	if stix.TypeOfID(words[0]) != "identity" {
		return fmt.Errorf("partner %s is not \"identity--\" and a UUID", quote(words[0]))
	}
	key, err := p.key(words[1], checkVoterKey)
	p.Voters = append(p.Voters, Voter{access.PartnerID(words[0]), key})
	return err
}

func (p *parser) group(words []string) error {
	if err := p.newName(words[0]); err != nil {
		return err
	}
	if len(p.Groups) == maxGroups {
		return fmt.Errorf("there are more than %d groups", maxGroups)
	}
	threshold, err := parseThreshold(words[1])
	if err != nil {
		return err
	}
	g := &quorum.Group{Name: words[0], Threshold: threshold}
	for _, name := range words[2:] {
		m, err := p.member(name)
		if err != nil {
			return err
		}
		g.Members = append(g.Members, m)
	}
	if err := g.Validate(); err != nil {
		return err
	}
	p.groups[g.Name] = g
	p.Groups = append(p.Groups, g)
	return nil
}

func (p *parser) setQuorum(words []string) error {
	if p.quorum {
		return errors.New("there is a quorum line already")
	}
	p.quorum = true
	if words[0] == "none" {
		return nil
	}
	m, err := p.member(words[0])
	if err != nil {
		return err
	}
	if p.Quorum = m.Group; m.Group == nil {
		p.Quorum = &quorum.Group{Threshold: quorum.Threshold{All: true}, Members: []quorum.Member{m}}
	}
	return nil
}

// member is a witness or a group of an earlier line.
func (p *parser) member(name string) (quorum.Member, error) {
	if g := p.groups[name]; g != nil {
		return quorum.Member{Group: g}, nil
	}
	if p.witnesses[name] {
		return quorum.Member{Leaf: name}, nil
	}
	return quorum.Member{}, fmt.Errorf("%s is no witness and no group of an earlier line", quote(name))
}

// newName says what is wrong with the name of a new witness or group.
func (p *parser) newName(name string) error {
	switch {
	case len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' }):
		return fmt.Errorf("name %s: use 1 to %d ASCII characters that can be seen", quote(name), maxName)
	case name == "none":
		return errors.New("the name \"none\" says that there is no quorum: use another")
	case p.witnesses[name] || p.groups[name] != nil:
		return fmt.Errorf("name %s is defined twice", quote(name))
	}
	return nil
}

// parseThreshold reads how many members of a group it takes.
func parseThreshold(word string) (quorum.Threshold, error) {
	switch word {
	case "any":
		return quorum.Threshold{N: 1}, nil
	case "all":
		return quorum.Threshold{All: true}, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || strconv.Itoa(n) != word {
		return quorum.Threshold{}, fmt.Errorf("threshold %s is not any, all or a number in plain digits", quote(word))
	}
	return quorum.Threshold{N: n}, nil // the group's Validate knows how many it may be
}

// quote is a word from outside for an error, cut where it is long.
func quote(word string) string { return fmt.Sprintf("%.80q", word) }
