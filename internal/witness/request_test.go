package witness

import (
	"bytes"
	"testing"
)

// The example of C2SP tlog-witness.
const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

func TestParseRequest(t *testing.T) {
	r, err := parseRequest([]byte(example))
	if err != nil || r.old != 20852014 || len(r.proof) != 4 || !bytes.HasPrefix(r.checkpoint, []byte("example.com/behind-the-sofa\n20852163\n")) {
		t.Fatalf("%v, %v", r, err)
	}
	if got := string(r.bytes()); got != example {
		t.Errorf("written back as %s", got)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("old 0\n\n"))
	f.Add([]byte("old 00\n\nx"))
	f.Add([]byte("old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\nx"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, err := parseRequest(body); err == nil && !bytes.Equal(r.bytes(), body) {
			t.Errorf("%q is written back as %q", body, r.bytes())
		}
	})
}
