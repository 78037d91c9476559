package main

import (
	"errors"
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/client"
)

type caseCommand struct {
	List       caseListCommand       `cmd:"" help:"The cases that you may see."`
	Show       caseShowCommand       `cmd:"" help:"One case, checked here record by record: statements and votes, scores, evidence."`
	Open       caseOpenCommand       `cmd:"" help:"Open a case: the question, and who has to agree (coordinator)."`
	Hypothesis caseHypothesisCommand `cmd:"" help:"Add a hypothesis (coordinator)."`
	Evidence   caseEvidenceCommand   `cmd:"" help:"File an item of evidence (contributor)."`
	Seal       caseSealCommand       `cmd:"" help:"File what may not become public: its seal, and a ciphertext for some partners (contributor)."`
	Deposit    caseDepositCommand    `cmd:"" help:"Deposit the ciphertext of a sealed item for more partners (contributor)."`
	Fetch      caseFetchCommand      `cmd:"" help:"Fetch a sealed item that is encrypted to you, and check it against its seal."`
	Unseal     caseUnsealCommand     `cmd:"" help:"Open the seal of an item for everybody (contributor)."`
	Mark       caseMarkCommand       `cmd:"" help:"Withdraw an item of your own (contributor), or contest any (analyst)."`
	Rate       caseRateCommand       `cmd:"" help:"Rate evidence against hypotheses (analyst)."`
	Commit     caseCommitCommand     `cmd:"" help:"Commit to your probabilities before anybody shows theirs (analyst)."`
	CloseRound caseCloseCommand      `cmd:"" help:"End the commitments of a round (coordinator)."`
	Reveal     caseRevealCommand     `cmd:"" help:"Show the probabilities that you committed to (analyst)."`
	Statement  caseStatementCommand  `cmd:"" help:"Put a statement to the vote; prints its digest (analyst)."`
	Vote       caseVoteCommand       `cmd:"" help:"Check the case, sign a vote on a statement here, and hand it in (analyst)."`
	Publish    casePublishCommand    `cmd:"" help:"Make a statement, and with it the whole case, public (coordinator)."`
	Reply      caseReplyCommand      `cmd:"" help:"Record what the accused says, and make public all of the case before it (coordinator)."`
	Prove      caseProveCommand      `cmd:"" help:"Print the proof that a record is on the public log, to keep it: a hub with two histories is found out with it."`
	Dossier    caseDossierCommand    `cmd:"" help:"Download the dossier of a published case."`
}

type caseListCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *caseListCommand) Run(env *environment) error {
	return printList(env, c.hubFlags, "/cases", "cases", c.JSON, func(t *tabwriter.Writer, one attribution.Case) {
		fmt.Fprintf(t, "%s\t%s\t%d items\t%d ratings\topened %s\t%s\n",
			visible(string(one.ID)), visible(statusOf(one)), len(one.Evidence), len(one.Ratings), one.Opened.Format(time.DateOnly), visible(one.Question))
	})
}

// statusOf is where a case stands, in a word or three.
func statusOf(c attribution.Case) string {
	text := string(c.Status)
	if c.Contested {
		text += ", contested"
	}
	if c.Simulated != "" {
		text += ", simulated"
	}
	return text
}

// scoredCase is a case as the hub shows it.
type scoredCase struct {
	attribution.Case
	Scores score.Scores `json:"scores"`
}

// acted is the hub's word that an act is a record of its case: with the
// commitment one can find it in a dossier, or say that it is missing.
type acted struct {
	Case       attribution.CaseID `json:"case"`
	Record     int                `json:"record"`
	Commitment string             `json:"commitment"`
}

func (a acted) String() string {
	return visible(fmt.Sprintf("record %d of %s, %s", a.Record, a.Case, a.Commitment))
}

func casePath(id string) string { return "/cases/" + url.PathEscape(id) }

// actInCase posts an act that becomes one record, and prints which.
func actInCase(env *environment, hub *client.Client, path string, in any, asJSON bool) error {
	var done acted
	if err := hub.Post(env.Context, path, in, &done); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(done)
	}
	_, err := fmt.Fprintln(env.Stdout, done)
	return err
}

// changeCase posts an act whose answer is the case, and prints the case as JSON,
// or what told makes of it.
func changeCase(env *environment, hub *client.Client, path string, in any, asJSON bool, told func(scoredCase) error) error {
	if asJSON {
		var all jsontext.Value
		if err := hub.Post(env.Context, path, in, &all); err != nil {
			return err
		}
		return env.printJSON(all)
	}
	var one scoredCase
	if err := hub.Post(env.Context, path, in, &one); err != nil {
		return err
	}
	return told(one)
}

// errUnsure is what people are asked on a terminal; scripts say --yes.
var errUnsure = errors.New("nothing was done: say --yes, or answer the question on a terminal")

var errCaseDeclined = errors.New("nothing was done")

// sure asks a person on a terminal whether to go on; elsewhere only --yes does.
func sure(env *environment, yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !interactive(env.Stdin):
		return usageError{errUnsure}
	case !confirmed(env.Stdin, env.Stderr, question+" [y/N] "):
		return errCaseDeclined
	}
	return nil
}
