package pattern_test

import (
	"fmt"

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

	_, err = pattern.Parse("[file:hashes.SHA-256 = 'x']")
	fmt.Println(err)
	// Output:
	// [ipv4-addr:value = '198.51.100.7' OR domain-name:value IN ('a.example')]
	// [{ipv4-addr:value 198.51.100.7} {domain-name:value a.example}] true
	// pattern, line 1, column 14: a property's name like this is quoted: 'SHA-256'
}
