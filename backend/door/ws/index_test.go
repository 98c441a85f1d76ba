package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

var errDone = errors.New("done")

// listener is a subscriber without a connection.
type listener struct {
	id     string
	out    *outbox.Outbox
	ended  chan struct{}
	frames [][]byte
	kinds  []string // of all frames; set by all
}

func listen(id string) *listener {
	l := &listener{id: id, out: outbox.New(outbox.Options{MaxFrames: 1 << 20, MaxBytes: 1 << 30}), ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		_ = l.out.Run(context.Background(), func(frames net.Buffers) error {
			l.frames = append(l.frames, frames...)
			return nil
		})
	}()
	return l
}

// all ends the listener and returns the seqs of the events it got.
func (l *listener) all(t *testing.T) (seqs []uint64) {
	t.Helper()
	l.out.Close(errDone)
	<-l.ended
	for _, frame := range l.frames {
		var e struct {
			Type string `json:"type"`
			Seq  uint64 `json:"seq"`
		}
		text := frame[2:]
		if frame[1] == 126 {
			text = frame[4:]
		}
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatalf("frame %q: %v", frame, err)
		}
		l.kinds = append(l.kinds, e.Type)
		if e.Type == "event" {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

// subscribedFrame stands for the answer to a subscribe.
func subscribedFrame() []byte {
	frame, _ := jsonFrame(wire.SocketSubscribed{Type: "subscribed"})
	return frame
}

func (l *listener) subscription(events, rooms []string) *subscription {
	return &subscription{client: l.id, namespace: "/ws", events: events, rooms: rooms, out: l.out}
}

func message(seq uint64, change ...func(*msg.Message)) *msg.Message {
	m := &msg.Message{Seq: seq, Namespace: "/ws", Event: "tick", Payload: []byte("1")}
	for _, c := range change {
		c(m)
	}
	return m
}

func TestAMessageReachesThoseItIsForAndEachOnce(t *testing.T) {
	event := func(name string) func(*msg.Message) { return func(m *msg.Message) { m.Event = name } }
	rooms := func(names ...string) func(*msg.Message) { return func(m *msg.Message) { m.Rooms = names } }
	for _, c := range []struct {
		name string
		m    *msg.Message
		want []string
	}{
		{"everybody", message(1), []string{"all", "red", "redblue", "tick", "ticktock"}},
		{"another event", message(1, event("tock")), []string{"all", "red", "redblue", "ticktock"}},
		{"an event nobody chose", message(1, event("none")), []string{"all", "red", "redblue"}},
		{"a room", message(1, rooms("red")), []string{"red", "redblue"}},
		{"two rooms", message(1, rooms("red", "blue")), []string{"red", "redblue"}},
		{"a room nobody is in", message(1, rooms("green")), nil},
		{"one socket", message(1, func(m *msg.Message) { m.To = "red" }), []string{"red"}},
		{"one socket that does not want it", message(1, event("none"), func(m *msg.Message) { m.To = "tick" }), nil},
		{"all but who said it", message(1, func(m *msg.Message) { m.Except = "all" }), []string{"red", "redblue", "tick", "ticktock"}},
		{"another namespace", message(1, func(m *msg.Message) { m.Namespace = "/other" }), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(Options{})
			listeners := []*listener{}
			for _, s := range []struct {
				id            string
				events, rooms []string
			}{
				{"all", nil, nil}, {"tick", []string{"tick"}, nil}, {"ticktock", []string{"tick", "tock"}, nil},
				{"red", nil, []string{"red"}}, {"redblue", nil, []string{"blue", "red"}},
			} {
				l := listen(s.id)
				listeners = append(listeners, l)
				d.index.add(l.subscription(s.events, s.rooms), nil, subscribedFrame())
			}
			sockets := d.Send(msg.Emission{Message: c.m, At: time.Now()}, nil)
			var got []string
			for _, l := range listeners {
				if n := len(l.all(t)); n > 1 {
					t.Errorf("%s got it %d times", l.id, n)
				} else if n == 1 {
					got = append(got, l.id)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || sockets != len(c.want) {
				t.Errorf("got %v, and %d sockets, want %v", got, sockets, c.want)
			}
		})
	}
}

func TestTheIndexForgetsWhoLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x index
	here := map[string]*subscription{}
	names := []string{"a", "b", "c", "d"}
	for step := range 3000 {
		id := fmt.Sprint(r.IntN(30))
		if old := here[id]; old != nil && r.IntN(2) == 0 {
			x.remove(old)
			delete(here, id)
		} else {
			s := &subscription{client: id, namespace: "/" + names[r.IntN(2)], out: outbox.New(outbox.Options{})}
			for _, n := range names {
				if r.IntN(3) == 0 {
					s.events = append(s.events, n)
				}
				if r.IntN(3) == 0 {
					s.rooms = append(s.rooms, n)
				}
			}
			x.add(s, old, nil)
			here[id] = s
		}
		m := message(uint64(step), func(m *msg.Message) {
			m.Namespace, m.Event = "/"+names[r.IntN(2)], names[r.IntN(4)]
			if r.IntN(2) == 0 {
				m.Rooms = names[:1+r.IntN(3)]
			}
		})
		want := 0
		for _, s := range here {
			if s.namespace == m.Namespace && s.wants(m.Event) && s.hears(m.Rooms) {
				want++
			}
		}
		if got := x.send(m, time.Now()); got != want {
			t.Fatalf("step %d: got %d sockets, want %d", step, got, want)
		}
	}
	for _, s := range here {
		x.remove(s)
	}
	if len(x.spaces) != 0 {
		t.Errorf("got %d namespaces left, want none", len(x.spaces))
	}
}

// memory keeps everything that was observed.
type memory struct {
	mu    sync.Mutex
	all   []*msg.Record
	pause func() // called by Last, before looking and after
}

func (r *memory) observe(m *msg.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, &msg.Record{Message: m, Outcome: msg.Emitted, At: time.Now()})
}

func (r *memory) Last(_ string, _, _ []string, n int) ([]*msg.Record, uint64) {
	if r.pause != nil {
		r.pause()
		if r.pause != nil {
			defer r.pause()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all[max(0, len(r.all)-n):]), 0
}

func TestALateJoinerGetsTheLastAndTheLiveMessagesWithoutGapOrRepetition(t *testing.T) {
	var sent atomic.Uint64
	recent := &memory{pause: func() { // while messages come
		for until := sent.Load() + 3; sent.Load() < until; {
			runtime.Gosched()
		}
	}}
	d := New(Options{Recent: recent})
	stop := make(chan struct{})
	var emitter sync.WaitGroup
	emitter.Go(func() {
		for seq := uint64(0); ; seq++ {
			select {
			case <-stop:
				return
			default:
			}
			m := message(seq)
			d.Send(msg.Emission{Message: m, At: time.Now()}, nil)
			sent.Add(1)
			runtime.Gosched() // a joiner may come between Send and Observe
			recent.observe(m)
		}
	})
	all := make([]*listener, 40)
	for i := range all {
		all[i] = listen(fmt.Sprint(i))
		d.join(all[i].subscription(nil, nil), nil, 5, subscribedFrame())
	}
	close(stop)
	emitter.Wait()
	for i, l := range all {
		seqs := l.all(t)
		if l.kinds[0] != "subscribed" {
			t.Errorf("joiner %d: got %s first, want subscribed", i, l.kinds[0])
		}
		for j, seq := range seqs {
			if seq != seqs[0]+uint64(j) {
				t.Fatalf("joiner %d: got %d after %d", i, seq, seqs[j-1])
			}
		}
		if last := sent.Load() - 1; len(seqs) == 0 || seqs[len(seqs)-1] != last {
			t.Errorf("joiner %d: got %d messages that do not end with the last, %d", i, len(seqs), last)
		}
	}
}

func TestALateJoinerGetsTheMessageThatIsSentButNotYetKnown(t *testing.T) {
	d := New(Options{Recent: &memory{}})
	d.Send(msg.Emission{Message: message(7), At: time.Now()}, nil)
	l := listen("a")
	d.join(l.subscription(nil, nil), nil, 10, subscribedFrame())
	if got, want := l.all(t), []uint64{7}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestALateJoinerDoesNotGetTheNewestMessageOfOthers(t *testing.T) {
	d := New(Options{Recent: &memory{}})
	d.Send(msg.Emission{Message: message(7, func(m *msg.Message) { m.To = "b" }), At: time.Now()}, nil)
	l := listen("a")
	d.join(l.subscription(nil, nil), nil, 10, subscribedFrame())
	if got := l.all(t); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestAJoinerWhoIsHeldUpIsToldWhatItMissed(t *testing.T) {
	recent := &memory{}
	d := New(Options{Recent: recent, Outbox: outbox.Options{MaxFrames: 10}})
	recent.pause = func() {
		recent.pause = nil
		for seq := range uint64(15) {
			d.Send(msg.Emission{Message: message(seq), At: time.Now()}, nil)
		}
	}
	l := listen("a")
	d.join(l.subscription(nil, nil), nil, 10, subscribedFrame())
	if got, want := l.all(t), []uint64{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := []string{"subscribed", "missed"}; !slices.Equal(l.kinds[:2], want) {
		t.Errorf("got %v, want %v first", l.kinds, want)
	}
}

func TestTheLastMessagesNeverFillTheOutbox(t *testing.T) {
	frames := [][]byte{make([]byte, 10), make([]byte, 50), make([]byte, 40), make([]byte, 1)}
	if got := len(fitting(frames, 10, 91)); got != 3 {
		t.Errorf("91 bytes: got %d frames, want the newest 3", got)
	}
	if got := len(fitting(frames, 2, 1000)); got != 2 {
		t.Errorf("2 frames: got %d", got)
	}
	if got := len(fitting(frames, 2, 0)); got != 0 {
		t.Errorf("no bytes: got %d", got)
	}
}

func TestAFrameIsOnlyMadeForSomebody(t *testing.T) {
	d := New(Options{})
	m := message(1)
	if n := testing.AllocsPerRun(100, func() { d.Send(msg.Emission{Message: m, At: time.Now()}, nil) }); n != 0 {
		t.Errorf("nobody listens: got %v allocations, want 0", n)
	}
}

func subscribed(d *Door, n int) {
	for i := range n {
		l := &listener{id: fmt.Sprint(i), out: outbox.New(outbox.Options{MaxFrames: 64})}
		d.index.add(l.subscription(nil, nil), nil, nil)
	}
}

func TestSendAllocatesOnceForAllSubscribers(t *testing.T) {
	d := New(Options{})
	subscribed(d, 200)
	m, emitted := message(1), time.Now()
	for range 200 { // until every ring has its size
		d.Send(msg.Emission{Message: m, At: emitted}, nil)
	}
	if n := testing.AllocsPerRun(100, func() { d.Send(msg.Emission{Message: m, At: emitted}, nil) }); n > 1 {
		t.Errorf("got %v allocations for 200 subscribers, want 1: the frame", n)
	}
}

func BenchmarkSend(b *testing.B) {
	for _, n := range []int{1, 200, 2000} {
		b.Run(fmt.Sprint(n, " subscribers"), func(b *testing.B) {
			d := New(Options{})
			subscribed(d, n)
			m := message(1, func(m *msg.Message) { m.Payload = []byte(`"` + strings.Repeat("x", 198) + `"`) })
			emitted := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				d.Send(msg.Emission{Message: m, At: emitted}, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/subscriber")
		})
	}
}
