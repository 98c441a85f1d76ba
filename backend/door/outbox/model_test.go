package outbox

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// model is an outbox as simple as can be: one list, searched and copied.
type model struct {
	opts         Options
	waiting      []modelFrame
	sent, missed uint64
	gap          uint64
	gaveUp       error
}

type modelFrame struct {
	name string
	must bool
}

func (m *model) bytes() (n int) {
	for _, f := range m.waiting {
		n += len(f.name)
	}
	return n
}

func (m *model) push(f modelFrame) bool {
	if m.gaveUp != nil {
		return false
	}
	for len(m.waiting) > 0 && (len(m.waiting)+1 > m.opts.MaxFrames || m.bytes()+len(f.name) > m.opts.MaxBytes) {
		oldest := -1
		for i, w := range m.waiting {
			if !w.must {
				oldest = i
				break
			}
		}
		switch {
		case m.opts.Slow == msg.SlowDisconnect && (!f.must || oldest >= 0):
			if !f.must {
				m.missed++
			}
			m.giveUp(ErrSlow)
			return false
		case oldest < 0 && f.must:
			m.giveUp(ErrFlooded)
			return false
		case oldest < 0:
			m.missed++
			m.gap++
			return false
		}
		m.waiting = append(m.waiting[:oldest:oldest], m.waiting[oldest+1:]...)
		m.sent--
		m.missed++
		m.gap++
	}
	if !f.must {
		m.sent++
	}
	m.waiting = append(m.waiting, f)
	return true
}

func (m *model) giveUp(reason error) {
	for _, w := range m.waiting {
		if !w.must {
			m.sent--
			m.missed++
		}
	}
	m.waiting, m.gaveUp = nil, reason
}

func (m *model) takeAll() []string {
	out := []string{}
	for _, f := range m.waiting {
		if !f.must && m.gap > 0 {
			out = append(out, fmt.Sprintf("missed %d", m.gap))
			m.gap = 0
		}
		out = append(out, f.name)
	}
	m.waiting = nil
	return out
}

func takeAll(o *Outbox) []string {
	out := []string{}
	for {
		batch, _, reason := o.take(nil, batchFrames)
		if len(batch) == 0 || reason != nil {
			return out
		}
		for _, f := range batch {
			out = append(out, string(f))
		}
	}
}

func TestOutboxDoesWhatTheModelDoes(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		opts := Options{
			MaxFrames:   1 + r.IntN(40),
			MaxBytes:    20 + r.IntN(1500),
			MissedFrame: func(n uint64) []byte { return fmt.Appendf(nil, "missed %d", n) },
			Overflow:    func(error) {},
		}
		if r.IntN(4) == 0 {
			opts.Slow = msg.SlowDisconnect
		}
		o, m := New(opts), &model{opts: opts}
		for step := range 400 {
			f := modelFrame{name: fmt.Sprintf("%d %*d", step, r.IntN(60), step), must: r.IntN(5) == 0}
			what := fmt.Sprintf("seed %d step %d %+v, bounds %d/%d", seed, step, f, opts.MaxFrames, opts.MaxBytes)
			if r.IntN(20) == 0 {
				if diff := cmp.Diff(m.takeAll(), takeAll(o)); diff != "" {
					t.Fatalf("%s: taken (-model +outbox):\n%s", what, diff)
				}
				continue
			}
			push := o.Push
			if f.must {
				push = o.Must
			}
			if got, want := push([]byte(f.name), time.Now()), m.push(f); got != want {
				t.Fatalf("%s: taken %v, want %v", what, got, want)
			}
			lag := o.Lag()
			if lag.Frames != len(m.waiting) || lag.Bytes != m.bytes() || o.Sent() != m.sent || o.Missed() != m.missed {
				t.Fatalf("%s: got %d frames, %d bytes, sent %d, missed %d, want %d, %d, %d, %d", what,
					lag.Frames, lag.Bytes, o.Sent(), o.Missed(), len(m.waiting), m.bytes(), m.sent, m.missed)
			}
		}
	}
}

func TestABatchIsBoundedByFramesAndBytes(t *testing.T) {
	small, large := make([]byte, 10), make([]byte, 100<<10)
	for _, c := range []struct {
		name  string
		frame []byte
		want  int
	}{{"small", small, batchFrames}, {"large", large, 2}, {"larger than a batch", make([]byte, 2*batchBytes), 1}} {
		o := New(Options{})
		for range 1000 {
			o.Push(c.frame, time.Now())
		}
		batch, _, _ := o.take(nil, batchFrames)
		if len(batch) != c.want {
			t.Errorf("%s frames: got %d in a batch, want %d", c.name, len(batch), c.want)
		}
	}
}

func TestPushAllocatesNothingInTheSteadyState(t *testing.T) {
	o := New(Options{})
	frame := make([]byte, 100)
	var batch net.Buffers
	round := func() {
		for range 200 {
			o.Push(frame, time.Now())
		}
		for {
			if batch, _, _ = o.take(batch[:0], batchFrames); len(batch) == 0 {
				return
			}
		}
	}
	round() // the ring grows once
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("200 pushes and takes: got %v allocations, want 0", n)
	}
}

func TestPushIntoAFullOutboxAllocatesNothing(t *testing.T) {
	o := New(Options{})
	frame := make([]byte, 100)
	for range 2 * DefaultMaxFrames {
		o.Push(frame, time.Now())
	}
	if n := testing.AllocsPerRun(1000, func() { o.Push(frame, time.Now()) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func TestALargeRingIsGivenBackWhenItsClientIsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := New(Options{})
		slots := func() int {
			o.mu.Lock()
			defer o.mu.Unlock()
			return len(o.messages.buf)
		}
		for range 1000 {
			o.Push([]byte("a"), time.Now())
		}
		ended := make(chan error, 1)
		go func() { ended <- o.Run(t.Context(), func(net.Buffers) error { return nil }) }()
		time.Sleep(calm - 1)
		if n := slots(); n < 1000 {
			t.Errorf("just after a burst: got a ring of %d, want it kept", n)
		}
		time.Sleep(2)
		synctest.Wait()
		if n := slots(); n != 0 {
			t.Errorf("after %v: got a ring of %d, want none", calm, n)
		}
		o.Close(ErrSlow)
		<-ended
	})
}

func BenchmarkPush(b *testing.B) {
	o := New(Options{})
	frame := make([]byte, 200)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		o.Push(frame, now)
	}
}

func BenchmarkPushAndTake(b *testing.B) {
	o := New(Options{})
	frame := make([]byte, 200)
	now := time.Now()
	var batch net.Buffers
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o.Push(frame, now)
		if i%64 == 63 {
			batch, _, _ = o.take(batch[:0], batchFrames)
		}
	}
}
