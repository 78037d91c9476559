package pattern_test

import (
	"errors"
	"fmt"

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
