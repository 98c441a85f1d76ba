package trial

import (
	"encoding/json"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a trial has measured. All counts are of the measured time alone:
// of messages that were due after the warm-up.
type Report struct {
	Target    string  `json:"target"`
	Namespace string  `json:"namespace"`
	Event     string  `json:"event"`
	Producers int     `json:"producers"`
	Via       string  `json:"via,omitempty"`
	Clients   int     `json:"clients"`
	As        string  `json:"as,omitempty"`
	Rate      float64 `json:"rate,omitempty"`       // asked for, messages per second; 0: as fast as they were taken
	Size      int     `json:"size_bytes,omitempty"` // of a message's data
	Batch     int     `json:"batch,omitempty"`
	// Seconds is how long was measured: what was asked for, or less after an
	// interrupt.
	Seconds     float64 `json:"seconds"`
	Interrupted bool    `json:"interrupted,omitempty"`

	// Sent counts messages written to a connection; TakenPerSecond is how many a
	// second, up to when the server had read the last of them. Unsent ones were left
	// behind by producers that lost their connection, or were late when the trial was
	// interrupted.
	Sent           uint64  `json:"sent"`
	TakenPerSecond float64 `json:"taken_per_second"`
	Unsent         uint64  `json:"unsent"`
	// Late counts messages sent more than LateAfter after they were due; Lateness
	// is that of all. Late ones are sent and measured like every other.
	Late     uint64    `json:"late"`
	Lateness Quantiles `json:"lateness"`
	// Answer is how long one Send took: over REST until the answer was there, on a
	// socket until the system had taken the bytes.
	Answer Quantiles `json:"answer"`
	// Refused counts messages that the server did not take, by its code. Where it
	// does not say which, they count when it says so.
	Refused map[string]uint64 `json:"refused"`

	// Expected is how many deliveries there should have been: messages sent and not
	// refused, times clients. 0: not known, for something else published, or the
	// server did not say which messages it refused.
	Expected uint64 `json:"expected"`
	// Delivered counts messages that arrived, duplicates not. DeliveredPerSecond is
	// over the measured time, or until the last one came, if that was later.
	Delivered          uint64  `json:"delivered"`
	DeliveredPerSecond float64 `json:"delivered_per_second"`
	// LossPercent is what is missing of Expected; nil where that is not known.
	LossPercent *float64 `json:"loss_percent"`
	// LeastDelivered and MostDelivered are those of the client with the fewest and
	// of the one with the most.
	LeastDelivered uint64 `json:"least_delivered"`
	MostDelivered  uint64 `json:"most_delivered"`
	// Duplicates came again to the same client. OutOfOrder came after a later one of
	// the same producer; the order between producers is nobody's promise. Neither is
	// known where something else published.
	Duplicates uint64 `json:"duplicates"`
	OutOfOrder uint64 `json:"out_of_order"`
	// Missed is how many messages the server told its clients that it left out. It
	// includes the warm-up.
	Missed uint64 `json:"missed"`
	// Foreign counts messages of the same event that are not of this trial; they
	// are in no other figure.
	Foreign uint64 `json:"foreign"`

	// Latency is from when a message was due until its bytes were read by a client.
	Latency Quantiles `json:"latency"`
	// IntervalError is, for two messages that one client got one after the other, the
	// size of the difference between the gap of their arrivals and the gap that
	// there should have been: Interval where it is known, and else the gap between
	// the moments at which they were due. Against an Interval, an empty slot counts
	// with its whole length: let more come in than goes out.
	IntervalError Quantiles `json:"interval_error"`
	IntervalMS    float64   `json:"interval_ms,omitempty"` // the known interval

	// Lost counts connections of clients and producers that ended before the trial
	// did; FirstLost says why the first one ended.
	Lost      uint64 `json:"lost_connections"`
	FirstLost string `json:"first_lost,omitempty"`

	// CPUSeconds is the processor time of this process while it measured.
	CPUSeconds float64 `json:"cpu_seconds"`
	// Warnings say what makes the figures doubtful, each a sentence.
	Warnings []string `json:"warnings"`
}

// LateAfter is how late a message must be sent to be counted as late: what any
// system's timers and scheduler take without being overloaded.
const LateAfter = time.Millisecond

// Quantiles are points of a distribution. In JSON they are µs: p50_us.
type Quantiles struct {
	Count uint64 // 0: nothing was measured
	P50   time.Duration
	P99   time.Duration
	P999  time.Duration
	Max   time.Duration // exact to 0.1 %, as are the others
}

// micros is how Quantiles look in JSON.
type micros struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50_us"`
	P99   float64 `json:"p99_us"`
	P999  float64 `json:"p999_us"`
	Max   float64 `json:"max_us"`
}

// MarshalJSON writes q in µs.
func (q Quantiles) MarshalJSON() ([]byte, error) {
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return json.Marshal(micros{Count: q.Count, P50: us(q.P50), P99: us(q.P99), P999: us(q.P999), Max: us(q.Max)})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (q *Quantiles) UnmarshalJSON(text []byte) error {
	var m micros
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	d := func(us float64) time.Duration { return time.Duration(us * float64(time.Microsecond)) }
	*q = Quantiles{Count: m.Count, P50: d(m.P50), P99: d(m.P99), P999: d(m.P999), Max: d(m.Max)}
	return nil
}

// longest is the longest duration told apart; one beyond counts as this.
const longest = time.Hour

// newHistogram counts durations in ns, exact to three digits. It takes 270 KB.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(longest), 3) }

// record counts a duration, which is at least 0.
func record(h *hdrhistogram.Histogram, ns int64) {
	_ = h.RecordValue(min(max(ns, 0), int64(longest))) // fails beyond the bounds only
}

func quantilesOf(h *hdrhistogram.Histogram) Quantiles {
	if h.TotalCount() == 0 {
		return Quantiles{}
	}
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) }
	return Quantiles{
		Count: uint64(h.TotalCount()), P50: at(50), P99: at(99), P999: at(99.9), Max: time.Duration(h.Max()),
	}
}
