package meter

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Meter offers its numbers to Prometheus. Besides the reason of a drop, the
// namespace is the only label: at most Options.MaxLanes and Other. A lane that was
// forgotten and comes back begins at zero, as after a restart.
var _ prometheus.Collector = (*Meter)(nil)

// boundCount is how many buckets a Prometheus histogram has, +Inf not counted.
const boundCount = 16

// bounds are the upper bounds of Prometheus' buckets.
type bounds [boundCount]time.Duration

// newBounds has 0.5 ms among them, for that is the usual limit of "late".
func newBounds() bounds {
	return bounds{
		time.Microsecond, 10 * time.Microsecond, 20 * time.Microsecond, 50 * time.Microsecond,
		100 * time.Microsecond, 200 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond,
		50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 10 * time.Second,
	}
}

// lifetime is one measure since the lane was made.
type lifetime struct {
	counts [boundCount + 1]uint64 // of each bucket alone; the last is +Inf
	n      uint64
	sum    float64 // seconds
}

func (t *lifetime) add(b *bounds, v time.Duration, n uint64) {
	i := 0
	for i < boundCount && v > b[i] {
		i++
	}
	t.counts[i] += n
	t.n += n
	t.sum += v.Seconds() * float64(n)
}

// descs are the metrics' names and what they say.
type descs struct {
	accepted, emitted, received, dropped, onPurpose, rejected, missed, late, delivered *prometheus.Desc
	lateness, interval, wait                                                           *prometheus.Desc
	depth, bytes                                                                       *prometheus.Desc
}

func newDescs() descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("emitscope_"+name, help, append([]string{"namespace"}, labels...), nil)
	}
	return descs{
		accepted:  desc("messages_accepted_total", "Messages taken in."),
		emitted:   desc("messages_emitted_total", "Messages handed to the outboxes."),
		received:  desc("messages_received_total", "Messages that came from clients and were not relayed."),
		dropped:   desc("messages_dropped_total", "Messages accepted, but never sent.", "reason"),
		onPurpose: desc("messages_dropped_on_purpose_total", "Messages accepted, but never sent because of a fault that somebody switched on."),
		rejected:  desc("messages_rejected_total", "Messages refused because the lane was full."),
		missed:    desc("missed_slots_total", "Slots of the schedule that went by while a message waited."),
		late:      desc("late_total", "Emits and missed slots over the late limit."),
		delivered: desc("deliveries_total", "Outboxes reached, over all emits."),
		lateness:  desc("emit_lateness_seconds", "From due to emitted; a missed slot counts with one period."),
		interval:  desc("interval_error_seconds", "Gap between two emits minus gap between their due times, by size."),
		wait:      desc("queue_wait_seconds", "From accepted to emitted."),
		depth:     desc("queue_depth", "Messages waiting in the lane."),
		bytes:     desc("queue_bytes", "Payload bytes waiting in the lane."),
	}
}

// Describe sends the names of all metrics.
func (m *Meter) Describe(to chan<- *prometheus.Desc) {
	d := &m.descs
	for _, desc := range []*prometheus.Desc{
		d.accepted, d.emitted, d.received, d.dropped, d.onPurpose, d.rejected, d.missed, d.late, d.delivered,
		d.lateness, d.interval, d.wait, d.depth, d.bytes,
	} {
		to <- desc
	}
}

// Collect sends the numbers as they are; queues as of the last 100 ms.
func (m *Meter) Collect(to chan<- prometheus.Metric) {
	for _, metric := range m.scrape() {
		to <- metric // with no lock held: nobody knows how fast they are taken
	}
}

func (m *Meter) scrape() []prometheus.Metric {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []prometheus.Metric
	for _, l := range *m.lanes.Load() {
		out = m.scrapeLane(out, l)
	}
	return out
}

func (m *Meter) scrapeLane(out []prometheus.Metric, l *lane) []prometheus.Metric {
	l.mu.Lock()
	life := l.life
	dropped := maps.Clone(l.dropped)
	l.mu.Unlock()

	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, reason ...string) {
		labels := append([]string{l.namespace}, reason...)
		out = append(out, prometheus.MustNewConstMetric(d, kind, v, labels...))
	}
	d, n := &m.descs, l.counters()
	put(d.accepted, prometheus.CounterValue, float64(n.Accepted))
	put(d.emitted, prometheus.CounterValue, float64(n.Emitted))
	put(d.received, prometheus.CounterValue, float64(n.Received))
	put(d.onPurpose, prometheus.CounterValue, float64(n.OnPurpose))
	put(d.rejected, prometheus.CounterValue, float64(n.Rejected))
	put(d.missed, prometheus.CounterValue, float64(n.Missed))
	put(d.late, prometheus.CounterValue, float64(n.Late))
	put(d.delivered, prometheus.CounterValue, float64(n.Delivered))
	for reason, n := range dropped {
		put(d.dropped, prometheus.CounterValue, float64(n), string(reason))
	}
	put(d.depth, prometheus.GaugeValue, float64(l.depth))
	put(d.bytes, prometheus.GaugeValue, float64(l.bytes))
	for i, desc := range []*prometheus.Desc{d.lateness, d.interval, d.wait} {
		out = append(out, m.buckets(desc, &life[i], l.namespace))
	}
	return out
}

// buckets adds the counts up, as Prometheus wants them.
func (m *Meter) buckets(d *prometheus.Desc, t *lifetime, namespace string) prometheus.Metric {
	upTo := make(map[float64]uint64, boundCount)
	var n uint64
	for i, bound := range m.bounds {
		n += t.counts[i]
		upTo[bound.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(d, t.n, t.sum, upTo, namespace)
}
