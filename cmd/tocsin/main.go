// Command tocsin is the hub, the edge and the tools of the collective-defence
// hub Tocsin, in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses, the same for every subcommand.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// environment is what a subcommand may touch of the world around it.
type environment struct {
	Context context.Context
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// commandLine is the grammar of the command line: a field a subcommand.
type commandLine struct {
	Serve      serveCommand      `cmd:"" help:"Run a hub."`
	Edge       edgeCommand       `cmd:"" help:"Run a partner's edge beside its own sensors."`
	Demo       demoCommand       `cmd:"" help:"Day one: hub, partners and replay in one process."`
	Import     importCommand     `cmd:"" help:"Contribute STIX bundles and plain lists to a hub."`
	Match      matchCommand      `cmd:"" help:"Match telemetry against indicators, without a hub."`
	Exercise   exerciseCommand   `cmd:"" help:"Simulate an outbreak under different ways of sharing."`
	Search     searchCommand     `cmd:"" help:"Ask a hub what it knows."`
	Partner    partnerCommand    `cmd:"" help:"List, add and change partners."`
	Token      tokenCommand      `cmd:"" help:"Issue, list and revoke tokens."`
	Community  communityCommand  `cmd:"" help:"Found communities, let partners join and leave."`
	Collection collectionCommand `cmd:"" help:"Make and remove TAXII collections."`
	Person     personCommand     `cmd:"" help:"Invite people, end and erase their accounts."`
	Object     objectCommand     `cmd:"" help:"Take back what was shared: tighten, withdraw, erase."`
	Audit      auditCommand      `cmd:"" help:"List acts of security (administrator)."`
	Protection protectionCommand `cmd:"" help:"List, add, recall and explain protections."`
	Automation automationCommand `cmd:"" help:"Stop and resume what the hub does by rule."`
	Outbreak   outbreakCommand   `cmd:"" help:"List, ring and end alarms of outbreaks."`
	Action     actionCommand     `cmd:"" help:"Open actions, commit to them, report them done."`
	Call       callCommand       `cmd:"" help:"Call partners for assistance, answer, see who answered and after how long."`
	Skill      skillCommand      `cmd:"" help:"What your partner can do, and who can do what."`
	Account    accountCommand    `cmd:"" name:"accountability" help:"What was promised and what was kept: your own first."`
	Alert      alertCommand      `cmd:"" help:"Tell partners what they have to acknowledge; see who has."`
	Notice     noticeCommand     `cmd:"" help:"What your partner was told; carry it where there is no network."`
	Channel    channelCommand    `cmd:"" help:"How your partner is told: mail, webhooks, chat, files; quiet hours, digests, escalation."`
	Playbook   playbookCommand   `cmd:"" help:"Take CACAO playbooks as templates of actions; write templates and boards as playbooks."`
	Report     reportCommand     `cmd:"" help:"Make the after-action report of an incident, as of any moment."`
	Exposure   exposureCommand   `cmd:"" help:"Report patch coverage as counts; the board of a vulnerability."`
	Impact     impactCommand     `cmd:"" help:"Report how you are hit; see who is, health first."`
	Ransom     ransomCommand     `cmd:"" help:"Report and list ransom demanded and paid, by address."`
	Duty       dutyCommand       `cmd:"" help:"Incident reports that law demands: forms, deadlines, submissions."`
	Case       caseCommand       `cmd:"" help:"Attribution cases: evidence, ratings, statements, votes signed here, dossiers."`
	Key        keyCommand        `cmd:"" help:"Make, register, rotate and revoke the keys that a partner votes with."`
	Feed       feedCommand       `cmd:"" help:"Print the configuration that connects an engine."`
	Verify     verifyCommand     `cmd:"" help:"Check a published dossier and its proofs offline; status 0 only if all holds."`
	Log        logCommand        `cmd:"" help:"The public log: its state and keys, proofs of contributions."`
	Witness    witnessCommand    `cmd:"" help:"Cosign what public logs show consistently: an independent process."`
	Ledger     ledgerCommand     `cmd:"" help:"Keep the ledger by three nodes: make them, run one, copy to them and back, rebuild one."`
	Check      checkCommand      `cmd:"" help:"Read a hub's whole ledger, keys and public log, or a backup, and name what is unsound."`
	Backup     backupCommand     `cmd:"" help:"Add what is new at a hub to a backup, once or over and over."`
	Restore    restoreCommand    `cmd:"" help:"Make a hub's data directory of a backup, also as of a moment."`
	Doctor     doctorCommand     `cmd:"" help:"Look for what is wrong with a hub, its configuration and its machine, and say what to do."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is main with everything from outside handed in, for the tests.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var line commandLine
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("tocsin"),
		kong.Description("Collective defence for the first day of an attack: what one partner sees becomes everyone's protection."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { exited = status }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintf(stderr, "tocsin: %v\n", err)
		return statusFailed
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help was printed
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "tocsin: %v\n", err)
		return statusUsage
	}
	env := &environment{Context: ctx, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	if err := command.Run(env); err != nil {
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return statusDone // stopped by the person who started it
		}
		fmt.Fprintf(stderr, "tocsin: %v\n", err)
		var usage usageError
		if errors.As(err, &usage) {
			return statusUsage
		}
		return statusFailed
	}
	return statusDone
}

// usageError is a wrong use that the grammar alone does not find.
type usageError struct{ error }
