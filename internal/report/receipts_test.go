package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	oursID   = "protection--11111111-1111-4111-8111-111111111111"
	othersID = "protection--22222222-2222-4222-8222-222222222222"
)

// bothReceipts reads a body in both ways.
func bothReceipts(body string) (inPlace bool, quick, whole []receipt, err error) {
	s := &seen{p: &protections{lives: map[string]*life{oursID: {Protection: protect.Protection{ID: oursID}}}}}
	f := found{e: &ledger.Entry{Kind: protect.KindReceipt, Body: []byte(body)}}
	inPlace = s.receiptsInPlace(&f)
	err = protect.EachReceipt(*f.e, func(r protect.Receipt) {
		if r.Protection == oursID {
			whole = append(whole, receipt{r.Protection, r.Outlet, r.InForce})
		}
	})
	return inPlace, f.receipts, whole, err
}

func TestReceiptsInPlace(t *testing.T) {
	for body, want := range map[string]bool{
		`{"outlet":"rpz","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `","` + othersID + `"]},{"in_force":false,"at":"2017-05-12T07:25:00Z","problem":"full","protections":["` + oursID + `"]}]}`: true,
		`{"outlet":"rpz","words":[]}`: true,
		`{"outlet":"r\u0070z","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `"]}]}`:             false,
		`{"protection":"` + oursID + `","outlet":"rpz","in_force":true,"at":"2017-05-12T07:24:00Z"}`:                                 false,
		`{"words":[{"protections":["` + oursID + `"],"in_force":true,"at":"2017-05-12T07:24:00Z"}],"outlet":"rpz"}`:                  false,
		`{"outlet":"rpz","words":[{"in_force":true,"in_force":false,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `"]}]}`: false,
		`{"outlet":"rpz","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `"]}]} `:                 false,
		`{"outlet":"rpz","words":[{"in_force":true,"at":"today","protections":["` + oursID + `"]}]}`:                                 false,
		`{"outlet":"rpz","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `"`:                      false,
	} {
		if got, _, _, _ := bothReceipts(body); got != want {
			t.Errorf("read in place: %t, want %t: %s", got, want, body)
		}
	}
}

// FuzzReceiptsInPlace holds what is read in place against what package protect reads.
func FuzzReceiptsInPlace(f *testing.F) {
	f.Add(`{"outlet":"rpz","words":[{"in_force":true,"at":"2017-05-12T07:24:00Z","protections":["` + oursID + `","` + othersID + `"]}]}`)
	f.Add(`{"outlet":"rpz","words":[{"at":"2017-05-12T07:24:00Z","problem":"é","protections":["` + oursID + `"]},{"in_force":false}]}`)
	f.Add("{\"outlet\":\"\x01\",\"words\":[]}")
	f.Add("{\"outlet\":\"long enough \xff\",\"words\":[]}")
	f.Fuzz(func(t *testing.T, body string) {
		inPlace, quick, whole, err := bothReceipts(body)
		if diff := cmp.Diff(whole, quick, cmp.AllowUnexported(receipt{})); inPlace && (diff != "" || err != nil) {
			t.Errorf("%q is read in place as otherwise: %v\n%s", body, err, diff)
		}
	})
}
