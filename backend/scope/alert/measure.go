package alert

import (
	"time"

	"emitscope/backend/msg"
)

// lossSeconds is over how many seconds lost messages are counted.
const lossSeconds = 10

// measures are what is known of the hub in one second. What no alert asks for is
// not there.
type measures struct {
	started time.Time
	streams []msg.StreamStats
	lanes   []msg.LaneStats
	states  []msg.LaneState
	losses  *losses
	lagging int
	worst   string
}

// measure asks for what the alerts that are on need. The caller holds mu.
func (w *Watch) measure(m *measures, now time.Time) {
	var stats, lanes, losses, clients bool
	for _, r := range w.rules {
		if !r.On {
			continue
		}
		switch r.When {
		case msg.Silence, msg.RateBelow, msg.RateAbove, msg.LatenessOver, msg.IntervalOver:
			stats = true
		case msg.MessagesLost:
			lanes, losses = true, true
		case msg.QueueOver:
			lanes = true
		case msg.ClientsLag:
			clients = true
		case msg.ShapeDiffers:
		}
	}
	m.started = w.started
	if stats {
		s := w.o.Numbers.Stats()
		m.streams, m.lanes = s.Streams, s.Lanes
	}
	if lanes {
		m.states = w.o.Lanes()
	}
	if losses {
		w.losses.close(now, w.o.Numbers.LaneCounters(), m.states)
	}
	m.losses = &w.losses
	if clients {
		m.lagging, m.worst = w.o.Lagging()
	}
}

// of returns the value of a rule's condition.
func (m *measures) of(r *rule, now time.Time) reading {
	switch r.When {
	case msg.Silence:
		return m.silence(r, now)
	case msg.RateBelow, msg.RateAbove:
		return m.rate(r)
	case msg.LatenessOver:
		return m.timing(r, func(l *msg.LaneStats) msg.Quantiles { return l.Lateness })
	case msg.IntervalOver:
		return m.timing(r, func(l *msg.LaneStats) msg.Quantiles { return l.IntervalError })
	case msg.QueueOver:
		return m.queue(r)
	case msg.MessagesLost:
		return m.losses.of(r.Namespace)
	case msg.ClientsLag:
		return reading{value: float64(m.lagging), known: true, where: m.worst}
	case msg.ShapeDiffers:
		differ, event, known := r.shape.value()
		return reading{value: float64(differ), known: known, where: streamName(r.Namespace, event)}
	}
	return reading{}
}

// isOf reports whether a stream is one the rule is about.
func (r *rule) isOf(s *msg.StreamStats) bool {
	return s.Namespace == r.Namespace && (r.Event == "" || s.Event == r.Event)
}

// silence is the time since the last message. A stream that nobody ever heard is
// silent since the alert was there.
func (m *measures) silence(r *rule, now time.Time) reading {
	for i := range m.streams {
		if s := &m.streams[i]; r.isOf(s) && s.LastSeen.After(r.heard) {
			r.heard = s.LastSeen
		}
	}
	since := r.heard
	if since.IsZero() {
		since = r.began
	}
	return reading{value: max(0, now.Sub(since).Seconds()), known: true, where: streamName(r.Namespace, r.Event)}
}

func (m *measures) rate(r *rule) reading {
	v := reading{known: true, where: streamName(r.Namespace, r.Event)}
	for i := range m.streams {
		if s := &m.streams[i]; r.isOf(s) {
			v.value += s.PerSecond
		}
	}
	return v
}

// timing is the p99 of the lane where it is largest.
func (m *measures) timing(r *rule, of func(*msg.LaneStats) msg.Quantiles) (worst reading) {
	for i := range m.lanes {
		l := &m.lanes[i]
		q := of(l)
		if q.Count == 0 || r.Namespace != "" && r.Namespace != l.Namespace {
			continue
		}
		worst = worst.or(float64(q.P99)/float64(time.Millisecond), l.Namespace)
	}
	return worst
}

// queue is the share of what may wait, by count or bytes, in the fullest lane.
func (m *measures) queue(r *rule) (worst reading) {
	for _, l := range m.states {
		if r.Namespace != "" && r.Namespace != l.Namespace {
			continue
		}
		share := max(float64(l.Depth)/float64(l.Settings.Capacity), float64(l.Bytes)/float64(l.Settings.MaxBytes))
		worst = worst.or(100*share, l.Namespace)
	}
	return worst
}

// or returns the larger value.
func (r reading) or(value float64, where string) reading {
	if r.known && r.value >= value {
		return r
	}
	return reading{value: value, known: true, where: where}
}

func streamName(namespace, event string) string {
	if event == "" {
		return namespace
	}
	return namespace + " " + event
}

// losses are how many messages each lane lost in the last seconds: those it dropped
// and those it refused. What a lane with the policy latest drops, somebody wanted to
// be replaced.
type losses struct {
	at    time.Time // of the newest second
	lanes map[string]*loss
}

type loss struct {
	dropped, rejected uint64 // at the last look
	seconds           [lossSeconds]uint64
	place             int
}

func (l *losses) close(now time.Time, lanes map[string]msg.Counters, states []msg.LaneState) {
	replaces := map[string]bool{}
	for _, s := range states {
		replaces[s.Namespace] = s.Settings.Full == msg.Latest
	}
	isFirst := l.at.IsZero() || now.Sub(l.at) > lossSeconds*every
	l.at = now
	known := make(map[string]*loss, len(lanes))
	for namespace, n := range lanes {
		one := l.lanes[namespace]
		if one == nil {
			one = &loss{}
		}
		if isFirst { // what was before anybody looked is no news
			*one = loss{dropped: n.Dropped, rejected: n.Rejected}
		}
		lost := since(n.Rejected, one.rejected)
		if !replaces[namespace] {
			lost += since(n.Dropped, one.dropped)
		}
		one.dropped, one.rejected = n.Dropped, n.Rejected
		one.place = (one.place + 1) % lossSeconds
		one.seconds[one.place] = lost
		known[namespace] = one
	}
	l.lanes = known
}

// since returns how much a counter has grown; one that the meter began anew counts whole.
func since(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// of returns how many were lost in one lane, or in all together, and where most were.
func (l *losses) of(namespace string) reading {
	sum, most := reading{known: true}, uint64(0)
	for name, one := range l.lanes {
		if namespace != "" && namespace != name {
			continue
		}
		n := uint64(0)
		for _, s := range one.seconds {
			n += s
		}
		sum.value += float64(n)
		if n > most || n == most && n > 0 && name < sum.where {
			most, sum.where = n, name
		}
	}
	return sum
}
