package federation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/sighting"
)

const seenThere = `{"id":"report-1","tlp":"green","sector":"health","country":"XX","organisation":"theirs","designated":true,
"sightings":[{"type":"domain-name","value":"worm.example","basis":"indicator","count":7,"hosts":3,"first_seen":"2026-01-02T03:00:00Z","last_seen":"2026-01-02T03:01:00Z","attached":{"user":"alice"}}],
"scans":[{"port":445,"sources":3,"contacts":9,"hosts":["192.0.2.7"],"first_seen":"2026-01-02T03:00:00Z","last_seen":"2026-01-02T03:01:00Z"}]}`

// What was seen at another hub is the word of the one partner that stands for it:
// counts and times, and nothing of a record or a host.
func TestWhatIsSeenAtAnotherHub(t *testing.T) {
	drafts, rejected, err := follower(t, ours).Told(t.Context(), there, line(sighting.KindReported, seenThere))
	if err != nil || rejected != 0 || len(drafts) != 1 {
		t.Fatalf("%d drafts, %d rejected, %v", len(drafts), rejected, err)
	}
	d := drafts[0]
	var r sighting.Report
	if err := json.Unmarshal(d.Body, &r); err != nil {
		t.Fatal(err)
	}
	if d.Kind != sighting.KindReported || d.Actor != string(owner) || d.Audience != "green default" {
		t.Errorf("%s by %s for %s", d.Kind, d.Actor, d.Audience)
	}
	if r.Sector != "technology" || r.Country != "FR" || r.Organisation != "hubs" || r.Designated {
		t.Errorf("it says of who speaks: %+v", r)
	}
	if !slices.Equal(r.Via, []string{there}) || len(r.Sightings) != 1 || r.Sightings[0].Count != 7 || r.Sightings[0].Hosts != 3 {
		t.Errorf("%+v", r)
	}
	for _, stays := range []string{"alice", "192.0.2.7", "report-1", "theirs", "health"} {
		if strings.Contains(string(d.Body), stays) {
			t.Errorf("%q came along: %s", stays, d.Body)
		}
	}
	other := line(sighting.KindReported, seenThere)
	other.By = here
	again, _, err := follower(t, ours).Told(t.Context(), there, other)
	if err != nil || len(again) != 1 || slices.Equal(again[0].Body, d.Body) {
		t.Errorf("what two partners there report under one id is one report here: %v", err)
	}
}

// What does not come, and what is not taken for a report.
func TestSightingsThatStayAtAnotherHub(t *testing.T) {
	loop := func(hubs string) string { return strings.Replace(seenThere, `"tlp"`, `"via":[`+hubs+`],"tlp"`, 1) }
	old := line(sighting.KindReported, seenThere)
	old.Time = now.Add(-25 * time.Hour)
	for name, c := range map[string]struct {
		body     string
		rejected int
	}{
		"began here":       {loop(`"` + here + `"`), 0},
		"came twice":       {loop(`"` + beyond + `","` + there + `"`), 0},
		"many hubs":        {loop(strings.TrimSuffix(strings.Repeat(`"`+beyond+`",`, 8), ",")), 0},
		"narrower":         {strings.Replace(seenThere, `"green"`, `"amber+strict"`, 1), 0},
		"no hub":           {loop(`"me"`), 1},
		"no report":        {`{"id":"report-1"}`, 1},
		"not even JSON":    {`[]`, 1},
		"without a count":  {strings.Replace(seenThere, `"count":7`, `"count":0`, 1), 1},
		"no such value":    {strings.Replace(seenThere, `worm.example`, `not a name`, 1), 1},
		"more than anyone": {strings.Replace(seenThere, `"count":7`, `"count":9007199254740993`, 1), 1},
	} {
		drafts, rejected, err := follower(t, ours).Told(t.Context(), there, line(sighting.KindReported, c.body))
		if err != nil || len(drafts) != 0 || rejected != c.rejected {
			t.Errorf("%s: %d drafts, %d rejected, %v", name, len(drafts), rejected, err)
		}
	}
	if drafts, _, err := follower(t, ours).Told(t.Context(), there, old); err != nil || len(drafts) != 0 {
		t.Errorf("of the day before: %d drafts, %v", len(drafts), err)
	}
	elsewhere := ours
	elsewhere.Communities = map[string]string{"banks": "finance"}
	if drafts, _, err := follower(t, elsewhere).Told(t.Context(), there, line(sighting.KindReported, seenThere)); err != nil || len(drafts) != 0 {
		t.Errorf("of a community that is not taken: %d drafts, %v", len(drafts), err)
	}
}
