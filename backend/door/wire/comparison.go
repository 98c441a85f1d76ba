package wire

import "emitscope/backend/msg"

// SpanComparison is how steady two spans of recordings were beside one another.
type SpanComparison struct {
	A        SpanFigures `json:"a" doc:"one"`
	B        SpanFigures `json:"b" doc:"and the other"`
	P50      Ratio       `json:"p50" doc:"of the interval errors: how many times that of b the one of a is"`
	P99      Ratio       `json:"p99" doc:"the same of p99: above 1, b is so many times steadier"`
	Lateness Ratio       `json:"lateness_p99" doc:"the same of p99 of the lateness"`
	Sentence string      `json:"sentence" doc:"what it comes to, in English"`
	Cut      bool        `json:"cut,omitempty" doc:"a span has more messages than are compared: only its first ones are"`
}

// SpanFigures are one span's.
type SpanFigures struct {
	Recording      string    `json:"recording" doc:"its name"`
	Namespace      string    `json:"namespace" doc:"whose emits these are"`
	Event          string    `json:"event,omitempty" doc:"only this one; absent: all of the namespace"`
	From           string    `json:"from" doc:"when its first message was emitted"`
	To             string    `json:"to" doc:"when its last one was"`
	Emitted        uint64    `json:"emitted" doc:"messages"`
	Late           uint64    `json:"late" doc:"of them"`
	Lost           uint64    `json:"lost" doc:"messages that were dropped, and not on purpose"`
	PerSecond      float64   `json:"per_second" doc:"messages that were emitted"`
	AskedUS        float64   `json:"asked_us" doc:"interval that was asked for; where the lane had no pace, that of the other span, or the median of the intervals, in µs"`
	Paced          bool      `json:"paced" doc:"the lane had a pace, and asked_us is it"`
	MeanUS         float64   `json:"mean_us" doc:"mean interval between two emits, in µs"`
	DriftUS        float64   `json:"drift_us" doc:"by how much the last emit is off the schedule that began with the first, in µs"`
	IntervalError  Quantiles `json:"interval_error" doc:"by how much each interval missed what was asked for, without sign"`
	IntervalSpread *Spread   `json:"interval_spread" doc:"how these are spread"`
	Lateness       Quantiles `json:"lateness" doc:"emitted − due"`
	LatenessSpread *Spread   `json:"lateness_spread" doc:"how these are spread"`
}

// Ratio is how many times one figure another one is, and between what it lies with
// 95 % confidence.
type Ratio struct {
	Times float64 `json:"times" doc:"0: there is nothing to compare"`
	Low   float64 `json:"low" doc:"it is hardly less than this ..."`
	High  float64 `json:"high" doc:"... or more than this"`
}

// SpanComparisonOf returns c for the wire.
func SpanComparisonOf(c msg.SpanComparison) SpanComparison {
	return SpanComparison{
		A: spanFiguresOf(c.A), B: spanFiguresOf(c.B), P50: Ratio(c.P50), P99: Ratio(c.P99), Lateness: Ratio(c.Lateness), Sentence: c.Sentence(), Cut: c.Cut,
	}
}

func spanFiguresOf(f msg.SpanFigures) SpanFigures {
	return SpanFigures{
		Recording: f.Recording, Namespace: f.Namespace, Event: f.Event, From: Time(f.From), To: Time(f.To),
		Emitted: f.Emitted, Late: f.Late, Lost: f.Lost, PerSecond: f.PerSecond,
		AskedUS: micros(f.Asked), Paced: f.Paced, MeanUS: micros(f.Mean), DriftUS: micros(f.Drift),
		IntervalError: QuantilesOf(f.Error), IntervalSpread: spreadOf(&f.ErrorSpread),
		Lateness: QuantilesOf(f.Lateness), LatenessSpread: spreadOf(&f.LatenessSpread),
	}
}
