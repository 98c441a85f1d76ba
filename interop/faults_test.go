package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// misbehave puts faults on a namespace, by REST.
func (h *hub) misbehave(t testing.TB, namespace string, f wire.NewFaults) {
	t.Helper()
	if f.Seed == 0 {
		f.Seed = 7
	}
	if _, err := h.client(t).SetFaults(t.Context(), namespace, f); err != nil {
		t.Fatal(err)
	}
}

// faultsOf returns the faults of a namespace.
func (h *hub) faultsOf(t testing.TB, namespace string) wire.Faults {
	t.Helper()
	all, err := h.client(t).Faults(t.Context())
	i := slices.IndexFunc(all, func(f wire.Faults) bool { return f.Namespace == namespace })
	if err != nil || i < 0 {
		t.Fatalf("%v; faults are on in %v, want %s", err, all, namespace)
	}
	return all[i]
}

// number publishes n messages that are numbered from 0, and last an event "end".
func (h *hub) number(t testing.TB, namespace string, n int) {
	t.Helper()
	batch := make([]wire.Publish, n)
	for i := range batch {
		batch[i] = wire.Publish{Namespace: namespace, Event: "tick", Data: json.RawMessage(fmt.Sprint(i))}
	}
	if _, err := h.client(t).Publish(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
}

func TestEveryKindOfClientMeetsTheFaults(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/faults/" + language + "/" + transport
		p, native := startPeer(t, language), dial(t, h)
		p.connect(h.url, ns, transport, nil)
		native.subscribe(ns)
		h.misbehave(t, ns, wire.NewFaults{Drop: 0.2, Duplicate: 0.2, Reorder: 0.2})
		const n = 200
		h.number(t, ns, n)
		// A message that waits to be overtaken leaves after a second at the latest.
		var f wire.Faults
		for f.Held = 1; f.Held > 0; f = h.faultsOf(t, ns) {
			time.Sleep(10 * time.Millisecond)
		}
		c := f.Counts
		if c.Drop == 0 || c.Duplicate == 0 || c.Reorder == 0 {
			t.Fatalf("counts are %+v, want some of each", c)
		}
		want := n - int(c.Drop) + int(c.Duplicate)
		got := native.events(want)
		if language == "python" { // which handles events on threads of their own
			byNumber(got)
			theirs := p.events("tick", want)
			byNumber(theirs)
			if !slices.Equal(theirs, got) {
				t.Errorf("Socket.IO got %v\nnative got %v", theirs, got)
			}
			return
		}
		if theirs := p.events("tick", want); !slices.Equal(theirs, got) {
			t.Errorf("Socket.IO got %v\nnative got %v", theirs, got)
		}
		if len(got) != want || slices.Equal(got, slices.Sorted(slices.Values(got))) {
			t.Errorf("got %d events, want %d of %d and not in order", len(got), want, n)
		}
	})
}

func TestADelayIsSeenByClientsAndNotByTheMeter(t *testing.T) {
	h := startHub(t)
	const ns, delay = "/faults/delay", 300 * time.Millisecond
	s := dial(t, h)
	s.subscribe(ns)
	h.misbehave(t, ns, wire.NewFaults{Delay: delay.String()})
	begun := time.Now()
	h.number(t, ns, 1)
	s.events(1)
	if took := time.Since(begun); took < delay {
		t.Errorf("it arrived after %v, want %v at least", took, delay)
	}
	stats, err := h.client(t).Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range stats.Lanes {
		if limit := float64(delay.Microseconds()) / 2; l.Namespace == ns && (l.Lateness.Max > limit || l.Wait.Max > limit) {
			t.Errorf("the lane was %v µs late and waited %v µs: the delay is counted", l.Lateness.Max, l.Wait.Max)
		}
	}
	a := fetch(t, h, "/api/v1/messages?q=ns:"+ns)
	if !strings.Contains(a, `"faults":["delay"]`) || !strings.Contains(a, `"held":"300ms"`) {
		t.Errorf("the message says %s, want what was meant", a)
	}
}

