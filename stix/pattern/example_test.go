package pattern_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

func ExampleParse() {
	p, err := pattern.Parse("[ipv4-addr:value=='198.51.100.7'OR domain-name:value IN('a.example')]")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p)
	terms, complete := pattern.Equalities(p)
	fmt.Println(terms, complete)
	// Output:
	// [ipv4-addr:value = '198.51.100.7' OR domain-name:value IN ('a.example')]
	// [{ipv4-addr:value 198.51.100.7} {domain-name:value a.example}] true
}

func ExampleSyntaxError() {
	_, err := pattern.Parse("[file:hashes.SHA-256 = 'x']")
	fmt.Println(err)

	var about *pattern.SyntaxError
	if errors.As(err, &about) {
		fmt.Println(about.Line, about.Column, about.Offset)
	}
	// Output:
	// pattern, line 1, column 14: a property's name like this is quoted: 'SHA-256'
	// 1 14 13
}

func ExamplePattern_String() {
	p := pattern.Pattern{Root: &pattern.Test{Comparison: &pattern.Compare{
		Path:   pattern.Path{Type: "file", Steps: []pattern.Step{{Key: "hashes"}, {Key: "SHA-256"}}},
		By:     pattern.Equal,
		Values: []pattern.Constant{{Kind: pattern.String, Text: "it's"}},
	}}}
	fmt.Println(p)
	// Output:
	// [file:hashes.'SHA-256' = 'it\'s']
}

func ExampleValidate() {
	o := stix.Object{Line: 1, Header: stix.Header{
		Type: "indicator", ID: stix.NewID("indicator"), PatternType: "stix", Pattern: "[domain-name:value = 'a.example'",
	}}
	for _, f := range pattern.Validate(o) {
		fmt.Println(f.Level, f.Err)
	}
	// Output:
	// error /pattern (line 1, column 1): pattern, line 1, column 33: expected ], the pattern ends (STIX 2.1, section 9)
}

func ExampleProgram_Match() {
	p, err := pattern.Parse("([domain-name:value LIKE '%.c2.example'] FOLLOWEDBY [file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']) WITHIN 300 SECONDS")
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := pattern.Compile(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2024, 5, 12, 12, 0, 0, 0, time.UTC)
	observations := []pattern.Observed{
		{First: noon, Objects: []pattern.Object{{"type": "domain-name", "value": "a.c2.example"}}},
		{First: noon.Add(time.Minute), Objects: []pattern.Object{{"type": "domain-name", "value": "good.example"}}},
		{First: noon.Add(2 * time.Minute), Objects: []pattern.Object{{
			"type": "file", "name": "x.dll", "hashes": map[string]any{"MD5": "d41d8cd98f00b204e9800998ecf8427e"},
		}}},
	}
	fmt.Println(program.Match(observations))
	// Output:
	// [0 2] true
}

func ExampleAtom_Test() {
	p, _ := pattern.Parse("[network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24' AND network-traffic:dst_port = 443]")
	program, _ := pattern.Compile(p)
	w, ok := program.Atoms()[0].Test(&pattern.Observed{Objects: []pattern.Object{
		{"type": "network-traffic", "dst_ref": "ipv4-addr--1", "dst_port": int64(443)},
		{"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"},
	}})
	fmt.Println(ok, w.Path, w.Value)
	// Output:
	// true network-traffic:dst_ref.value 198.51.100.7
}

// Three failed logins within a minute. The stream is not in order, and has one
// observation twice.
func ExampleWindow() {
	p, _ := pattern.Parse("[user-account:x_login_failed = true] REPEATS 3 TIMES WITHIN 60 SECONDS")
	program, _ := pattern.Compile(p)
	window := program.NewWindow(pattern.WindowLimits{})
	start := time.Date(2024, 5, 12, 7, 0, 0, 0, time.UTC)
	for _, second := range []int{100, 0, 5, 30, 5, 90, 140} {
		at := start.Add(time.Duration(second) * time.Second)
		window.Add(0, pattern.Seen{First: at, Ref: uint64(second)})
		if refs, ok := window.Match(); ok {
			fmt.Println("a match:", refs)
		}
		window.Expire(at.Add(-2 * time.Minute)) // none is later than that
	}
	fmt.Println(window.Evicted(), "evicted,", window.Late(), "late")
	// Output:
	// a match: [0 5 30]
	// a match: [90 100 140]
	// 0 evicted, 0 late
}

func ExampleEquivalent() {
	a, _ := pattern.Parse("[file:size = 1 OR file:size = 2] AND [ipv4-addr:value = '198.51.100.7/32']")
	b, _ := pattern.Parse("[ipv4-addr:value = '198.51.100.7'] AND [file:size IN (2.0, 1)]")
	fmt.Println(pattern.Equivalent(a, b))
	// Output:
	// true
}
