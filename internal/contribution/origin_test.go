package contribution_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
)

func hubOf(n int) string { return fmt.Sprintf("hub--00000000-0000-4000-8000-%012d", n) }

const (
	first  = "contribution--00000000-0000-4000-8000-000000000001"
	second = "contribution--00000000-0000-4000-8000-000000000002"
	bank   = "identity--00000000-0000-4000-8000-000000000003"
)

// However many hubs something comes through, where it began is known, up to the most.
func TestThrough(t *testing.T) {
	at := time.Date(2017, 5, 12, 7, 44, 0, 0, time.UTC)
	o := contribution.Through(hubOf(1), nil, first, bank, at)
	for n := 2; n <= contribution.MaxHops; n++ {
		if err := o.Validate(); err != nil {
			t.Fatalf("through %d: %v", n-1, err)
		}
		before := len(o.Via)
		next := contribution.Through(hubOf(n), &o, second, "hub", at.Add(time.Hour))
		if len(o.Via) != before {
			t.Fatal("the origin before has changed")
		}
		o = next
	}
	if o.Hub != hubOf(1) || o.Contribution != first || o.By != bank || !o.Time.Equal(at) || o.As != second || len(o.Via) != contribution.MaxHops {
		t.Errorf("%+v", o)
	}
	if o = contribution.Through(hubOf(99), &o, second, "hub", at); o.Validate() == nil {
		t.Error("there is no end of hubs")
	}
}

func TestOriginsThatAreRefused(t *testing.T) {
	good := contribution.Through(hubOf(1), nil, first, bank, time.Unix(1, 0))
	for name, change := range map[string]func(*contribution.Origin){
		"no hub":         func(o *contribution.Origin) { o.Hub, o.Via = "x", []string{"x"} },
		"another first":  func(o *contribution.Origin) { o.Via = []string{hubOf(2)} },
		"no way":         func(o *contribution.Origin) { o.Via = nil },
		"twice":          func(o *contribution.Origin) { o.Via = []string{hubOf(1), hubOf(2), hubOf(2)} },
		"a word":         func(o *contribution.Origin) { o.Via = []string{hubOf(1), `","granular":true,"`} },
		"an odd partner": func(o *contribution.Origin) { o.By = `x"` },
		"no id":          func(o *contribution.Origin) { o.Contribution = "" },
		"an odd id":      func(o *contribution.Origin) { o.As = "contribution--x" },
		"no time":        func(o *contribution.Origin) { o.Time = time.Time{} },
	} {
		o := good
		if change(&o); o.Validate() == nil {
			t.Errorf("%s: %+v is taken", name, o)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
