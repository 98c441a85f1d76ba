package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
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
	return listenWithin(id, outbox.Options{MaxFrames: 1 << 20, MaxBytes: 1 << 30})
}

func listenWithin(id string, bounds outbox.Options) *listener {
	l := &listener{id: id, out: outbox.New(bounds), ended: make(chan struct{})}
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

// emission is m on its way out.
func emission(m *msg.Message, order uint64) msg.Emission {
	return msg.Emission{Message: m, At: time.Now(), Order: order}
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
			sockets := d.Send(emission(c.m, 1), nil)
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
			hears := len(m.Rooms) == 0 || slices.ContainsFunc(m.Rooms, func(r string) bool { return slices.Contains(s.rooms, r) })
			if s.namespace == m.Namespace && s.wants(m.Event) && hears {
				want++
			}
		}
		if got := x.send(emission(m, uint64(step)+1), nil); got != want {
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

func TestAFrameIsOnlyMadeForSomebody(t *testing.T) {
	d := New(Options{})
	m := message(1)
	if n := testing.AllocsPerRun(100, func() { d.Send(emission(m, 1), nil) }); n != 0 {
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
	e := emission(message(1), 1)
	for range 200 { // until every ring has its size
		d.Send(e, nil)
	}
	if n := testing.AllocsPerRun(100, func() { d.Send(e, nil) }); n > 1 {
		t.Errorf("got %v allocations for 200 subscribers, want 1: the frame", n)
	}
}

func BenchmarkSend(b *testing.B) {
	for _, n := range []int{1, 200, 2000} {
		b.Run(fmt.Sprint(n, " subscribers"), func(b *testing.B) {
			d := New(Options{})
			subscribed(d, n)
			m := message(1, func(m *msg.Message) { m.Payload = []byte(`"` + strings.Repeat("x", 198) + `"`) })
			e := emission(m, 1)
			b.ReportAllocs()
			for b.Loop() {
				d.Send(e, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/subscriber")
		})
	}
}
