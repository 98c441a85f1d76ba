package meter

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// streamSeconds is how many counts of one second are kept of a stream: ten
// minutes. With an hour of tens, a stream comes to 4.5 KiB when that hour is over;
// TestMemoryOfAllStreamsIsBounded holds MaxStreams of them to 20 MB.
const streamSeconds = int(10 * time.Minute / time.Second)

// rateSeconds is over how many seconds a stream's rate is taken.
const rateSeconds = 10

// stream is what is known of one event of a lane.
type stream struct {
	event string // empty: all those beyond MaxStreams
	count atomic.Uint64
	last  atomic.Int64 // when the newest ended, ns since 1970; written under lane.mu

	// Under Meter.mu.
	seconds, tens tally
	lately        uint64 // messages in the last rateSeconds
	quiet         int    // seconds without a message
}

// tally is how many messages came in each step of one length.
type tally struct {
	counts ring[uint32]
	began  uint64 // the count when the running step began
}

func (t *tally) close(count uint64, most int) {
	t.counts.add(clip(count-t.began), most)
	t.began = count
}

// closeSecond ends the running second.
func (s *stream) closeSecond() {
	count := s.count.Load()
	if count == s.seconds.began {
		s.quiet++
	} else {
		s.quiet = 0
	}
	s.seconds.close(count, streamSeconds)
	counts := &s.seconds.counts
	s.lately += uint64(counts.at(counts.len() - 1))
	if i := counts.len() - 1 - rateSeconds; i >= 0 {
		s.lately -= uint64(counts.at(i))
	}
}

// perSecond is the rate at the last whole second.
func (s *stream) perSecond() float64 { return float64(s.lately) / rateSeconds }

// closeTen ends the running ten seconds, which end with the second just closed.
func (s *stream) closeTen() { s.tens.close(s.seconds.began, keptTens) }

// StreamPoints returns how many messages each stream had: with every 10 s in the
// last hour, with every other value in the last ten minutes in seconds. The empty
// namespace means those of all lanes.
func (m *Meter) StreamPoints(namespace string, every time.Duration) msg.StreamPoints {
	m.mu.Lock()
	defer m.mu.Unlock()
	times, kept := &m.secondTimes, streamSeconds
	countsOf := func(s *stream) *ring[uint32] { return &s.seconds.counts }
	if every == longest {
		times, kept = &m.tenTimes, keptTens
		countsOf = func(s *stream) *ring[uint32] { return &s.tens.counts }
	}
	kept = min(kept, times.len())
	out := msg.StreamPoints{Times: make([]time.Time, kept), Others: make([]uint32, kept)}
	for i := range out.Times {
		out.Times[i] = time.Unix(0, times.at(times.len()-kept+i))
	}
	for i, v := range m.loudest(namespace, countsOf) {
		if i >= msg.MaxLoudest || v.event == "" {
			v.addTo(out.Others)
			continue
		}
		one := msg.StreamCounts{Namespace: v.namespace, Event: v.event, Counts: make([]uint32, kept)}
		v.addTo(one.Counts)
		out.Loudest = append(out.Loudest, one)
	}
	return out
}

// voice is one stream among others.
type voice struct {
	namespace, event string
	counts           *ring[uint32]
	total            uint64
}

// loudest returns the streams that are heard at all, the loudest first, and in
// the end what stands for many. The caller holds mu.
func (m *Meter) loudest(namespace string, countsOf func(*stream) *ring[uint32]) []voice {
	var all []voice
	for _, l := range *m.lanes.Load() {
		if namespace != "" && namespace != l.namespace {
			continue
		}
		for _, s := range l.known() {
			v := voice{namespace: l.namespace, event: s.event, counts: countsOf(s)}
			for _, n := range v.counts.items {
				v.total += uint64(n)
			}
			if v.total > 0 {
				all = append(all, v)
			}
		}
	}
	many := func(v voice) int {
		if v.event == "" {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b voice) int {
		return cmp.Or(many(a)-many(b), cmp.Compare(b.total, a.total),
			strings.Compare(a.namespace, b.namespace), strings.Compare(a.event, b.event))
	})
	return all
}

// addTo adds v's counts to sum, whose last step is also v's last.
func (v *voice) addTo(sum []uint32) {
	later := sum[len(sum)-v.counts.len():] // the stream may be younger
	for i := range later {
		later[i] = plus(later[i], uint64(v.counts.at(i)))
	}
}
