package wire

import (
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// timeLayout has always nine digits: times of one length sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

// Time writes t in UTC with nanoseconds, as everywhere on the wire; the zero
// time is empty text.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(AppendTime(nil, t))
}

// AppendTime appends what Time returns.
func AppendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	return t.UTC().AppendFormat(dst, timeLayout)
}

// Duration writes d as text such as "12.5ms".
func Duration(d time.Duration) string { return d.String() }

// durationIn reads a field that says how long. What is no duration is an Invalid
// error with this code, which names the field.
func durationIn(field, text, code string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fault.Newf(fault.Invalid, "%s %s is not a duration", field, quoteClipped(text)).
			WithCode(code).WithField(field).WithHint(`use a number and a unit, such as "12.5ms" or "2s"`)
	}
	return d, nil
}

// micros is d in microseconds, with its nanoseconds as decimals.
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// ErrorOf explains err. Errors nobody explained say nothing of their details,
// which the caller logs.
func ErrorOf(err error) Error {
	f := fault.From(err)
	e := Error{Code: f.Code, Message: f.Message, Hint: f.Hint, Field: f.Field}
	if f.Place != nil {
		e.At, e.Length = &f.Place.At, &f.Place.Length
	}
	return e
}

// MessageOf returns a message and what became of it. The result shares the
// record's slices; attachments are left out unless asked for, as they are large.
func MessageOf(r *msg.Record, attachments bool) Message {
	m := Message{
		ID:           r.ID.String(),
		Seq:          r.Seq,
		Namespace:    r.Namespace,
		Event:        r.Event,
		Data:         r.Payload,
		Args:         r.Spread,
		Rooms:        r.Rooms,
		To:           r.To,
		Origin:       Origin{Door: string(r.Origin.Door), Client: r.Origin.Client, Address: r.Origin.Address, Key: r.Origin.Key},
		Outcome:      string(r.Outcome),
		Reason:       string(r.Reason),
		Size:         r.Size(),
		Sockets:      r.Sockets,
		SourceTime:   Time(r.Source),
		AcceptedTime: Time(r.Accepted),
		DueTime:      Time(r.Due),
		MissedSlots:  r.Missed,
		Faults:       r.Faults.Names(),
		Held:         length(r.Held),
		Period:       length(r.Period),
	}
	if attachments {
		m.Attachments = r.Attachments
	}
	if r.Outcome == msg.Emitted {
		m.EmittedTime = Time(r.At)
		m.Lateness = Duration(r.Lateness())
	}
	return m
}

// LaneListOf returns lanes for the wire.
func LaneListOf(all []msg.LaneState) LaneList { return LaneList{Lanes: each(all, LaneOf)} }

// LaneOf returns a lane's settings and state.
func LaneOf(l msg.LaneState) Lane {
	return Lane{
		Namespace:  l.Namespace,
		Interval:   Duration(l.Settings.Pace.Interval),
		Rate:       l.Settings.Pace.Rate,
		CatchUp:    string(l.Settings.CatchUp),
		Capacity:   l.Settings.Capacity,
		MaxBytes:   l.Settings.MaxBytes,
		Full:       string(l.Settings.Full),
		Key:        l.Settings.Key,
		Relay:      l.Settings.Relay,
		Configured: l.Configured,
		Depth:      l.Depth,
		Bytes:      l.Bytes,
	}
}

// Patch reads the durations in p. Whether the settings make sense is checked
// where the patch is applied.
func (p LanePatch) Patch() (msg.LanePatch, error) {
	out := msg.LanePatch{
		Rate:     p.Rate,
		CatchUp:  (*msg.CatchUp)(p.CatchUp),
		Capacity: p.Capacity,
		MaxBytes: p.MaxBytes,
		Full:     (*msg.FullPolicy)(p.Full),
		Key:      p.Key,
		Relay:    p.Relay,
	}
	if p.Interval != nil {
		d, err := durationIn("interval", *p.Interval, "invalid_setting")
		if err != nil {
			return msg.LanePatch{}, fault.From(err).WithHint(`use a number and a unit, such as "12.5ms" or "2s"; "0s" is as they come`)
		}
		out.Interval = &d
	}
	return out, nil
}

