package bench

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// BenchmarkThousandEdges holds how fast a push and a recall reach a thousand
// edges that follow one hub on the same machine, against their limits.
// TOCSIN_BENCH_EDGES is how many.
func BenchmarkThousandEdges(b *testing.B) {
	for range b.N {
		r := &run{B: b, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		r.remark("load of the machine before: %s", otherLoad())
		r.edges(number(b, "TOCSIN_BENCH_EDGES", 1000))
		r.idleFollowers(number(b, "TOCSIN_BENCH_FOLLOWERS", 10_000))
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

const pushes = 20

func (r *run) edges(n int) {
	h := r.newHub()
	coordinator := h.as(administrator)
	var tokens []string
	for i := range n {
		_, token := h.partner(fmt.Sprintf("Edge %04d", i), "contributor")
		tokens = append(tokens, token)
	}
	crowd := startCrowd(h, tokens)
	r.settle(h)
	r.push(coordinator, "first.example")
	crowd.wait("first.example", false)
	r.settle(h)
	var last, half, told, gone []time.Duration
	r.profiled(h, "edges", func() {
		for i := range pushes {
			name := fmt.Sprintf("push%d.example", i)
			id, acknowledged := r.push(coordinator, name)
			at := crowd.wait(name, false)
			last = append(last, time.Unix(0, at.Last).Sub(acknowledged))
			half = append(half, time.Unix(0, at.Half).Sub(acknowledged))
			told = append(told, r.receipts(coordinator, id, n, true).Sub(acknowledged))
			recalled := r.recall(coordinator, name)
			at = crowd.wait(name, true)
			gone = append(gone, time.Unix(0, at.Last).Sub(recalled))
			r.receipts(coordinator, id, n, false)
		}
	})
	what := fmt.Sprintf("%d edges: ", n)
	r.milliseconds(what+"a push applied at the last, median", "edges-push-p50/limit", quantile(last, 0.5), 200, fmt.Sprintf("at half of them %s ms", amount(ms(quantile(half, 0.5)))))
	r.milliseconds(what+"the same, worst of 20", "edges-push-worst/limit", quantile(last, 1), 200, "")
	r.milliseconds(what+"a recall gone at the last, worst of 20", "edges-recall-worst/limit", quantile(gone, 1), 200, "")
	r.milliseconds(what+"last receipt on the ledger, worst of 20", "edges-receipt-worst/limit", quantile(told, 1), 1000, "")
	r.atRest(h, fmt.Sprintf("followed by %d edges", n), "edges-resident/limit", 400)
}

// idleFollowers holds so many open streams, longer than between two beats of the
// hub, and then has it tell them all.
func (r *run) idleFollowers(n int) {
	h := r.newHub()
	_, token := h.partner("Follower", "viewer")
	all, _ := startIdlers(h, token, n)
	r.settle(h)
	time.Sleep(20 * time.Second) // the hub's beat is every 15
	now := all.ask()
	held := residentOf(r, h.pid())
	r.add(figure{what: fmt.Sprintf("%d idle followers: still there after 20 s", n), unit: "streams", metric: "followers/asked", value: float64(now.Open), against: float64(n), floor: 1})
	r.add(figure{what: "the hub with them", unit: "MiB", metric: "followers-resident/limit", value: float64(held.all) / mebibyte, against: 400, note: "the limit is that of 1,000 edges"})
	_, acknowledged := r.push(h.as(administrator), "idle.example")
	for began := time.Now(); now.Lines < int64(n) && time.Since(began) < patience; now = all.ask() {
		time.Sleep(pause)
	}
	r.remark("told to the last of %d followers after %s ms", now.Lines, amount(ms(time.Unix(0, now.Last).Sub(acknowledged))))
}

// settle waits until the hub has next to nothing to do: a thousand edges that
// start at once are not what is measured.
func (r *run) settle(h *hub) {
	r.Helper()
	for began := time.Now(); time.Since(began) < patience; {
		before := processorOf(r, h.pid())
		time.Sleep(time.Second)
		if processorOf(r, h.pid())-before < 50*time.Millisecond {
			return
		}
	}
	r.Fatal("the hub does not come to rest")
}

// push has a name blocked, and gives when that was acknowledged.
func (r *run) push(c caller, name string) (id string, acknowledged time.Time) {
	r.Helper()
	var p struct {
		ID string `json:"id"`
	}
	c.make("/api/v1/protections", map[string]string{"value": name, "polarity": "block", "reason": "measured"}, &p)
	return p.ID, time.Now()
}

func (r *run) recall(c caller, name string) (acknowledged time.Time) {
	r.Helper()
	body, err := json.Marshal(map[string]string{"value": name, "reason": "measured"})
	if err != nil {
		r.Fatal(err)
	}
	if status, text := c.call(http.MethodPost, "/api/v1/protections/recall", "application/json", body); status != http.StatusOK {
		r.Fatalf("recall %s: status %d: %s", name, status, text)
	}
	return time.Now()
}

// receipts waits until n partners' outlets have acknowledged a protection, or
// its end.
func (r *run) receipts(c caller, id string, n int, inForce bool) time.Time {
	r.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(4 * pause) {
		var list struct {
			Receipts []struct {
				InForce bool `json:"in_force"`
			} `json:"receipts"`
		}
		c.get("/api/v1/protections/"+id+"/receipts", &list)
		have := 0
		for _, one := range list.Receipts {
			if one.InForce == inForce {
				have++
			}
		}
		if have >= n {
			return time.Now()
		}
	}
	r.Fatalf("%d receipts of %s do not come", n, id)
	return time.Time{}
}

func (r *run) milliseconds(what, metric string, value time.Duration, limit float64, note string) {
	r.add(figure{what: what, unit: "ms", metric: metric, value: ms(value), against: limit, note: note})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the smallest of the durations that at least the share q does not exceed.
func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
