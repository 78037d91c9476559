package federation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/stream"
)

func tool(n int, more string) string {
	return fmt.Sprintf(`{"type":"tool","spec_version":"2.1","id":"tool--00000000-0000-4000-8000-%012d",`+
		`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":"t%d"%s}`, n, n, more)
}

const redMarking = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

func line(kind ledger.Kind, body string) stream.Line {
	return stream.Line{N: 1, Time: now, Kind: kind, By: bank, Cursor: "c", Body: []byte(body)}
}

// contributed is the line of a contribution; head is what stands before its objects.
func contributed(head string, objects ...string) stream.Line {
	return line(contribution.KindAccepted, `{"id":"`+shared+`","source":"stix",`+head+`"objects":[`+strings.Join(objects, ",")+`]}`)
}

func via(hubs ...string) string {
	o := contribution.Origin{Hub: hubs[0], Contribution: shared, By: bank, Time: now, Via: hubs, As: shared}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return `"origin":` + string(text) + `,`
}

func TestWhatALineBecomes(t *testing.T) {
	eight := make([]string, contribution.MaxHops)
	for i := range eight {
		eight[i] = fmt.Sprintf("hub--00000000-0000-4000-8000-00000000010%d", i)
	}
	for name, c := range map[string]struct {
		line     stream.Line
		want     string // audiences and numbers of tools of the drafts
		rejected int    // 1: something is
	}{
		"green":             {contributed(`"audience":"green default",`, tool(1, ""), tool(2, "")), "green default: 1 2", 0},
		"mapped":            {contributed(`"audience":"amber banks",`, tool(1, "")), "amber finance: 1", 0},
		"for nobody here":   {contributed(`"audience":"red default",`, tool(1, "")), "", 0},
		"without audience":  {contributed(``, tool(1, "")), "", 0},
		"one narrowed":      {contributed(`"audience":"green default","audiences":["","amber default","amber+strict default"],`, tool(1, ""), tool(2, ""), tool(3, "")), "green default: 1; amber default: 2", 0},
		"marked wider":      {contributed(`"audience":"amber default",`, tool(1, `,"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]`)), "amber default: 1", 0},
		"a red part":        {contributed(`"audience":"green default","granular":true,`, tool(1, `,"description":"secret","granular_markings":[{"selectors":["description"],"marking_ref":"`+redMarking+`"}]`)), "green default: 1", 0},
		"from elsewhere":    {contributed(via(beyond)+`"audience":"green default",`, tool(1, "")), "green default: 1", 0},
		"from here":         {contributed(via(here)+`"audience":"green default",`, tool(1, "")), "", 0},
		"through here":      {contributed(via(beyond, here)+`"audience":"green default",`, tool(1, "")), "", 0},
		"round there":       {contributed(via(there, beyond)+`"audience":"green default",`, tool(1, "")), "", 0},
		"through too many":  {contributed(via(eight...)+`"audience":"green default",`, tool(1, "")), "", 0},
		"a forged origin":   {contributed(via("hub--x")+`"audience":"green default",`, tool(1, "")), "", 1},
		"a bad object":      {contributed(`"audience":"green default",`, tool(1, ""), `{"type":"tool"}`), "green default: 1", 1},
		"objects of no use": {contributed(`"audience":"green default",`, `1`, `"x"`), "", 1},
		"no contribution":   {line(contribution.KindAccepted, `[]`), "", 1},
		"no notice":         {line(contribution.KindTightened, `[]`), "", 1},
		"no protection":     {line(protect.KindDecided, `[]`), "", 1},
		"another kind":      {line("hub.followed", `{}`), "", 0},
	} {
		drafts, rejected, err := follower(t, ours).Told(t.Context(), there, c.line)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, d := range drafts {
			text := d.Audience + ":"
			for n := range 9 {
				if strings.Contains(string(d.Body), fmt.Sprintf(`"name":"t%d"`, n)) {
					text += fmt.Sprint(" ", n)
				}
			}
			got = append(got, text)
			if strings.Contains(string(d.Body), "secret") {
				t.Errorf("%s: a part that is marked red came along: %s", name, d.Body)
			}
		}
		if text := strings.Join(got, "; "); text != c.want || min(rejected, 1) != c.rejected {
			t.Errorf("%s: %q, %d rejected; want %q, %d", name, text, rejected, c.want, c.rejected)
		}
	}
}

// What a hub tells of another that is followed as well is left to that one.
func TestWhoIsFollowedSpeaksForItself(t *testing.T) {
	f := follower(t, ours)
	told := contributed(via(beyond)+`"audience":"green default",`, tool(1, ""))
	if drafts, _, err := f.Told(t.Context(), there, told); err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	f.Also(beyond)
	if drafts, _, err := f.Told(t.Context(), there, told); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts, %v", len(drafts), err)
	}
}

