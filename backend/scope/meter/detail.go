package meter

import (
	"time"

	"emitscope/backend/msg"
)

// code is a duration in two bytes: the number of its histogram's bucket, counted
// from 1, with the duration's sign; 0: none. It says as much as a quantile knows.
type code int16

func codeOf(v time.Duration) code {
	if v < 0 {
		return -codeOf(-v)
	}
	return code(bucketOf(min(max(v, least), most)) + 1)
}

// duration returns the middle of the bucket.
func (c code) duration() time.Duration {
	switch {
	case c == 0:
		return 0
	case c < 0:
		return -middle(-int(c) - 1)
	default:
		return middle(int(c) - 1)
	}
}

// usual are p50, p90, p99 and the largest of one measure, as codes.
type usual struct{ p50, p90, p99, max code }

func usualOf(h *histogram) usual {
	if h.n == 0 {
		return usual{}
	}
	return usual{quantileCode(h, 0.50), quantileCode(h, 0.90), quantileCode(h, 0.99), codeOf(h.max)}
}

func quantileCode(h *histogram, q float64) code {
	if h.n == 0 {
		return 0
	}
	return codeOf(h.quantile(q))
}

// measure returns what u stands for; nil where nothing was measured.
func (u usual) measure() *msg.Measure {
	if u == (usual{}) {
		return nil
	}
	return &msg.Measure{P50: u.p50.duration(), P90: u.p90.duration(), P99: u.p99.duration(), Max: u.max.duration()}
}

// detail is what was measured in one step besides lateness, in 28 bytes.
type detail struct {
	interval, wait usual
	p50, p99       code // of the latency from source
	sources, ahead uint32
}

func detailOf(m *timing) detail {
	d := detail{interval: usualOf(&m.interval), wait: usualOf(&m.wait)}
	if l := m.source.latency(); l.Count > 0 {
		d.p50, d.p99, d.sources, d.ahead = codeOf(l.P50), codeOf(l.P99), clip(l.Count), clip(l.Ahead)
	}
	return d
}

// tell writes d into a point.
func (d detail) tell(p *msg.Point) {
	p.IntervalError, p.Wait = d.interval.measure(), d.wait.measure()
	if d.sources > 0 {
		p.Source = &msg.SourceLatency{
			Count: uint64(d.sources), Ahead: uint64(d.ahead), P50: d.p50.duration(), P99: d.p99.duration(),
		}
	}
}
