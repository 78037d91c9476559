package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// peers has the real program and what people use instead read the same records.
func (r *matching) peers() {
	r.Helper()
	of := r.of(peerPatterns)
	list := r.write("indicators.txt", func(out *bufio.Writer) error { return of.WriteList(out) })
	texts := r.write("patterns.txt", func(out *bufio.Writer) error {
		var err error
		for _, v := range of.All() {
			if err == nil {
				_, err = io.WriteString(out, v.Text+"\n")
			}
		}
		return err
	})
	program, err := built.program(r.Context(), false)
	if err != nil {
		r.Fatal(err)
	}
	own, hits := r.run("tocsin.out", program, "match", "--indicators", list, "--eve", r.records)
	right := r.hitLines(hits)
	r.remark("tocsin match hits %d of %s events; whole process, with the program's start and the loading of the list", len(right), amount(float64(r.events)))
	for _, peer := range []struct {
		metric string
		floor  float64
		args   []string
	}{
		{"grep", 9, []string{"grep", "-F", "-f", texts, r.records}},
		{"rg", 0, []string{"rg", "--no-config", "-N", "-F", "-f", texts, r.records}},
		{"jq", 15, []string{"jq", "-r", "[.src_ip,.dest_ip,.dns.rrname,.http.hostname,.http.url,.tls.sni,.tls.ja3.hash,.fileinfo.sha256]|@tsv", r.records}},
	} {
		if _, err := exec.LookPath(peer.args[0]); err != nil {
			r.remark("%s is not installed: it was not measured", peer.args[0])
			continue
		}
		took, output := r.run(peer.metric+".out", peer.args...)
		speed, theirs := float64(r.events)/own.Seconds(), float64(r.events)/took.Seconds()
		if peer.floor == 0 {
			r.remark("%s: %s events/s, tocsin match is %.1f times as fast", peer.metric, amount(theirs), speed/theirs)
		} else {
			r.add(figure{what: "tocsin match", unit: "EVE events/s", metric: "of-" + peer.metric, value: speed, against: theirs, peer: map[string]string{"grep": "grep -F -f", "jq": "jq, no look-up"}[peer.metric], floor: peer.floor})
		}
		if peer.metric != "jq" {
			r.wrong(peer.metric, output, right)
		}
	}
}

// run runs a program as often as counts and gives its processor time and what it
// wrote. That it found nothing, which grep says with status 1, is no failure.
func (r *matching) run(name string, args ...string) (time.Duration, string) {
	r.Helper()
	path := filepath.Join(r.folder, name)
	var all []time.Duration
	for range passes {
		out, err := os.Create(path) // to /dev/null grep would stop at the first line
		if err != nil {
			r.Fatal(err)
		}
		cmd := exec.CommandContext(r.Context(), args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "LC_ALL=C") // the fastest that they know
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = out, &said
		err = cmd.Run()
		if cmd.ProcessState == nil || err != nil && (cmd.ProcessState.ExitCode() != 1 || said.Len() > 0) {
			r.Fatalf("%s: %v\n%s", args[0], err, said.Bytes())
		}
		if err := out.Close(); err != nil {
			r.Fatal(err)
		}
		all = append(all, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return middle(all), path
}

// hitLines are the lines that tocsin match found indicators in.
func (r *matching) hitLines(path string) map[int]bool {
	r.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		r.Fatal(err)
	}
	found := map[int]bool{}
	for line := range bytes.Lines(text) {
		var hit struct {
			Line int `json:"line"`
		}
		if err := json.Unmarshal(line, &hit); err != nil {
			r.Fatalf("tocsin match wrote %s: %v", line, err)
		}
		found[hit.Line] = true
	}
	return found
}

// wrong holds the lines that a peer wrote, in their order, against the lines
// that have an indicator in them.
func (r *matching) wrong(peer, output string, right map[int]bool) {
	r.Helper()
	records, err := os.Open(r.records)
	if err != nil {
		r.Fatal(err)
	}
	defer records.Close()
	theirs, err := os.Open(output)
	if err != nil {
		r.Fatal(err)
	}
	defer theirs.Close()
	found := bufio.NewScanner(theirs)
	more, total, rightly := found.Scan(), 0, 0
	for n, scan := 1, bufio.NewScanner(records); scan.Scan(); n++ {
		if more && bytes.Equal(scan.Bytes(), found.Bytes()) {
			if total++; right[n] {
				rightly++
			}
			more = found.Scan()
		}
	}
	if more {
		r.Fatalf("%s wrote a line that no record is: %s", peer, found.Bytes())
	}
	r.remark("%s: %d lines, of them %d false, and %d of %d missed", peer, total, total-rightly, len(right)-rightly, len(right))
}

// edge measures `tocsin edge` with all indicators as its own.
func (r *matching) edge() {
	r.Helper()
	sentinel := func(n int) observable.Value {
		return observable.Value{Type: observable.Domain, Text: fmt.Sprintf("sentinel-%d.bench.example", n)}
	}
	list := r.write("own.txt", func(out *bufio.Writer) error {
		err := r.of(r.indicators).WriteList(out)
		for n := range 2 {
			fmt.Fprintln(out, sentinel(n).Text)
		}
		return err
	})
	h := startHub(r, filepath.Join(r.TempDir(), "data"), false)
	h.ready()
	_, token := h.partner("Partner One", "contributor")
	one := &sensor{dir: r.folder}
	show := func(n int) {
		if err := one.appendLast(rand.New(rand.NewPCG(uint64(n), 3)), sentinel(n)); err != nil {
			r.Fatal(err)
		}
	}
	show(0)
	state := r.TempDir()
	began := time.Now()
	e := startEdge(h, token, state, "--eve", r.records, "--indicators", list, "--soc", "json:-")
	e.alert(sentinel(0).Text)
	first := time.Since(began)
	held, most := residentOf(r, e.pid()), statusOf(r, e.pid(), "VmHWM:")
	r.add(figure{what: fmt.Sprintf("tocsin edge with %s indicators", amount(float64(r.indicators))), unit: "MiB", metric: "edge", value: float64(held.all) / mebibyte, against: 250,
		note: fmt.Sprintf("%s MiB of it anonymous; at most %s MiB; first start, with the list to load and %s events to read, %.1f s, %.1f s of processor time",
			amount(float64(held.anon)/mebibyte), amount(float64(most)/1024), amount(float64(r.events)), first.Seconds(), processorOf(r, e.pid()).Seconds())})
	e.stop()
	show(1)
	began = time.Now()
	e = startEdge(h, token, state, "--eve", r.records, "--indicators", list, "--soc", "json:-")
	e.alert(sentinel(1).Text)
	again := time.Since(began)
	r.add(figure{what: "restart of the edge to its first hit", unit: "s", metric: "restart", value: again.Seconds(), against: 0.5})
	e.stop()
}
