package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/client"
)

type protectionAddCommand struct {
	hubFlags
	Value    string `arg:"" optional:"" help:"A domain, address, prefix, URL or hash."`
	File     string `help:"Instead of one value, those of a file, one a line, '#' comments; '-' is standard input (coordinator)." placeholder:"FILE"`
	Polarity string `required:"" enum:"block,observe,must-resolve" help:"block, observe or must-resolve."`
	TLP      string `name:"tlp" help:"Who is told of it: clear, green, amber or amber+strict (default green)." placeholder:"LEVEL"`
	Reason   string `required:"" help:"Why, for the ledger."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

func (c *protectionAddCommand) Run(env *environment) error {
	switch {
	case (c.Value == "") == (c.File == ""):
		return usageError{errors.New("protection add: name a value, or a --file of values")}
	case c.File != "" && c.Polarity == "must-resolve":
		return usageError{errors.New("protection add: a must-resolve is asked for one by one")}
	case c.File != "":
		return c.bulk(env)
	}
	in := map[string]string{"value": c.Value, "polarity": c.Polarity, "reason": c.Reason}
	if c.TLP != "" {
		in["tlp"] = c.TLP
	}
	p, err := changeProtection(env, c.hubFlags, "/protections", in, c.JSON)
	if err == nil && c.Polarity == "must-resolve" && p.Confirmed == "" && !c.JSON {
		fmt.Fprintf(env.Stderr, "It lasts for a day at most unless a second person confirms it: tocsin protection confirm %s --reason TEXT\n", p.Text)
	}
	return err
}

// linesACall is how many values one call of the hub asks for: it holds up the
// ledger for a fraction of a second.
const linesACall = 20_000

// lot is values with where they stand in the file.
type lot struct {
	values []string
	lines  []int
}

type bulkResult struct {
	Given   int           `json:"given"`
	Refused []bulkRefused `json:"refused"`
}

type bulkRefused struct {
	Line  int    `json:"line"`
	Value string `json:"value"`
	Guard string `json:"guard,omitempty"`
	Why   string `json:"why"`
}

func (c *protectionAddCommand) bulk(env *environment) (err error) {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in, size := io.NopCloser(env.Stdin), int64(-1)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		if info, err := file.Stat(); err == nil {
			size = info.Size()
		}
		in = file
	}
	defer in.Close()
	var body io.Reader = in
	if terminal(env.Stderr) {
		bar := newBar(env.Stderr, size, c.File)
		body = io.TeeReader(in, bar)
		defer func() { _ = bar.Finish() }()
	}
	total := bulkResult{Refused: []bulkRefused{}}
	if err := eachLot(body, func(l lot) error { return c.send(env, hub, l, &total) }); err != nil {
		return fmt.Errorf("%s: %w; %d values before are in force", c.File, err, total.Given)
	}
	if c.JSON {
		if err := env.printJSON(total); err != nil {
			return err
		}
	} else {
		for _, r := range total.Refused {
			fmt.Fprintf(env.Stdout, "line %d: %s: %s\n", r.Line, r.Value, r.Why)
		}
		fmt.Fprintf(env.Stdout, "%s: %d in force, %d refused\n", c.Polarity, total.Given, len(total.Refused))
	}
	if len(total.Refused) > 0 {
		return fmt.Errorf("%s: %d of %d values were refused", c.File, len(total.Refused), total.Given+len(total.Refused))
	}
	return nil
}

func (c *protectionAddCommand) send(env *environment, hub *client.Client, l lot, total *bulkResult) error {
	var answer bulkResult
	if err := hub.Post(env.Context, "/protections/bulk", struct {
		Values   []string `json:"values"`
		Polarity string   `json:"polarity"`
		Reason   string   `json:"reason"`
		TLP      string   `json:"tlp,omitzero"`
	}{l.values, c.Polarity, c.Reason, c.TLP}, &answer); err != nil {
		return fmt.Errorf("lines %d to %d: %w", l.lines[0], l.lines[len(l.lines)-1], err)
	}
	for _, r := range answer.Refused {
		if r.Line >= 1 && r.Line <= len(l.lines) {
			r.Line = l.lines[r.Line-1]
		}
		total.Refused = append(total.Refused, r)
	}
	total.Given += answer.Given
	return nil
}

// eachLot reads values line by line and hands them on in lots.
func eachLot(in io.Reader, do func(lot) error) error {
	var next lot
	flush := func() error {
		if len(next.values) == 0 {
			return nil
		}
		full := next
		next = lot{}
		return do(full)
	}
	scan := bufio.NewScanner(in)
	for n := 1; scan.Scan(); n++ {
		text, _, _ := strings.Cut(scan.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		next.values, next.lines = append(next.values, text), append(next.lines, n)
		if len(next.values) == linesACall {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := scan.Err(); err != nil {
		return err
	}
	return flush()
}
