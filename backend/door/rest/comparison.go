package rest

import (
	"cmp"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// getComparison says how steady two spans of recordings were beside one another.
func (d *Door) getComparison(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("a") == "" {
		return errNoSpan()
	}
	a := msg.Span{Recording: q.Get("a"), Namespace: q.Get("namespace"), Event: q.Get("event")}
	b := msg.Span{
		Recording: cmp.Or(q.Get("b"), a.Recording), Namespace: cmp.Or(q.Get("b_namespace"), a.Namespace), Event: cmp.Or(q.Get("b_event"), a.Event),
	}
	var err error
	if a.From, a.To, err = spanParams(r, "a_"); err != nil {
		return err
	}
	if b.From, b.To, err = spanParams(r, "b_"); err != nil {
		return err
	}
	c, err := d.o.Recordings.Compare(r.Context(), a, b)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.SpanComparisonOf(c))
	return nil
}

func errNoSpan() error {
	return fault.Newf(fault.Invalid, "a is missing").WithCode("invalid_parameter").WithHint("name the recording whose span is to be compared")
}

func docGetComparison() *operation {
	moment := &schema{Type: "string", Format: "date-time"}
	return about("compareRecordings", "recordings", "Which of two spans was steadier",
		"Of one recording or of two: by how much the intervals between the emits of a namespace missed what was asked for. Where its lane had no pace, the interval "+
			"of the other side counts, or, where that had none either, the median. Ratios say between what they lie with 95 % confidence, found by "+
			"drawing pieces of time anew.").
		param("query", "a", "Recording.", &schema{Type: "string"}, exampleRecording().Name).
		param("query", "a_from", "From this moment on; absent: from its beginning.", moment, nil).
		param("query", "a_to", "Until before this moment; absent: to its end.", moment, nil).
		param("query", "b", "The other recording; absent: the same.", &schema{Type: "string"}, nil).
		param("query", "b_from", "As a_from.", moment, nil).
		param("query", "b_to", "As a_to.", moment, nil).
		param("query", "namespace", "Whose emits; absent: the loudest.", &schema{Type: "string"}, "/ws/rt_market").
		param("query", "event", "Only this one; absent: all of the namespace.", &schema{Type: "string"}, nil).
		param("query", "b_namespace", "Those of b; absent: as of a where it has them, else the loudest.", &schema{Type: "string"}, nil).
		param("query", "b_event", "That of b; absent: as of a.", &schema{Type: "string"}, nil).
		givesJSON("The comparison.", ref[wire.SpanComparison](), exampleComparison()).
		failsWith(http.StatusBadRequest, errNoSpan()).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, errDamaged())
}

func exampleComparison() wire.SpanComparison {
	side := func(from, to string, p99 float64) wire.SpanFigures {
		return wire.SpanFigures{
			Recording: exampleRecording().Name, Namespace: "/ws/rt_market", From: from, To: to, Emitted: 3, PerSecond: 100,
			AskedUS: 10_000, Paced: true, MeanUS: 10_000,
			IntervalError:  wire.Quantiles{Count: 2, P50: p99, P90: p99, P99: p99, Max: p99},
			IntervalSpread: &wire.Spread{First: 23, Counts: []uint32{2}},
			Lateness:       wire.Quantiles{Count: 3, P50: 20, P90: 25, P99: 25, Max: 25}, LatenessSpread: &wire.Spread{First: 13, Counts: []uint32{3}},
		}
	}
	return wire.SpanComparison{
		A:   side("2026-01-02T15:04:05.000000000Z", "2026-01-02T15:04:05.020000000Z", 650),
		B:   side("2026-01-02T15:09:05.000000000Z", "2026-01-02T15:09:05.020000000Z", 210),
		P50: wire.Ratio{Times: 3.1}, P99: wire.Ratio{Times: 3.1}, Lateness: wire.Ratio{Times: 1},
		Sentence: "There is too little to say which is steadier: p99 of the interval error is 650µs with A and 210µs with B.",
	}
}
