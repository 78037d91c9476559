package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/report"
)

// cells are a chapter's rows as lines, without its notes.
func cells(t *testing.T, r report.Report, title string) string {
	t.Helper()
	i := slices.IndexFunc(r.Chapters, func(c report.Chapter) bool { return c.Title == title })
	if i < 0 {
		t.Fatalf("there is no chapter %q", title)
	}
	var b strings.Builder
	for _, row := range r.Chapters[i].Rows {
		if len(row) != len(r.Chapters[i].Heads) {
			t.Errorf("%s: %d cells under %d headings", title, len(row), len(r.Chapters[i].Heads))
		}
		b.WriteString(strings.Join(row, " | ") + "\n")
	}
	return b.String()
}

// What partners say of themselves is told as sums of five organisations, to
// themselves apart, and to nobody as of before it was said.
func TestTheOtherRooms(t *testing.T) {
	s, id, moments := told(t)
	own, green := access.Audience{TLP: access.Red}, access.ToCommunity(access.Green)
	s.after(time.Minute).add(notice.KindAlertIssued, string(partner(3)), green, notice.Alert{
		ID: "alert--66666666-6666-4666-8666-666666666666", Outbreak: id, Subjects: []string{"CVE-2017-0144"}, Title: "Patch now", Text: "Patch.", Severity: notice.Critical,
	})
	before := s.now
	for i := range 5 {
		s.after(time.Minute).add(impact.KindReported, string(partner(i)), own, impact.Report{Outbreak: id, Country: "GB", Criticality: impact.LifeCritical, Infected: impact.Counts{Hosts: int64(100 + i)}, Disrupted: impact.Counts{Sites: 2}})
		s.add(exposure.KindReported, string(partner(i)), own, exposure.Report{Rows: []exposure.Row{{Vulnerability: "CVE-2017-0144", Counts: exposure.Counts{Total: 100, Patched: 60, Exposed: 40}}}})
	}
	s.add(impact.KindRansom, string(partner(4)), green, impact.Ransom{Outbreak: id, Asset: "monero", Address: "made-up-address", What: impact.Demanded, Amount: "300", Currency: "USD"})
	s.add(duty.KindOpened, string(partner(0)), own, duty.Opening{ID: "duty--77777777-7777-4777-8777-777777777777", Template: duty.Templates(nil)[0], Outbreak: id, Aware: moments[0]})
	s.after(96 * time.Hour)

	r, early := s.build(reader(0), id, s.now), s.build(reader(0), id, before)
	for title, want := range map[string][]string{
		"Alerts":   {"Patch now | Partner 4"},
		"Impact":   {"all | 5 | 5 organisations: 510 hosts", "Partner 1, GB, life-critical | 1 | 100 hosts | 2 sites"},
		"Exposure": {"CVE-2017-0144 | all | 5 | 500 | 300 | 200", "CVE-2017-0144 | your own |  | 100 | 60 | 40"},
		"Ransom":   {"monero made-up-address | demanded | 300 USD | 300 USD | Partner 5"},
		"Incident reports of the reader's own partner": {"| late |"},
	} {
		got := cells(t, r, title)
		for _, one := range want {
			if !strings.Contains(got, one) {
				t.Errorf("%s has no %q:\n%s", title, one, got)
			}
		}
		if title != "Alerts" && cells(t, early, title) != "" {
			t.Errorf("%s as of before: %s", title, cells(t, early, title))
		}
	}
	if r.Head.TLP != access.Red || early.Head.TLP != access.Amber {
		t.Errorf("TLP:%s, as of before TLP:%s", r.Head.TLP, early.Head.TLP)
	}
	for _, e := range r.Timeline {
		if e.At.After(r.Head.AsOf) {
			t.Errorf("as of %s the report tells of %s: %s", r.Head.AsOf, e.At, e.Text)
		}
	}
	other := s.build(reader(1), id, s.now)
	if got := cells(t, other, "Incident reports of the reader's own partner") + cells(t, other, "Impact"); strings.Contains(got, "late") || strings.Contains(got, "Partner 1,") {
		t.Errorf("another partner is told: %s", got)
	}
}

// What one organisation says between two moments is in no difference of two reports,
// for whoever reads them; five that say something new are. One's own is as it stands.
func TestTwoReportsDoNotTellOneOrganisation(t *testing.T) {
	s, id, _ := told(t)
	own, green := access.Audience{TLP: access.Red}, access.ToCommunity(access.Green)
	s.add(notice.KindAlertIssued, string(partner(3)), green, notice.Alert{
		ID: "alert--66666666-6666-4666-8666-666666666666", Outbreak: id, Subjects: []string{"CVE-2017-0144"}, Title: "Patch now", Text: "Patch.", Severity: notice.Critical,
	})
	s.add(access.KindPartnerJoined, access.Hub, green, access.Partner{ID: partner(5), Name: "Partner 6", Sector: "energy", Country: "IT", Kind: "operator"})
	says := func(i int, n int64) time.Time {
		s.after(time.Minute).add(impact.KindReported, string(partner(i)), own, impact.Report{Outbreak: id, Country: "GB", Criticality: impact.Essential, Infected: impact.Counts{Hosts: n}})
		s.add(exposure.KindReported, string(partner(i)), own, exposure.Report{Rows: []exposure.Row{{Vulnerability: "CVE-2017-0144", Counts: exposure.Counts{Total: n, Exposed: n}}}})
		return s.now
	}
	var five time.Time
	for i := range 5 {
		five = says(i, 100)
	}
	six := says(5, 1000)
	for i := range 4 {
		says(i, 200)
	}
	administrator := access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}
	for _, who := range []access.Principal{reader(4), administrator} {
		for _, title := range []string{"Impact", "Exposure"} {
			before, after, end := cells(t, s.build(who, id, five), title), cells(t, s.build(who, id, six), title), cells(t, s.build(who, id, s.now), title)
			if before == "" || before != after {
				t.Errorf("%s tells %s what one organisation said:\n%s\n%s", title, who.Actor(), before, after)
			}
			if !strings.Contains(end, "1900") {
				t.Errorf("%s does not go on for %s:\n%s", title, who.Actor(), end)
			}
		}
	}
	r := s.build(reader(5), id, six)
	if got := cells(t, r, "Impact") + cells(t, r, "Exposure"); !strings.Contains(got, "| 1000 hosts |") || !strings.Contains(got, "your own |  | 1000") {
		t.Errorf("one's own waits: %s", got)
	}
	s.add(access.KindPartnerLeft, access.Hub, green, access.Departure{Partner: partner(5)})
	if got := cells(t, s.build(reader(4), id, s.now), "Exposure"); !strings.Contains(got, "1900") {
		t.Errorf("who leaves is told of:\n%s", got)
	}
}
