package ws

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"emitscope/backend/door/outbox"
	"emitscope/backend/msg"
)

// memory keeps everything that is sent.
type memory struct {
	mu    sync.Mutex
	all   []*msg.Record
	pause func() // called by Last, before looking and after
}

func (r *memory) sending(e msg.Emission) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, &msg.Record{Message: e.Message, Outcome: msg.Emitted, At: e.At, Order: e.Order})
}

func (r *memory) Last(namespace string, _, _ []string, n int) (past []*msg.Record, upTo uint64) {
	if r.pause != nil {
		r.pause()
		if r.pause != nil {
			defer r.pause()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.all {
		upTo = rec.Order
		if rec.Namespace == namespace {
			past = append(past, rec)
		}
	}
	return slices.Clone(past[max(0, len(past)-n):]), upTo
}

// emitter sends messages through a door as the emitter does, one at a time.
type emitter struct {
	door   *Door
	recent *memory
	order  uint64
}

func newEmitter(bounds outbox.Options) *emitter {
	recent := &memory{}
	return &emitter{door: New(Options{Recent: recent, Outbox: bounds}), recent: recent}
}

func (e *emitter) send(m *msg.Message, giveWay func()) (sockets int) {
	e.order++
	out := emission(m, e.order)
	e.recent.sending(out)
	return e.door.Send(out, giveWay)
}

// crowd subscribes so many that a send gives way before it reaches the last one.
func (e *emitter) crowd() (last *listener, sub *subscription) {
	subscribed(e.door, 200)
	last = listen("last")
	sub = last.subscription(nil, nil)
	e.door.index.add(sub, nil, subscribedFrame())
	return last, sub
}

// once returns a giveWay that does something when it is called first.
func once(do func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			do()
		}
	}
}

func wantSeqs(t *testing.T, l *listener, want ...uint64) {
	t.Helper()
	if got := l.all(t); !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", l.id, got, want)
	}
}

func TestASendThatGivesWayReachesEverybodyOfBothMessages(t *testing.T) {
	e := newEmitter(outbox.Options{})
	last, _ := e.crowd()
	other := last.subscription(nil, nil)
	other.namespace = "/other"
	e.door.index.add(other, nil, subscribedFrame())
	inner := 0
	outer := e.send(message(1), once(func() {
		inner = e.send(message(2, func(m *msg.Message) { m.Namespace = "/other" }), nil)
	}))
	e.send(message(3), nil)
	if outer != 201 || inner != 1 {
		t.Errorf("got %d and %d sockets, want 201 and 1", outer, inner)
	}
	wantSeqs(t, last, 2, 1, 3)
}

func TestAClientThatUnsubscribesWhileAMessageIsSentGetsNothingMore(t *testing.T) {
	e := newEmitter(outbox.Options{})
	last, sub := e.crowd()
	if n := e.send(message(1), once(func() { e.door.index.remove(sub) })); n != 200 {
		t.Errorf("got %d sockets, want 200", n)
	}
	wantSeqs(t, last)
}

func TestAClientThatSubscribesAnewWhileAMessageIsSentGetsItOnce(t *testing.T) {
	e := newEmitter(outbox.Options{})
	last, sub := e.crowd()
	e.send(message(1), once(func() { e.door.index.add(last.subscription(nil, nil), sub, subscribedFrame()) }))
	e.send(message(2), nil)
	wantSeqs(t, last, 1, 2)
}

func TestAClientThatSubscribesAnewWithThePastWhileAMessageIsSentGetsItOnce(t *testing.T) {
	e := newEmitter(outbox.Options{})
	last, sub := e.crowd()
	e.send(message(1), once(func() { e.door.join(last.subscription(nil, nil), sub, 10, subscribedFrame()) }))
	e.send(message(2), nil)
	wantSeqs(t, last, 1, 2)
}

func TestALateJoinerGetsTheMessageThatIsBeingSent(t *testing.T) {
	e := newEmitter(outbox.Options{})
	e.crowd()
	joiner := listen("joiner")
	e.send(message(1), once(func() { e.door.join(joiner.subscription(nil, nil), nil, 10, subscribedFrame()) }))
	e.send(message(2), nil)
	wantSeqs(t, joiner, 1, 2)
}

func TestALateJoinerGetsTheLastAndTheLiveMessagesWithoutGapOrRepetition(t *testing.T) {
	e := newEmitter(outbox.Options{})
	var sent atomic.Uint64    // messages to /ws, whose seqs count from 1
	e.recent.pause = func() { // while messages come
		for until := sent.Load() + 3; sent.Load() < until; {
			runtime.Gosched()
		}
	}
	subscribed(e.door, 100) // so that sends give way
	stop := make(chan struct{})
	var emitting sync.WaitGroup
	emitting.Go(func() {
		for seq := uint64(1); ; seq++ {
			select {
			case <-stop:
				return
			default:
			}
			e.send(message(seq), func() {
				e.send(message(0, func(m *msg.Message) { m.Namespace = "/other" }), nil)
				runtime.Gosched() // a joiner may come in the middle of a send
			})
			sent.Store(seq)
		}
	})
	all := make([]*listener, 40)
	var joining sync.WaitGroup
	for i := range all {
		all[i] = listen(fmt.Sprint("joiner ", i))
		joining.Go(func() {
			var sub *subscription
			for range 3 { // anew, the second time with the past
				old := sub
				if sub = all[i].subscription(nil, nil); old == nil {
					e.door.index.add(sub, nil, subscribedFrame())
				} else {
					e.door.join(sub, old, 5, subscribedFrame())
				}
			}
		})
	}
	joining.Wait()
	close(stop)
	emitting.Wait()
	for _, l := range all {
		seqs := l.all(t)
		if l.kinds[0] != "subscribed" {
			t.Errorf("%s: got %s first, want subscribed", l.id, l.kinds[0])
		}
		// Of the last subscription: without a gap, from its past to the end.
		var since []uint64
		for _, kind := range slices.Backward(l.kinds) {
			if kind == "subscribed" {
				break
			}
			since = append(since, seqs[len(seqs)-1-len(since)])
		}
		slices.Reverse(since)
		for j, seq := range since {
			if seq != since[0]+uint64(j) {
				t.Fatalf("%s: got %d after %d", l.id, seq, since[j-1])
			}
		}
		if last := sent.Load(); len(since) < 5 || since[len(since)-1] != last {
			t.Errorf("%s: got %v, want 5 or more that end with %d", l.id, since, last)
		}
	}
}

func TestAJoinerWhoIsHeldUpIsToldWhatItMissed(t *testing.T) {
	e := newEmitter(outbox.Options{})
	l := listenWithin("a", outbox.Options{MaxFrames: 10, MissedFrame: missedFrame})
	looks := 0
	e.recent.pause = func() {
		if looks++; looks == 2 { // after it has looked
			_ = l.out.WaitBelow(t.Context(), 1) // its answer is written
			for seq := range uint64(15) {
				e.send(message(seq), nil)
			}
		}
	}
	e.door.join(l.subscription(nil, nil), nil, 10, subscribedFrame())
	wantSeqs(t, l, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
	if want := []string{"subscribed", "missed"}; !slices.Equal(l.kinds[:2], want) {
		t.Errorf("got %v, want %v first", l.kinds, want)
	}
}
