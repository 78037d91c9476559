package web

import (
	"cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// accountabilityView is what partners promised and did: first the reader's own.
type accountabilityView struct {
	tried
	Done     string
	Partner  string // whose record is shown; "" for a reader without one
	Own      bool
	Record   response.Account
	Dealings []dealingView
	Next     string
	Explains bool     // the reader can say something to them
	With     []string // whom its partner shows it to, beside coordinators
	Others   []accountLine
	More     int
	Member   bool // the reader is told of sums
	Summary  response.AccountSummary
}

// dealingView is one commitment, or one time of being asked.
type dealingView struct {
	response.Dealing
	Path, Words string
}

// Work is the id of what it is about.
func (d dealingView) Work() string { return cmp.Or(string(d.Action), string(d.Call)) }

// accountLine is another partner's record in the list.
type accountLine struct {
	response.Account
	Name string
}

// How much of each list is shown.
const (
	maxDealings = 50
	maxAccounts = 200
)

// outcomeWords are what came of something, in words.
var outcomeWords = map[response.Outcome]string{
	response.KeptInTime: english.say("work.outcome.kept-in-time", nil), response.KeptLate: english.say("work.outcome.kept-late", nil), response.Broken: english.say("work.outcome.broken", nil), response.Reversed: english.say("work.outcome.reversed", nil),
	response.StillOpen: english.say("work.outcome.still-open", nil), response.Excused: english.say("work.outcome.excused", nil), response.AskedWaiting: english.say("work.outcome.asked-waiting", nil),
	response.AskedSilent: english.say("work.outcome.asked-silent", nil), response.AskAnswered: english.say("work.outcome.ask-answered", nil),
}

var explainDone = map[string]string{"explain": english.say("work.explained", nil)}

func (p *pages) accountability(r reading) (content, error) {
	now, given := p.Clock(), r.URL.Query()
	of := cmp.Or(access.PartnerID(given.Get("partner")), r.who.Partner)
	v := accountabilityView{tried: r.tried, Done: said(r, explainDone), Own: of == r.who.Partner}
	sum, err := p.Views.Response.AccountSummary(r.who, now)
	v.Summary, v.Member = sum, err == nil // guests it refuses
	if of != "" {
		if v.Record, err = p.Views.Response.Account(r.who, of, now); err != nil {
			return content{}, err
		}
		list, err := p.Views.Response.Dealings(r.who, of, now)
		if err != nil {
			return content{}, err
		}
		v.Partner, v.Explains = p.nameOf(string(of)), v.Own && r.may()
		shown, left := sinceID(list, given.Get("after"), maxDealings, func(d *response.Dealing) string { return d.Key })
		for _, d := range shown {
			one := dealingView{d, "/actions/" + string(d.Action), outcomeWords[d.Outcome]}
			if d.Call != "" {
				one.Path = "/calls/" + string(d.Call)
			}
			v.Dealings = append(v.Dealings, one)
		}
		if left > 0 {
			given.Set("after", shown[len(shown)-1].Key)
			v.Next = "/accountability?" + given.Encode()
		}
	}
	if v.Own {
		with := p.Views.Response.AccountShared(r.who).With
		v.With = p.namesOf(with)
		others, more := firstOf(p.Views.Response.Accounts(r.who, now), maxAccounts)
		v.More = more
		for _, a := range others {
			v.Others = append(v.Others, accountLine{a, p.nameOf(string(a.Partner))})
		}
	}
	return content{"accountability", english.say("work.account", nil), "/accountability", v}, nil
}

// Half is the median time to an answer of what it was asked for, in words.
func (v accountabilityView) Half() string { return inWords(v.Record.FromAsk.Answer.MedianS) }

// HalfDone is the median time to its being done, from the alarm, in words.
func (v accountabilityView) HalfDone() string { return inWords(v.Record.FromAlarm.Done.MedianS) }

// explainWork puts a partner's words beside something of its own record.
func (p *pages) explainWork(r reading, act string) (string, error) {
	if act != "explain" {
		return "", unknownAct(act)
	}
	draft, err := p.Views.Response.Explain(r.who, response.Explanation{
		Action: response.ActionID(r.PostForm.Get("action")), Call: response.CallID(r.PostForm.Get("call")), Text: words(r, "text"),
	})
	return "/accountability?done=explain", p.append(r, draft, err)
}