// CountersOf returns c for the wire.
func CountersOf(c msg.Counters) Counters {
	return Counters{
		Accepted: c.Accepted, Emitted: c.Emitted, Received: c.Received, Dropped: c.Dropped,
		OnPurpose: c.OnPurpose, Rejected: c.Rejected, Missed: c.Missed, Late: c.Late, Delivered: c.Delivered,
	}
}

// QuantilesOf returns q in microseconds.
func QuantilesOf(q msg.Quantiles) Quantiles {
	return Quantiles{Count: q.Count, P50: micros(q.P50), P90: micros(q.P90), P99: micros(q.P99), Max: micros(q.Max)}
}

// StatsOf returns the hub's numbers; version, clients and seq are what the hub
// knows beyond them.
func StatsOf(s msg.Stats, version string, clients int, seq uint64) Stats {
	return Stats{
		Version:  version,
		Seq:      seq,
		Started:  Time(s.Started),
		Now:      Time(s.Now),
		Counters: CountersOf(s.Counters),
		Clients:  clients,
		Lateness: QuantilesOf(s.Lateness),
		Lanes:    each(s.Lanes, laneStatsOf),
		Streams:  each(s.Streams, streamOf),
	}
}

func laneStatsOf(l msg.LaneStats) LaneStats {
	return LaneStats{
		Namespace:     l.Namespace,
		Counters:      CountersOf(l.Counters),
		Lateness:      QuantilesOf(l.Lateness),
		IntervalError: QuantilesOf(l.IntervalError),
		Wait:          QuantilesOf(l.Wait),
		Source:        sourceOf(&l.Source),
	}
}

func streamOf(s msg.StreamStats) Stream {
	return Stream{Namespace: s.Namespace, Event: s.Event, Count: s.Count, PerSecond: s.PerSecond, LastSeen: Time(s.LastSeen)}
}

// PointOf returns p for the wire.
func PointOf(p msg.Point) Point {
	return Point{
		Time: Time(p.Time), Accepted: p.Accepted, Emitted: p.Emitted, Dropped: p.Dropped, Missed: p.Missed,
		Late: p.Late, Delivered: p.Delivered, Depth: p.Depth,
		P50: micros(p.LatenessP50), P90: micros(p.LatenessP90), P99: micros(p.LatenessP99), Max: micros(p.LatenessMax),
		Spread:        spreadOf(p.Spread),
		IntervalError: measureOf(p.IntervalError), Wait: measureOf(p.Wait), Source: sourceOf(p.Source),
	}
}

func measureOf(m *msg.Measure) *Measure {
	if m == nil {
		return nil
	}
	return &Measure{P50: micros(m.P50), P90: micros(m.P90), P99: micros(m.P99), Max: micros(m.Max), Spread: spreadOf(m.Spread)}
}

func sourceOf(s *msg.SourceLatency) *SourceLatency {
	if s == nil || s.Count == 0 {
		return nil
	}
	return &SourceLatency{Count: s.Count, Ahead: s.Ahead, P50: micros(s.P50), P99: micros(s.P99)}
}

func spreadOf(s *msg.Spread) *Spread {
	if s == nil {
		return nil
	}
	return &Spread{First: s.First, Counts: orEmpty(s.Counts)}
}

// PointsOf returns points for the wire; never nil.
func PointsOf(points []msg.Point) []Point { return each(points, PointOf) }

// StreamPointsOf returns p for the wire.
func StreamPointsOf(namespace, step string, p msg.StreamPoints) StreamPointList {
	return StreamPointList{
		Namespace: namespace, Step: step, Times: each(p.Times, Time),
		Streams: each(p.Loudest, func(s msg.StreamCounts) StreamPoints {
			return StreamPoints{Namespace: s.Namespace, Event: s.Event, Counts: orEmpty(s.Counts)}
		}),
		Others: orEmpty(p.Others),
	}
}

