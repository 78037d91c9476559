package signin

import (
	"net/url"
	"strings"
	"testing"
)

// A vector of the reference implementation (phc-winner-argon2, src/test.c).
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestPHC(t *testing.T) {
	h, err := parsePHC(reference)
	if err != nil {
		t.Fatal(err)
	}
	if h.String() != reference {
		t.Errorf("written as %s", h)
	}
	text := func(salt, key string) string { return "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key }
	const salt, key = "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"
	if h, err := parsePHC(text(salt, key)); err != nil || h.String() != text(salt, key) {
		t.Fatalf("the string that the bad ones are made from: %v", err)
	}
	for _, bad := range []string{
		"", "$", "x" + text(salt, key), text(salt, key) + "$", text(salt, key) + "\n", text(salt, key) + "=",
		strings.Replace(text(salt, key), "argon2id", "argon2i", 1), strings.Replace(text(salt, key), "v=19", "v=16", 1),
		strings.Replace(text(salt, key), "$v=19", "", 1), strings.Replace(text(salt, key), "m=64", "m=064", 1),
		strings.Replace(text(salt, key), "m=64", "m=+64", 1), strings.Replace(text(salt, key), "m=64", "m=4294967360", 1),
		strings.Replace(text(salt, key), "m=64", "m=262145", 1), strings.Replace(text(salt, key), "m=64", "m=7", 1),
		strings.Replace(text(salt, key), "t=1", "t=0", 1), strings.Replace(text(salt, key), "t=1", "t=17", 1),
		strings.Replace(text(salt, key), "p=1", "p=17", 1), strings.Replace(text(salt, key), "p=1", "p=9", 1), // 9 lanes need 72 KiB
		strings.Replace(text(salt, key), "m=64,t=1", "t=1,m=64", 1), strings.Replace(text(salt, key), "p=1", "p=1,keyid=x", 1),
		text("c29t", key), text(salt, "AAAA"), text("c29tZXNhbHR", key), // the last bits are not zero
		text("c29t\nZXNhbHQ", key), text(strings.Repeat("A", 88), key), text(salt, strings.Repeat("A", 88)), text("c29tZXNhbH-_", key),
	} {
		if h, err := parsePHC(bad); err == nil {
			t.Errorf("%q is read as %s", bad, h)
		}
	}
}

func TestTheReferenceMatches(t *testing.T) {
	h, err := parsePHC(reference)
	if err != nil {
		t.Fatal(err)
	}
	if !h.matches("password") || h.matches("Password") || h.matches("") {
		t.Error("the reference's hash matches the wrong passwords")
	}
}

// The parameters are the second recommended option of RFC 9106, section 4.
func TestRecommended(t *testing.T) {
	h := newHasher().fresh()
	if h.memory != 65536 || h.time != 3 || h.lanes != 4 || len(h.salt) != 16 || len(h.key) != 32 {
		t.Errorf("passwords are hashed with %+v", h)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(reference)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=262144,t=16,p=16$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parsePHC(text)
		if err != nil {
			return
		}
		if h.String() != text {
			t.Errorf("%q is read as what is written %q", text, h)
		}
		if h.memory > maxMemory || h.time > maxTime || h.lanes > maxLanes || len(h.salt) > maxBytes || len(h.key) > maxBytes {
			t.Errorf("%q asks for too much: %+v", text, h)
		}
	})
}

// FuzzAnswered reads what a stranger's browser brings to a provider's callback.
func FuzzAnswered(f *testing.F) {
	f.Add("code=a&state=s&iss=https%3A%2F%2Fidp.example")
	f.Add("code=a&state=s")
	f.Add("state=s&error=access_denied")
	f.Add("code=a&code=b&state=s")
	f.Add("code=a&state=s&iss=https%3A%2F%2Fother.example")
	f.Add("state=s&error=%00%22")
	f.Add("code=&state=s")
	f.Fuzz(func(t *testing.T, query string) {
		parameters, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		code, err := answered(parameters, "s", "https://idp.example")
		if err != nil {
			if len(err.Error()) > 2*maxParameter {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if code == "" || len(code) > maxParameter || parameters.Get("state") != "s" || parameters.Has("error") ||
			parameters.Has("iss") && parameters.Get("iss") != "https://idp.example" ||
			len(parameters["code"]) != 1 || len(parameters["state"]) != 1 || len(parameters["iss"]) > 1 {
			t.Errorf("%q is taken with the code %q", query, code)
		}
		if _, err := answered(parameters, "another", "https://idp.example"); err == nil {
			t.Errorf("%q is taken for another sign-in", query)
		}
		if _, err := answered(parameters, "", "https://idp.example"); err == nil {
			t.Errorf("%q is taken for none", query)
		}
	})
}
