package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// ladder climbs the steps by which the attack was attributed, through the API
// as the parties would: each with its own token, and with a key of its own that
// the hub never sees.
type ladder struct {
	*Story
	seats  map[string]*seat
	id     attribution.CaseID
	items  map[string]attribution.EvidenceID // by title
	digest string                            // of the statement that is voted on
	opened attribution.Unsealing             // what opens the sealed item, later
}

// seat is a party at the table.
type seat struct {
	party
	id     access.PartnerID
	caller caller
	signer signature.Signer
}

// HasLadder says whether the scenario is the one whose attribution is known.
func HasLadder(s exercise.Scenario) bool { return strings.Contains(s.Name, "wannacry") }

// attribute replays how the attack was attributed, from the first overlap of
// code to the complaint of 2018, and writes the dossier.
func (s *Story) attribute(ctx context.Context) error {
	if !HasLadder(s.cfg.Scenario) {
		return nil
	}
	l := &ladder{Story: s, seats: map[string]*seat{}, items: map[string]attribution.EvidenceID{}}
	for _, step := range []struct {
		when string
		do   func(context.Context) (string, error)
	}{
		{"15 May 2017", l.open},
		{"22 May 2017", l.vendors},
		{"14 June 2017", l.press},
		{"October 2017", l.minister},
		{"December 2017", l.analysis},
		{"December 2017", l.probabilities},
		{"19 December 2017", l.accuse},
		{"21 December 2017", l.deny},
		{"6 September 2018", l.update},
	} {
		told, err := step.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", step.when, err)
		}
		s.tell(noTime, "%s: %s", step.when, told)
	}
	return s.publishDossier(ctx, l)
}

// open seats the parties and opens the case with the first overlap.
func (l *ladder) open(ctx context.Context) (string, error) {
	var nations []string
	for _, name := range order {
		one, err := l.sit(ctx, parties[name])
		if err != nil {
			return "", fmt.Errorf("%s: %w", parties[name].name, err)
		}
		l.seats[name] = one
		if one.nation {
			nations = append(nations, string(one.id))
		}
	}
	policy, err := attribution.ParsePolicy("all of [" + strings.Join(nations, ", ") + "]")
	if err != nil {
		return "", err
	}
	var opened attribution.Case
	err = l.seats["us"].caller.Post(ctx, "/cases", attribution.Opening{
		Question: "Who made and released the worm of 12 May 2017?", Policy: policy, Outbreak: "WannaCry", Simulated: simulatedCase, Hypotheses: hypotheses,
	}, &opened)
	if err != nil {
		return "", err
	}
	l.id = opened.ID
	if err := l.file(ctx, wormSample, firstOverlap); err != nil {
		return "", err
	}
	return "a case is opened, all of six nations have to agree; first evidence: code shared with a backdoor of 2015. \"A weak link on its own\".", nil
}

func (l *ladder) sit(ctx context.Context, p party) (*seat, error) {
	sector := "technology"
	if p.nation {
		sector = "government-national"
	}
	joined, err := l.admit(ctx, exercise.Site{Name: p.name, Sector: sector, Country: p.country, Kind: p.kind}, access.Coordinator)
	if err != nil {
		return nil, err
	}
	signer, err := signature.Generate()
	if err != nil {
		return nil, err
	}
	key := map[string]string{"act": "register", "key": signer.Public().String()}
	return &seat{party: p, id: joined.id, caller: joined.caller, signer: signer}, joined.caller.Post(ctx, "/keys", key, nil)
}

func (l *ladder) vendors(ctx context.Context) (string, error) {
	return "a vendor finds strong links to the Lazarus Group, and *not* the hallmarks of a nation state. Both are in the case.", l.file(ctx, sharedTools, notAState, noUnlock)
}

func (l *ladder) press(ctx context.Context) (string, error) {
	return "the press reports an assessment of \"moderate confidence\". Reliability C, credibility 3: it weighs little.", l.file(ctx, pressReport)
}

// minister changes one rating: what a government says in public is no evidence
// for others, but it is how that government sees it.
func (l *ladder) minister(ctx context.Context) (string, error) {
	sure := attribution.Rating{Evidence: l.items[pressReport.is.Title], Hypothesis: "north-korea", Value: "CC", Reason: "a minister in late October 2017: \"as sure as possible\" (public words; that they are a rating is simulated)"}
	return "a minister of the United Kingdom: \"as sure as possible\". Its rating changes, the old one stays on record.", l.rate(ctx, "uk", sure)
}