// FrameOf returns f for the wire.
func FrameOf(f *msg.Frame) FeedFrame {
	out := FeedFrame{
		Type:     "frame",
		Time:     Time(f.Time),
		Counters: CountersOf(f.Counters),
		Clients:  f.Clients,
		Slow:     f.Slow,
		Lanes:    each(f.Lanes, func(l msg.FrameLane) FeedLane { return feedLaneOf(l, f.Time) }),
		Query:    f.Query,
		Messages: each(f.Rows, summaryOf),
		Matched:  f.Matched,
		Hits:     f.Hits,
		Ended:    f.Ended,
		Lost:     f.Lost,
	}
	for _, s := range f.Series {
		out.Series = append(out.Series, feedPointsOf(s, f.Time))
	}
	if s := f.Second; s != nil {
		out.Second = &FeedSecond{
			Point:       PointOf(s.Point),
			LanePoints:  each(s.LanePoints, lanePointOf),
			Lateness:    QuantilesOf(s.Stats.Lateness),
			Lanes:       each(s.Stats.Lanes, laneStatsOf),
			Streams:     each(s.Stats.Streams, streamOf),
			LateMinute:  s.LateMinute,
			LostMinute:  s.LostMinute,
			EmitsMinute: s.EmitsMinute,
		}
	}
	return out
}

func lanePointOf(l msg.LanePoint) LanePoint {
	return LanePoint{Namespace: l.Namespace, Point: PointOf(l.Point)}
}

func feedLaneOf(l msg.FrameLane, now time.Time) FeedLane {
	ago := func(t time.Time) int64 { return now.Sub(t).Microseconds() }
	return FeedLane{
		Namespace: l.Namespace,
		Depth:     l.Depth,
		Capacity:  l.Capacity,
		PeriodUS:  micros(l.Period),
		AgoUS:     each(l.Due, ago),
		LateUS:    each(l.Lateness, time.Duration.Microseconds),
		Binned:    l.Binned,
		MissedUS:  each(l.Missed, ago),
	}
}

// feedPointsOf counts back from the frame's time in whole microseconds, so that
// who adds them up gets each time as it was.
func feedPointsOf(s msg.FrameSeries, now time.Time) FeedPoints {
	out := FeedPoints{
		ID: s.ID, FromUS: s.From, Binned: s.Binned,
		AgoUS:  each(s.Readings, func(r msg.Reading) int64 { return now.UnixMicro() - r.At }),
		Values: each(s.Readings, func(r msg.Reading) float64 { return r.Value }),
	}
	out.SourceUS = sourcesOf(s.Readings)
	return out
}

// SeriesOf returns the readings of a series for the wire.
func SeriesOf(query, pointer string, readings []msg.Reading, found int) Series {
	return Series{
		Query: query, Pointer: pointer, Found: found, Binned: len(readings) < found,
		TimeUS:   each(readings, func(r msg.Reading) int64 { return r.At }),
		Values:   each(readings, func(r msg.Reading) float64 { return r.Value }),
		SourceUS: sourcesOf(readings),
	}
}

// sourcesOf is nil when no reading has a source time.
func sourcesOf(readings []msg.Reading) []int64 {
	if !slices.ContainsFunc(readings, func(r msg.Reading) bool { return r.Source != 0 }) {
		return nil
	}
	return each(readings, func(r msg.Reading) int64 { return r.Source })
}

func summaryOf(s msg.Summary) Summary {
	out := Summary{
		Seq:       s.Seq,
		Namespace: s.Namespace,
		Event:     s.Event,
		Time:      Time(s.At),
		Preview:   s.Preview,
		Size:      s.Size,
		Sockets:   s.Sockets,
		LateUS:    micros(s.Lateness),
		Late:      s.Late,
		Outcome:   string(s.Outcome),
		Reason:    string(s.Reason),
		To:        s.To,
		Faults:    s.Faults.Names(),
		HeldUS:    micros(s.Held),
		Replayed:  s.Replayed,
		Hit:       s.Hit,
	}
	if !s.Previous.IsZero() {
		gap := micros(s.At.Sub(s.Previous))
		out.GapUS = &gap
	}
	return out
}

// each is never nil, for a list on the wire is [] and not null.
func each[From, To any](in []From, convert func(From) To) []To {
	out := make([]To, len(in))
	for i, v := range in {
		out[i] = convert(v)
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
