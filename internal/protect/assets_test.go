package protect_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func TestAssets(t *testing.T) {
	own := func(texts ...string) (values []observable.Value) {
		for _, text := range texts {
			v, err := observable.Infer(text)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return values
	}
	hash := "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
	g := protect.NewAssets(own("portal.hospital.example", "192.0.2.0/25", "2001:db8:1::7", hash, "https://pay.bank.example/x"))
	for text, want := range map[string]bool{
		"portal.hospital.example":            true,
		"PORTAL.hospital.example.":           true,
		"a.portal.hospital.example":          true,
		"hospital.example":                   true, // its block would reach the portal
		"http://hospital.example/":           true,
		"http://hospital.example/x":          false, // one page of another host
		"http://portal.hospital.example/x":   true,
		"notportal.hospital.example":         false,
		"portal.hospital.example.evil.test1": false,
		"192.0.2.77":                         true,
		"192.0.2.177":                        false,
		"192.0.2.0/24":                       true,
		"::ffff:192.0.2.77":                  true,
		"http://192.0.2.7/x":                 true,
		"2001:db8:1::/48":                    true,
		"2001:db8:2::7":                      false,
		"pay.bank.example":                   true,
		"http://pay.bank.example/login":      true,
		"bank.example":                       true,
		hash:                                 true,
		hash[:63] + "b":                      false,
	} {
		v := own(text)[0]
		if reason, bad := g.Check(v); bad != want || bad == (reason == "") {
			t.Errorf("%s: refused %t (%s)", text, bad, reason)
		}
	}
}
