package trial

import (
	"fmt"
	"maps"
	"runtime"
	"time"

	"emitscope/backend/fault"
)

// Beyond these the figures say more about the generator than about the server.
const (
	lateLimit = 10 * time.Millisecond // of the lateness, at 99 %
	cpuLimit  = 0.9                   // of all the processors that the process may use
)

// finish closes everything and makes the report.
func (t *trial) finish() (*Report, error) {
	t.close()
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.plan
	r := &Report{
		Target: p.Target, Namespace: p.Namespace, Event: p.Event, Producers: p.Producers, Clients: p.Clients,
		Interrupted: t.interrupted,
		Seconds:     max(0, t.until.Sub(t.from).Seconds()),
		IntervalMS:  float64(p.Interval) / float64(time.Millisecond),
		Lost:        uint64(t.lost[asClient] + t.lost[asProducer]), FirstLost: t.firstLost, CPUSeconds: t.cpu.Seconds(), Warnings: []string{},
	}
	if p.Producers > 0 {
		r.Rate, r.Size, r.Batch = p.Rate, p.Size, p.Batch
		if p.DialSender == nil {
			r.Via = p.Via
		}
	}
	if p.Clients > 0 && p.Dial == nil {
		r.As = p.As
	}
	t.reportSending(r)
	t.reportReceiving(r)
	r.warn()
	return r, t.failed(r)
}

func (t *trial) reportSending(r *Report) {
	lateness, answer := newHistogram(), newHistogram()
	for _, p := range t.producers {
		r.Sent += p.sent
		r.Unsent += p.unsent
		r.Late += p.late
		lateness.Merge(p.lateness)
		answer.Merge(p.answer)
	}
	r.Lateness, r.Answer = quantilesOf(lateness), quantilesOf(answer)
	if took := t.taken.Sub(t.from); took > 0 {
		r.TakenPerSecond = float64(r.Sent) / took.Seconds()
	}
	t.refused.mu.Lock()
	defer t.refused.mu.Unlock()
	r.Refused = maps.Clone(t.refused.counts)
}

func (t *trial) reportReceiving(r *Report) {
	end := t.rules.clock.at(t.until)
	for i, c := range t.tallies {
		c.flush()
		n := c.arrived.Load()
		r.Delivered += n
		r.MostDelivered = max(r.MostDelivered, n)
		if i == 0 || n < r.LeastDelivered {
			r.LeastDelivered = n
		}
		r.Duplicates += c.twice
		r.OutOfOrder += c.behind
		r.Foreign += c.foreign
		if m, ok := t.receivers[i].(misser); ok {
			r.Missed += m.Missed()
		}
		end = max(end, c.last)
	}
	if took := end - t.rules.clock.at(t.from); took > 0 {
		r.DeliveredPerSecond = float64(r.Delivered) / time.Duration(took).Seconds()
	}
	r.Latency, r.IntervalError = quantilesOf(t.rules.into.latency), quantilesOf(t.rules.into.interval)
	expected, known := t.expected()
	if known && expected > 0 {
		loss := 100 * (1 - float64(r.Delivered)/float64(expected))
		r.Expected, r.LossPercent = expected, &loss
	} else if !known && r.Clients > 0 && r.Producers > 0 {
		r.Warnings = append(r.Warnings, "The server did not say which messages it refused, so nobody knows how many should have arrived; "+
			"producers that ask for an answer to each would know.")
	}
}

// warn says what makes the figures doubtful.
func (r *Report) warn() {
	say := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	if r.Lateness.P99 > lateLimit {
		say("1 %% of the messages were sent over %s late: this generator, or the way in, did not keep up with the rate. "+
			"The latencies include it. Ask for less, or for more producers.", inMillis(r.Lateness.P99))
	}
	if r.Seconds > 0 {
		if share := r.CPUSeconds / r.Seconds / float64(runtime.GOMAXPROCS(0)); share > cpuLimit {
			say("This generator used %.0f %% of the processors: it, and not the server, may be what is slow.", 100*share)
		}
	}
	if r.Lost > 0 {
		say("Lost %s, first %s.", several(int(r.Lost), "connection"), r.FirstLost)
	}
	if r.Interrupted {
		say("The trial was interrupted.")
	}
	if r.Clients > 0 && r.Delivered == 0 && !r.Interrupted && r.Lost == 0 {
		say("Nothing arrived. Is it the event %q in the namespace %s that this server sends?", r.Event, r.Namespace)
	}
	if r.Producers == 0 && r.Delivered > 0 && r.Latency.Count == 0 {
		say(`What came has no field "due" in ns since 1970, so there is no latency.`)
	}
}

// failed returns an error if the trial could not measure what it was to.
func (t *trial) failed(r *Report) error {
	all := map[role]int{asClient: r.Clients, asProducer: r.Producers}
	for _, who := range []role{asClient, asProducer} {
		if lost := t.lost[who]; lost > 0 && lost == all[who] {
			return fault.Newf(fault.Internal, "every %s lost its connection, first %s", who, r.FirstLost).WithCode("connections_lost")
		}
	}
	return nil
}
