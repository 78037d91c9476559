package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBackup measures what a backup that follows a hub costs it, and how long
// a lost hub is away: restore from the backup, start, and views that are rebuilt.
func BenchmarkBackup(b *testing.B) {
	for range b.N {
		objects := number(b, "TOCSIN_BENCH_OBJECTS", 100_000) / (backupTurns * envelopeSize) * (backupTurns * envelopeSize)
		if objects == 0 {
			b.Fatalf("TOCSIN_BENCH_OBJECTS: use at least %d", backupTurns*envelopeSize)
		}
		r := &run{B: b, objects: objects}
		r.loader = startLoader(b)
		r.backup()
		r.print(os.Stdout)
		r.report(b)
	}
}

// backupTurns is into how many equal turns the objects are divided. Of each two one is
// taken while a backup follows, in turns the second and the first: what makes later
// turns slower makes neither kind slower.
const backupTurns = 10

func followed(turn int) bool { return turn%2 != turn/2%2 }

func (r *run) backup() {
	r.Helper()
	h := r.newHub()
	_, token := h.partner("Partner One", "contributor")
	dir := r.TempDir()
	key, copied := filepath.Join(dir, "key"), filepath.Join(dir, "copy")
	recipient := strings.TrimSpace(r.tocsin("backup", "keygen", "--out", key))
	args := []string{"backup", "--data", h.data, "--to", copied, "--recipient", recipient}
	path := h.as(token).community() + "objects/"
	envelopes := r.objects / envelopeSize / backupTurns
	var alone, beside []float64       // seconds a turn
	var working, served time.Duration // of the backup, and of the hub and the load generator beside it
	for turn := range backupTurns {
		what := load{Address: h.address(), Path: path, Media: taxiiMedia, Token: token, Seed: 9, First: turn * envelopes * envelopeSize, Envelopes: envelopes}
		r.loader.prepare(what)
		var follower *exec.Cmd
		if followed(turn) {
			r.tocsin(args...) // so that it follows, and does not catch up
			follower = r.follow(args)
		}
		before := processorOf(r, h.pid())
		s := r.loader.send()
		h.visible(token, synthetic{9}, what.First, envelopes)
		if follower == nil {
			alone = append(alone, s.Seconds)
			continue
		}
		beside = append(beside, s.Seconds)
		served += processorOf(r, h.pid()) - before + time.Duration(s.Own*1e9)
		r.end(follower)
		working += follower.ProcessState.UserTime() + follower.ProcessState.SystemTime()
	}
	slower := make([]float64, len(beside))
	for pair := range slower {
		slower[pair] = beside[pair] / alone[pair]
	}
	r.add(figure{what: "accepting while a backup follows each second, of alone", unit: "of the time", metric: "backup-slowdown", value: median(slower), against: 1.1,
		note: fmt.Sprintf("median of %d pairs of turns of %d objects, which are %.2f; processor: backup %.2f s, hub and load generator beside it %.2f s", len(slower), envelopes*envelopeSize, slower, working.Seconds(), served.Seconds())})
	live := h.walk(token, nil)
	h.kill()
	began := time.Now()
	r.tocsin(args...)
	last := time.Since(began)
	r.restored(token, copied, key, live, last)
}

// restored is from a backup to a hub that is ready.
func (r *run) restored(token, copied, key string, live walked, last time.Duration) {
	r.Helper()
	data := filepath.Join(r.TempDir(), "again")
	began := time.Now()
	before := childrenProcessor()
	r.tocsin("restore", "--from", copied, "--data", data, "--identity", key)
	restored, working := time.Since(began), childrenProcessor()-before
	h := startHub(r, data, false)
	rebuilt := h.ready()
	rebuilding := processorOf(r, h.pid())
	r.add(figure{what: "restore, start and rebuild", unit: "s", metric: "restore", value: (restored + rebuilt).Seconds(), against: max(5, 60*float64(r.objects)/1_000_000),
		note: fmt.Sprintf("%s objects: restore %.1f s (processor %.1f s), start and rebuild %.1f s (processor %.1f s); the last run before it %.1f s",
			amount(float64(r.objects)), restored.Seconds(), working.Seconds(), rebuilt.Seconds(), rebuilding.Seconds(), last.Seconds())})
	if again := h.walk(token, nil); again.objects != live.objects || again.digest != live.digest {
		r.Errorf("the restored collection is not the same: %d objects, before %d", again.objects, live.objects)
	}
	h.stop()
}

// childrenProcessor is what the children that have ended took of the processor.
func childrenProcessor() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage) // it fails only for other arguments
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// tocsin runs the program to its end, which has to be good, and gives what it wrote.
func (r *run) tocsin(args ...string) string {
	r.Helper()
	program, err := built.program(r.Context(), false)
	if err != nil {
		r.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		r.Fatalf("tocsin %s: %v\n%s", args[0], err, &said)
	}
	return string(out)
}

func (r *run) follow(args []string) *exec.Cmd {
	r.Helper()
	program, err := built.program(r.Context(), false)
	if err != nil {
		r.Fatal(err)
	}
	cmd := exec.Command(program, append(slices.Clone(args), "--follow", "--every", "1s")...)
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended by itself, as a rule
	return cmd
}

func (r *run) end(follower *exec.Cmd) {
	r.Helper()
	if err := follower.Process.Signal(syscall.SIGTERM); err != nil {
		r.Fatal(err)
	}
	if err := follower.Wait(); err != nil {
		r.Fatalf("the backup ended with %v", err)
	}
}