// Where it began is kept over any number of hubs, and what a hub is called there by
// which it will be taken back.
func TestOriginIsKept(t *testing.T) {
	const first = "contribution--00000000-0000-4000-8000-0000000000aa"
	began := contribution.Origin{Hub: beyond, Contribution: first, By: bank, Time: now.Add(-time.Hour), Via: []string{beyond}, As: first}
	text, err := json.Marshal(began)
	if err != nil {
		t.Fatal(err)
	}
	drafts, _, err := follower(t, ours).Told(t.Context(), there, contributed(`"origin":`+string(text)+`,"audience":"green default",`, tool(1, "")))
	if err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	var part contribution.Part
	if err := json.Unmarshal(drafts[0].Body, &part); err != nil {
		t.Fatal(err)
	}
	o := part.Origin
	if o == nil || o.Hub != beyond || o.Contribution != first || o.By != bank || !o.Time.Equal(began.Time) || o.As != shared ||
		strings.Join(o.Via, " ") != beyond+" "+there || part.Source != "hub:other" || drafts[0].Actor != string(owner) {
		t.Errorf("%+v of %s by %s", o, part.Source, drafts[0].Actor)
	}
}

// Decisions of another hub are proposals of its partner here, whatever they are
// there; those that have run out, or that are proposals there, are nothing.
func TestDecisionsAreProposals(t *testing.T) {
	decision := func(change func(*protect.Protection)) stream.Line {
		p := protect.Protection{
			ID: "protection--1", Polarity: protect.MustResolve, Status: protect.Active, By: bank, Reason: "line\nbreak",
			Decided: now.Add(-time.Hour), Expires: now.Add(time.Hour),
		}
		p.Value = observable.Value{Type: observable.Domain, Text: "kill.example.org"}
		change(&p)
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return line(protect.KindDecided, string(body))
	}
	for name, c := range map[string]struct {
		change func(*protect.Protection)
		want   int
	}{
		"must-resolve":   {func(*protect.Protection) {}, 1},
		"block":          {func(p *protect.Protection) { p.Polarity = protect.Block }, 1},
		"too narrow":     {func(p *protect.Protection) { p.TLP = access.AmberStrict }, 0},
		"has run out":    {func(p *protect.Protection) { p.Expires = now }, 0},
		"a proposal":     {func(p *protect.Protection) { p.Status = protect.Proposed }, 0},
		"held":           {func(p *protect.Protection) { p.Status = protect.Canary }, 0},
		"nothing to end": {func(p *protect.Protection) { p.Status = protect.Revoked }, 0},
	} {
		drafts, rejected, err := follower(t, ours).Told(t.Context(), there, decision(c.change))
		if err != nil || len(drafts) != c.want || rejected > 0 {
			t.Errorf("%s: %d drafts, %d rejected, %v; want %d drafts", name, len(drafts), rejected, err, c.want)
			continue
		}
		for _, d := range drafts {
			var p protect.Protection
			if err := json.Unmarshal(d.Body, &p); err != nil {
				t.Fatal(err)
			}
			if p.Status != protect.Proposed || p.By != string(owner) || d.Actor != string(owner) {
				t.Errorf("%s: it is %+v by %s", name, p, d.Actor)
			}
		}
	}
}

// Whatever another hub sends, it becomes nothing but this partner's word, within the
// terms.
func FuzzLine(f *testing.F) {
	f.Add(byte(0), []byte(contributed(via(beyond)+`"audience":"green default","audiences":["amber banks"],`, tool(1, "")).Body))
	f.Add(byte(0), []byte(contributed(`"audience":"red default x",`, tool(1, `,"object_marking_refs":["`+redMarking+`"]`)).Body))
	f.Add(byte(1), []byte(`{"contributions":["`+shared+`"],"withdrawn":["tool--1"],"tightened":["x"],"audience":"amber default"}`))
	f.Add(byte(2), []byte(`{"type":"domain","value":"evil.example","polarity":"block","state":"active","expires":"2027-01-01T00:00:00Z"}`))
	f.Add(byte(3), []byte(seenThere))
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		kinds := []ledger.Kind{contribution.KindAccepted, contribution.KindTightened, protect.KindDecided, sighting.KindReported}
		drafts, _, err := follower(t, ours).Told(t.Context(), there, line(kinds[int(kind)%len(kinds)], string(body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range drafts {
			a, err := access.ParseAudience(d.Audience)
			if err != nil || d.Actor != string(owner) || d.Kind == contribution.KindAccepted && len(a.Recipients) > 0 {
				t.Errorf("%s by %s for %q: %v", d.Kind, d.Actor, d.Audience, err)
			}
			if err := d.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}
