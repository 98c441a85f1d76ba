package lane_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/msg"
)

// model is a lane as one would write it to be obviously right: a slice, and
// slots counted one by one.
type model struct {
	settings msg.LaneSettings
	line     []*msg.Message
	since    []time.Time // of each in the line: when its turn began to be waited for
	start    time.Time
	next     int64
}

func (o *model) bytes() (n int64) {
	for _, m := range o.line {
		n += int64(m.Size())
	}
	return n
}

// push returns what is dropped, and false where the message is refused.
func (o *model) push(m *msg.Message) (drops []uint64, ok bool) {
	if o.settings.Full == msg.Latest {
		for i := len(o.line) - 1; i >= 0; i-- {
			if bytes.Equal(o.line[i].Payload, m.Payload) {
				drops = append(drops, o.line[i].Seq)
				o.line[i] = m
				return drops, true
			}
		}
	}
	since := m.Accepted
	for len(o.line) >= o.settings.Capacity {
		switch o.settings.Full {
		case msg.RejectWhenFull:
			return nil, false
		case msg.DropNewest:
			return []uint64{m.Seq}, true
		}
		drops = append(drops, o.line[0].Seq)
		left := o.since[0]
		o.line, o.since = o.line[1:], o.since[1:]
		switch {
		case len(o.line) == 0 && left.Before(since):
			since = left
		case len(o.line) > 0 && left.Before(o.since[0]):
			o.since[0] = left
		}
	}
	o.line, o.since = append(o.line, m), append(o.since, since)
	return drops, true
}

func (o *model) take(now time.Time) (seq uint64, due time.Time, missed int, ok bool) {
	if len(o.line) == 0 {
		return 0, time.Time{}, 0, false
	}
	m := o.line[0]
	due = m.Accepted
	if pace := o.settings.Pace; pace.Set() {
		begins := func(k int64) time.Time { return o.start.Add(pace.At(k)) }
		k := o.next
		for !begins(k).After(o.since[0]) {
			k++
		}
		if begins(k).After(now) {
			return 0, time.Time{}, 0, false
		}
		for o.settings.CatchUp == msg.Skip && !begins(k+1).After(now) {
			k++
			missed++
		}
		due, o.next = begins(k), k+1
	}
	o.line, o.since = o.line[1:], o.since[1:]
	return m.Seq, due, missed, true
}

func TestLaneDoesWhatTheModelDoes(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) { compareWithModel(t, seed) })
	}
}

func compareWithModel(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	settings := msg.DefaultLaneSettings()
	settings.Capacity = 1 + random.IntN(8)
	s := setWith(func(l *msg.LaneSettings) { *l = settings })
	o := &model{settings: settings, start: time.Now()}
	for seq := uint64(1); seq < 400; seq++ {
		switch op := random.IntN(20); {
		case op < 9:
			m := &msg.Message{
				Seq: seq, Namespace: ns, Event: "e", Accepted: time.Now(),
				Payload: fmt.Appendf(nil, `{"k":%d}`, random.IntN(5)),
			}
			want, ok := o.push(m)
			drops, err := s.Push(m)
			var got []uint64
			for _, d := range drops {
				got = append(got, d.Seq)
			}
			if ok != (err == nil) || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("seed %d, push %d: got drops %v, %v, want %v, accepted %v", seed, seq, got, err, want, ok)
			}
		case op < 18:
			time.Sleep(time.Duration(random.IntN(4)) * 700 * time.Microsecond)
			wantSeq, wantDue, wantMissed, wantOK := o.take(time.Now())
			turn, _, ok := s.Take(time.Now())
			if ok != wantOK || ok && (turn.Seq != wantSeq || !turn.Due.Equal(wantDue) || turn.Missed != wantMissed) {
				t.Fatalf("seed %d, step %d: got %v %v (missed %d), want %v %d %v (missed %d)",
					seed, seq, ok, turn.Due, turn.Missed, wantOK, wantSeq, wantDue, wantMissed)
			}
		default:
			patch := randomPatch(random)
			before := o.settings
			after, err := patch.Apply(o.settings)
			_, gotErr := s.Patch(ns, patch)
			if (err == nil) != (gotErr == nil) {
				t.Fatalf("seed %d, patch: got %v, want %v", seed, gotErr, err)
			}
			if err == nil {
				if o.settings = after; after.Pace != before.Pace {
					o.start, o.next = time.Now(), 0
				}
			}
		}
		state, err := s.Lane(ns)
		if err != nil || state.Depth != len(o.line) || state.Bytes != o.bytes() {
			t.Fatalf("seed %d, step %d: got %d messages, %d bytes, %v, want %d, %d", seed, seq, state.Depth, state.Bytes, err, len(o.line), o.bytes())
		}
	}
}

func randomPatch(random *rand.Rand) (p msg.LanePatch) {
	switch random.IntN(4) {
	case 0:
		p.Interval = ptr(time.Duration(random.IntN(4)) * time.Millisecond)
	case 1:
		p.Rate = ptr([]float64{0, 300, 999.9, 1001}[random.IntN(4)])
	case 2:
		p.CatchUp = ptr([]msg.CatchUp{msg.Skip, msg.Burst}[random.IntN(2)])
	default:
		p.Full = ptr([]msg.FullPolicy{msg.RejectWhenFull, msg.DropOldest, msg.DropNewest, msg.Latest}[random.IntN(4)])
		if *p.Full == msg.Latest {
			p.Key = ptr("/k")
		}
	}
	return p
}

func ptr[T any](v T) *T { return &v }