func (l *ladder) analysis(ctx context.Context) (string, error) {
	return "an analysis that five governments have seen is filed as a seal: its existence is dated, its content is not shown.", l.file(ctx, sealedAnalysis)
}

// probabilities has the nations commit to their probabilities before any of
// them sees another's.
func (l *ladder) probabilities(ctx context.Context) (string, error) {
	reveal := map[string]attribution.Revelation{}
	for _, name := range order {
		w, has := weights[name]
		if !has {
			continue
		}
		v := attribution.Vector{"north-korea": w[0], "lazarus-for-gain": w[1], "criminals": w[2], attribution.Unknown: w[3], attribution.Other: w[4], attribution.FalseFlag: w[5]}
		salt := newSalt()
		seal, err := attribution.SealVector(salt, v)
		if err != nil {
			return "", err
		}
		if err := l.seats[name].caller.Post(ctx, "/cases/commitments", attribution.Commitment{Case: l.id, Round: 1, Seal: seal.Named()}, nil); err != nil {
			return "", err
		}
		reveal[name] = attribution.Revelation{Case: l.id, Round: 1, Salt: salt, Vector: v}
	}
	if err := l.seats["us"].caller.Post(ctx, "/cases/rounds", attribution.Closing{Case: l.id, Round: 1}, nil); err != nil {
		return "", err
	}
	for _, name := range order {
		if r, has := reveal[name]; has {
			if err := l.seats[name].caller.Post(ctx, "/cases/revelations", r, nil); err != nil {
				return "", err
			}
		}
	}
	return "six nations commit to their probabilities, then reveal them: nobody could follow another.", nil
}

func (l *ladder) accuse(ctx context.Context) (string, error) {
	err := l.state(ctx, attribution.Document{
		Act: attribution.Finding, Finding: "north-korea", Occurred: "2017-12-19",
		Text:       "Actors of North Korea known as the Lazarus Group made and released the worm of 12 May 2017.",
		Likelihood: "very-likely", Confidence: "high",
		Cites: l.cite(firstOverlap, sharedTools, notAState, noUnlock, pressReport, sealedAnalysis),
		Gaps: []string{
			"No forensic evidence was published with the accusation; the analysis that governments have seen is sealed.",
			"Public evidence leads to a group; who gave the order it does not show.",
		},
		WouldChange: []string{"That the tools shared with earlier attacks were in other hands before May 2017.", "That the code overlap was planted, as in the case of Olympic Destroyer."},
	}, december)
	return "six nations endorse one exact statement, each in its own words; one vendor dissents, one abstains, both are published with it.", err
}

// deny records what the accused answered, beside the statement.
func (l *ladder) deny(ctx context.Context) (string, error) {
	for i, a := range denials {
		a.Case, a.Statement = l.id, l.digest
		if err := l.seats["us"].caller.Post(ctx, "/cases/replies", attribution.Reply{Case: l.id, Document: a, Source: denialSources[i]}, nil); err != nil {
			return "", err
		}
	}
	return "\"without any forensic evidence\": the denials stand beside the statement.", nil
}

func (l *ladder) update(ctx context.Context) (string, error) {
	if err := l.file(ctx, complaint); err != nil {
		return "", err
	}
	if err := l.seats["us"].caller.Post(ctx, "/cases/unsealings", l.opened, nil); err != nil {
		return "", err
	}
	err := l.state(ctx, attribution.Document{
		Act: attribution.Update, Finding: "north-korea", Occurred: "2018-09-06",
		Text:       "Actors of North Korea known as the Lazarus Group made and released the worm of 12 May 2017. Since the first statement a criminal complaint has made public what outsiders can check.",
		Likelihood: "very-likely", Confidence: "high",
		Cites:       l.cite(firstOverlap, sharedTools, notAState, noUnlock, pressReport, sealedAnalysis, complaint),
		Gaps:        []string{"Public evidence leads to people and a company of the state; the order itself it does not show."},
		WouldChange: []string{"That the accounts in the complaint were used by others."},
	}, september)
	return "a complaint is unsealed; the finding is updated, the seal is opened, and the first statement stays on record.", err
}

func (l *ladder) cite(items ...item) []attribution.EvidenceID {
	ids := make([]attribution.EvidenceID, len(items))
	for i, one := range items {
		ids[i] = l.items[one.is.Title]
	}
	return ids
}
