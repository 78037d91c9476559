package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/misp"
)

// errDeclined is a person's no.
var errDeclined = errors.New("nothing was sent")

// file imports one file.
func (c *importCommand) file(env *environment, name string, send sender) error {
	in, size, err := open(env, name)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	if c.DryRun {
		return c.preview(env, name, in)
	}
	if again, ok := in.(io.ReadSeeker); ok && !c.Yes && terminal(env.Stderr) && interactive(env.Stdin) {
		if err := c.ask(env, name, again); err != nil {
			return err
		}
	}
	body, finish := io.Reader(in), func() {}
	if terminal(env.Stderr) {
		bar := newBar(env.Stderr, size, "sending "+filepath.Base(name))
		body = io.TeeReader(in, bar)
		finish = func() { _ = bar.Finish(); fmt.Fprintln(env.Stderr) } // decoration
	}
	accepted, err := send(env.Context, name, body)
	finish()
	if err != nil {
		return err
	}
	return c.print(env, name, accepted)
}

// newBar shows what was read of size bytes, the rate and the remaining time;
// of an unknown size, -1, a spinner and the rate.
func newBar(w io.Writer, size int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true), progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(20),
		progressbar.OptionFullWidth(), progressbar.OptionSpinnerType(14),
	)
}

// feed imports a MISP feed in a directory, event by event.
func (c *importCommand) feed(env *environment, name string, send sender) error {
	dir, err := os.OpenRoot(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // it was only read
	problems, err := misp.ReadFeed(env.Context, func(file string) (io.ReadCloser, error) { return dir.Open(file) }, nil, func(e misp.FeedEvent) error {
		file := filepath.Join(name, e.UUID+".json")
		if c.DryRun {
			return c.preview(env, file, e.Text)
		}
		accepted, err := send(env.Context, file, e.Text)
		if err != nil {
			return err
		}
		return c.print(env, file, accepted)
	})
	for _, p := range problems {
		err = errors.Join(err, fmt.Errorf("event %s: %w", p.UUID, p.Err))
	}
	return err
}

// preview shows what a text would become.
func (c *importCommand) preview(env *environment, name string, text io.Reader) error {
	s, err := c.submission(name)
	if err != nil {
		return usageError{err}
	}
	shown, err := intake.Preview(env.Context, text, s)
	if err != nil {
		return err
	}
	if c.JSON {
		err = env.printJSON(shown)
	} else {
		show(env.Stdout, name, shown)
	}
	if err == nil && shown.RejectedCount > 0 && !c.PerObject {
		err = errRejected
	}
	return err
}

// ask shows what a list or table would become, and wants a yes.
func (c *importCommand) ask(env *environment, name string, text io.ReadSeeker) error {
	s, err := c.submission(name)
	if err != nil {
		return usageError{err}
	}
	format, err := intake.Recognise(text, s)
	if err != nil || format == intake.STIX || format == intake.MISP {
		_, again := text.Seek(0, io.SeekStart)
		return again // what is wrong is said when it is sent
	}
	if _, err := text.Seek(0, io.SeekStart); err != nil {
		return err
	}
	shown, err := intake.Preview(env.Context, text, s)
	if err != nil {
		return err
	}
	show(env.Stderr, name, shown)
	if !confirmed(env.Stdin, env.Stderr, "send it? [y/N] ") {
		return errDeclined
	}
	_, err = text.Seek(0, io.SeekStart)
	return err
}

// confirmed asks a question whose answer is no unless it begins with y.
func confirmed(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	line, _ := bufio.NewReader(in).ReadString('\n') // no answer is a no
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "y")
}

// show prints what a text would become.
func show(w io.Writer, name string, s intake.Shown) {
	fmt.Fprintf(w, "%s: %s, %d objects would be taken, %d rejected, %d repeated\n", name, s.Format, s.Accepted, s.RejectedCount, s.Repeated)
	for _, k := range s.Kinds {
		fmt.Fprintf(w, "  %7d  %s: %s\n", k.Count, k.Kind, strings.Join(k.Samples, ", "))
	}
	for _, a := range s.Audiences {
		fmt.Fprintf(w, "  %7d  to TLP:%s, community %s", a.Count, strings.ToUpper(string(a.TLP)), a.Community)
		if len(a.Recipients) > 0 {
			fmt.Fprintf(w, ", recipients %v", a.Recipients)
		}
		fmt.Fprintln(w)
	}
	printRejected(w, "would not be taken", s.Rejected, s.RejectedCount)
	printRejected(w, "note", s.Warnings, s.WarningCount)
}

// print says what became of a text.
func (c *importCommand) print(env *environment, name string, accepted api.Accepted) error {
	if c.JSON {
		return env.printJSON(accepted)
	}
	verdict := "taken"
	if accepted.Known {
		verdict = "were there already"
	}
	fmt.Fprintf(env.Stdout, "%s: %d objects %s, %d rejected (%s)\n", name, accepted.Accepted, verdict, len(accepted.Rejected), accepted.ID)
	printRejected(env.Stdout, "not taken", accepted.Rejected, len(accepted.Rejected))
	printRejected(env.Stdout, "note", accepted.Warnings[:min(len(accepted.Warnings), shownWarnings)], accepted.WarningCount)
	return nil
}

// shownWarnings is how many warnings people are shown; --json has more.
const shownWarnings = 10

func printRejected(w io.Writer, what string, list []intake.Rejection, all int) {
	for _, r := range list {
		place := r.Pointer
		if r.Line > 0 {
			place = fmt.Sprintf("line %d %s", r.Line, r.Pointer)
		}
		fmt.Fprintf(w, "  %s: %s %s: %s\n", what, place, r.ID, r.Reason)
	}
	if more := all - len(list); more > 0 {
		fmt.Fprintf(w, "  %s: and %d more\n", what, more)
	}
}
