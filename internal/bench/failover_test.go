package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// BenchmarkFailover kills the node that leads, of three processes, or stops it in order,
// and measures how long nothing can be changed at another one, and nothing be read at the third.
func BenchmarkFailover(b *testing.B) {
	for range b.N {
		var f figures
		c := startCluster(b)
		var changes, reads []float64
		for range number(b, "TOCSIN_BENCH_FAILOVERS", 10) {
			change, read := c.failover(syscall.SIGKILL)
			changes, reads = append(changes, change.Seconds()), append(reads, read.Seconds())
		}
		slices.Sort(changes)
		var ordered []float64
		for range 5 {
			change, read := c.failover(syscall.SIGTERM)
			ordered, reads = append(ordered, change.Seconds()), append(reads, read.Seconds())
		}
		slices.Sort(ordered)
		f.add(figure{what: "changes resume, median", unit: "s", metric: "failover", value: changes[len(changes)/2], against: 6,
			note: fmt.Sprintf("%d times the leader was killed; all: %.1f s", len(changes), changes)})
		f.add(figure{what: "changes resume, worst", unit: "s", metric: "failover-worst", value: slices.Max(changes), against: 8})
		f.add(figure{what: "changes resume when the leader is stopped in order, median", unit: "s", metric: "handover", value: ordered[len(ordered)/2], against: changes[len(changes)/2], peer: "when it is killed",
			note: fmt.Sprintf("%d times; all: %.2f s", len(ordered), ordered)})
		f.add(figure{what: "nothing could be read", unit: "s", metric: "failover-reads", value: slices.Max(reads), against: 1, note: "the longest time between two answers of the third node"})
		f.print(os.Stdout)
		f.report(b)
	}
}

// clusterOfThree is three nodes as processes.
type clusterOfThree struct {
	tb    testing.TB
	dir   string
	files []string
	hubs  []*hub
	made  int // partners
}

func startCluster(tb testing.TB) *clusterOfThree {
	tb.Helper()
	c := &clusterOfThree{tb: tb, dir: tb.TempDir(), hubs: make([]*hub, 3)}
	var err error
	if c.files, err = jetstream.MakeNodes(filepath.Join(c.dir, "nodes"), freeAddresses(tb, 3)); err != nil {
		tb.Fatal(err)
	}
	var starting sync.WaitGroup
	for i := range c.hubs {
		starting.Go(func() { c.start(i) })
	}
	starting.Wait()
	for _, h := range c.hubs {
		if h == nil {
			tb.FailNow()
		}
		h.ready()
	}
	return c
}

func (c *clusterOfThree) start(i int) {
	c.hubs[i] = startConfigured(c.tb, filepath.Join(c.dir, fmt.Sprint("data-", i)), false, "127.0.0.1:0", fmt.Sprintf("cluster = %q\n", c.files[i])+unlimited)
}

// freeAddresses finds ports on which nobody listens now.
func freeAddresses(tb testing.TB, n int) (list []string) {
	tb.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

// leader waits until one of the nodes leads.
func (c *clusterOfThree) leader() int {
	c.tb.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(pause) {
		for i, h := range c.hubs {
			if _, text := h.as(administrator).call(http.MethodGet, "/metrics", "", nil); strings.Contains(string(text), "\ntocsin_leads 1\n") {
				return i
			}
		}
	}
	c.tb.Fatal("no node leads")
	return 0
}

// change adds a partner at a node, and says whether it was taken.
func (c *clusterOfThree) change(h *hub) bool {
	c.made++
	body := fmt.Sprintf(`{"name":"Partner %d","sector":"energy","country":"NL","kind":"operator"}`, c.made)
	r, err := http.NewRequest(http.MethodPost, h.url+"/api/v1/partners", strings.NewReader(body))
	if err != nil {
		c.tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return taken(r) == http.StatusCreated
}

// taken is the status of an answer; 0 for none.
func taken(r *http.Request) int {
	r.Header.Set("Authorization", "Bearer "+administrator)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// failover ends the leader with a signal, and gives how long after that the first change was
// answered that another node was asked for, and the longest time between two answers
// to readers of the third. Then it starts the node again.
func (c *clusterOfThree) failover(end syscall.Signal) (change, read time.Duration) {
	c.tb.Helper()
	led := c.leader()
	one, other := c.hubs[(led+1)%3], c.hubs[(led+2)%3]
	if !c.change(one) {
		c.tb.Fatal("the cluster takes no changes")
	}
	stop, longest := make(chan struct{}), make(chan time.Duration)
	go func() { longest <- other.unread(stop) }()
	if err := c.hubs[led].cmd.Process.Signal(end); err != nil {
		c.tb.Fatal(err)
	}
	killed := time.Now()
	for !c.change(one) {
		if time.Since(killed) > patience {
			c.tb.Fatal("no change was taken any more")
		}
		time.Sleep(pause)
	}
	change = time.Since(killed)
	close(stop)
	read = <-longest
	<-c.hubs[led].ended
	c.start(led)
	c.hubs[led].ready()
	return change, read
}

// unread asks again and again until it is stopped, and gives the longest time between
// two answers.
func (h *hub) unread(stop <-chan struct{}) (longest time.Duration) {
	for last := time.Now(); ; time.Sleep(pause) {
		r, err := http.NewRequest(http.MethodGet, h.url+"/api/v1/partners", nil)
		if err == nil && taken(r) == http.StatusOK {
			longest, last = max(longest, time.Since(last)), time.Now()
		}
		select {
		case <-stop:
			return max(longest, time.Since(last))
		default:
		}
	}
}