// fetch returns what the hub answers to a GET.
func fetch(t testing.TB, h *hub, path string) string {
	t.Helper()
	from, err := h.client(t).Fetch(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAStalledLaneSendsNothingAndThenEverything(t *testing.T) {
	h := startHub(t)
	const ns, stall = "/faults/stall", 500 * time.Millisecond
	s := dial(t, h)
	s.subscribe(ns)
	begun := time.Now()
	h.misbehave(t, ns, wire.NewFaults{Stall: stall.String()})
	h.number(t, ns, 50)
	s.events(50)
	if took := time.Since(begun); took < stall {
		t.Errorf("all arrived after %v, want %v at least", took, stall)
	}
	stats, err := h.client(t).Stats(t.Context())
	if err != nil || stats.Counters.Missed != 0 || stats.Counters.Dropped != 0 {
		t.Errorf("%v, counters %+v; want nothing lost", err, stats.Counters)
	}
}

func TestClientsAreCutOffWithoutAWord(t *testing.T) {
	h := startHub(t)
	for transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			ns := "/faults/cut/" + transport
			p, native := startPeer(t, "node"), dial(t, h)
			p.connect(h.url, ns, transport, nil)
			native.subscribe(ns)
			h.misbehave(t, ns, wire.NewFaults{Disconnect: 1})
			gone := p.await("disconnect", 1, func(e happening) bool { return e.Type == "disconnect" })
			if reason := gone[0].Reason; reason != "transport close" && reason != "transport error" {
				t.Errorf("the client says %q, want a broken transport: then it comes back by itself", reason)
			}
			select {
			case <-native.done:
			case <-time.After(patience):
				t.Fatal("the native client is still connected")
			}
			left := fetch(t, h, "/api/v1/clients/left")
			if !strings.Contains(left, `"why":"on_purpose"`) {
				t.Errorf("who has left: %s; want why", left)
			}
		})
	}
}

func TestASlowClientGetsOnlySoManyASecond(t *testing.T) {
	h := startHub(t)
	const ns = "/faults/slow"
	slow := dial(t, h)
	slow.subscribe(ns)
	id := h.onlyClient(t)
	quick := dial(t, h)
	quick.subscribe(ns)
	h.misbehave(t, ns, wire.NewFaults{SlowClient: id, SlowRate: 20})
	h.await(t, "a slow client", func() bool { return h.faultsOf(t, ns).Slow == 1 })
	begun := time.Now()
	h.number(t, ns, 11)
	quick.events(11)
	slow.events(11)
	if took := time.Since(begun); took < 400*time.Millisecond { // its turns do not begin with the first message
		t.Errorf("11 messages took %v, want about half a second at 20 a second", took)
	}
	if one := fetch(t, h, "/api/v1/clients/"+id); !strings.Contains(one, `"slowed_to":20`) {
		t.Errorf("the client says %s, want that it is slowed down", one)
	}
	if err := h.client(t).ClearFaults(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	h.await(t, "its speed again", func() bool { return !strings.Contains(fetch(t, h, "/api/v1/clients/"+id), "slowed_to") })
}

func TestFaultsEndByThemselvesAndAreCounted(t *testing.T) {
	h := startHub(t)
	const ns = "/faults/end"
	s := dial(t, h)
	s.subscribe(ns)
	h.misbehave(t, ns, wire.NewFaults{Drop: 1, For: "400ms"})
	h.number(t, ns, 3)
	h.await(t, "the end of the faults", func() bool {
		all, err := h.client(t).Faults(t.Context())
		return err == nil && len(all) == 0
	})
	post(t, h, `{"namespace":"`+ns+`","event":"e","data":"after"}`)
	if got := s.events(1); got[0] != `"after"` {
		t.Errorf("got %v, want what came after the faults alone", got)
	}
	metrics := fetch(t, h, "/metrics")
	for _, want := range []string{
		`emitscope_faults_total{kind="drop"} 3`, `emitscope_messages_dropped_on_purpose_total{namespace="/faults/end"} 3`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(metrics, "emitscope_messages_dropped_total{") {
		t.Error("a drop on purpose counts as a loss")
	}
	if audit := fetch(t, h, "/api/v1/audit"); !strings.Contains(audit, `"kind":"faults_on"`) || !strings.Contains(audit, `"kind":"faults_off"`) {
		t.Errorf("the audit says %s, want when they went on and off", audit)
	}
}

func TestWhatIsHeldBackLeavesWhenTheHubStops(t *testing.T) {
	h := startHub(t)
	const ns = "/faults/stop"
	s := dial(t, h)
	s.subscribe(ns)
	h.misbehave(t, ns, wire.NewFaults{Delay: "1m"})
	h.number(t, ns, 20)
	h.await(t, "all of it to be held", func() bool { return h.faultsOf(t, ns).Held == 20 })
	h.terminate()
	if got := s.events(20); len(got) != 20 {
		t.Errorf("got %d, want all 20", len(got))
	}
}

func TestFaultsAreOffAfterARestart(t *testing.T) {
	dir := t.TempDir()
	first := startHub(t, "--data-dir", dir)
	first.misbehave(t, "/ws", wire.NewFaults{Drop: 1})
	first.stop(t)
	second := startHub(t, "--data-dir", dir)
	if all, err := second.client(t).Faults(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v; want none", all, err)
	}
}

// onlyClient returns the id of the one client that is connected.
func (h *hub) onlyClient(t testing.TB) string {
	t.Helper()
	var list wire.ClientList
	if err := json.Unmarshal([]byte(fetch(t, h, "/api/v1/clients")), &list); err != nil || len(list.Clients) != 1 {
		t.Fatalf("%v: got %v, want one client", err, list.Clients)
	}
	return list.Clients[0].ID
}

// await returns once something is so.
func (h *hub) await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no sign of %s within %v", what, patience)
		}
	}
}
