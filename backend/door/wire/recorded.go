package wire

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// Recorded is a message with all that a recording keeps of it: what is exported as a
// line and imported again is equal.
type Recorded struct {
	Message
	Time  string `json:"time" doc:"when it was emitted, dropped or received"`
	Local bool   `json:"local,omitempty" doc:"a program on the hub's machine sent it"`
}

// AppendRecorded appends r as a line, without the line feed: what encoding/json would
// write of a Recorded, in a fraction of the time. The payload leaves byte for byte.
func AppendRecorded(dst []byte, r *msg.Record) []byte {
	var id [ulid.EncodedSize]byte
	_ = r.ID.MarshalTextTo(id[:]) // it has room
	dst = append(append(append(dst, `{"id":"`...), id[:]...), `","seq":`...)
	dst = strconv.AppendUint(dst, r.Seq, 10)
	dst = appendText(dst, "namespace", r.Namespace)
	dst = appendText(dst, "event", r.Event)
	dst = append(append(dst, `,"data":`...), r.Payload...)
	dst = appendClaim(dst, "args", r.Spread)
	dst = appendList(dst, "attachments", r.Attachments, func(dst []byte, a []byte) []byte {
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), a), '"')
	})
	dst = appendList(dst, "rooms", r.Rooms, jsontext.AppendString)
	dst = appendSome(dst, "to", r.To)
	dst = jsontext.AppendString(append(dst, `,"origin":{"door":`...), string(r.Origin.Door))
	dst = appendSome(dst, "client", r.Origin.Client)
	dst = appendSome(dst, "address", r.Origin.Address)
	dst = appendSome(dst, "key", r.Origin.Key)
	dst = append(dst, '}')
	dst = appendText(dst, "outcome", string(r.Outcome))
	dst = appendSome(dst, "reason", string(r.Reason))
	dst = strconv.AppendInt(append(dst, `,"size":`...), int64(r.Size()), 10)
	dst = strconv.AppendInt(append(dst, `,"sockets":`...), int64(r.Sockets), 10)
	dst = appendMoment(dst, "source_time", r.Source)
	dst = appendMoment(dst, "accepted_time", r.Accepted)
	dst = appendMoment(dst, "due_time", r.Due)
	if r.Outcome == msg.Emitted {
		dst = appendMoment(dst, "emitted_time", r.At)
		dst = appendSome(dst, "lateness", Duration(r.Lateness()))
	}
	dst = appendList(dst, "faults", r.Faults.Names(), jsontext.AppendString)
	dst = appendSome(dst, "held", length(r.Held))
	if r.Missed != 0 {
		dst = strconv.AppendInt(append(dst, `,"missed_slots":`...), int64(r.Missed), 10)
	}
	dst = appendSome(dst, "period", length(r.Period))
	dst = appendMoment(dst, "time", r.At)
	dst = appendClaim(dst, "local", r.Origin.Local)
	return append(dst, '}')
}

func appendText(dst []byte, field, text string) []byte {
	dst = append(append(append(dst, `,"`...), field...), `":`...)
	return jsontext.AppendString(dst, text)
}

// appendSome leaves a field out that is empty.
func appendSome(dst []byte, field, text string) []byte {
	if text == "" {
		return dst
	}
	return appendText(dst, field, text)
}

func appendClaim(dst []byte, field string, holds bool) []byte {
	if !holds {
		return dst
	}
	return append(append(append(dst, `,"`...), field...), `":true`...)
}

func appendMoment(dst []byte, field string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	dst = append(append(append(dst, `,"`...), field...), `":"`...)
	return append(AppendTime(dst, t), '"')
}

func appendList[T any](dst []byte, field string, list []T, one func([]byte, T) []byte) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(append(append(dst, `,"`...), field...), `":[`...)
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

// IsWhole reports whether r says enough for a Record, as every message that a hub has
// told of does.
func (r *Recorded) IsWhole() bool { return r.AcceptedTime != "" && r.Outcome != "" }

// Record turns a line back into what was recorded. What it checks is that a Record can
// hold it; names and payload are looked at by whoever keeps it. The result shares r's
// slices.
func (r *Recorded) Record() (*msg.Record, error) {
	m := &msg.Message{
		Seq: r.Seq, Namespace: r.Namespace, Event: r.Event, Payload: r.Data, Spread: r.Args, Attachments: r.Attachments, Rooms: r.Rooms, To: r.To,
		Origin: msg.Origin{Door: msg.Door(r.Origin.Door), Client: r.Origin.Client, Address: r.Origin.Address, Key: r.Origin.Key, Local: r.Local},
	}
	rec := &msg.Record{Message: m, Outcome: msg.Outcome(r.Outcome), Reason: msg.Reason(r.Reason), Sockets: r.Sockets, Missed: r.MissedSlots}
	if r.Data == nil {
		m.Payload = []byte("null")
	}
	if len(m.Rooms) == 0 {
		m.Rooms = nil // as everywhere: to everybody
	}
	if r.ID != "" {
		id, err := ulid.ParseStrict(r.ID)
		if err != nil {
			return nil, badLine("id", r.ID, "it is a ULID, 26 letters and digits; leave it out to have one made")
		}
		m.ID = id
	}
	if r.Time == "" { // as everywhere but in recordings, where it says the same of what was emitted
		r.Time = r.EmittedTime
	}
	if r.Time == "" {
		r.Time = r.AcceptedTime
	}
	for _, t := range [...]struct {
		field, text string
		to          *time.Time
	}{
		{"source_time", r.SourceTime, &m.Source}, {"accepted_time", r.AcceptedTime, &m.Accepted}, {"due_time", r.DueTime, &rec.Due}, {"time", r.Time, &rec.At},
	} {
		if err := readMoment(t.field, t.text, t.to); err != nil {
			return nil, err
		}
	}
	for _, d := range [...]struct {
		field, text string
		to          *time.Duration
	}{{"period", r.Period, &rec.Period}, {"held", r.Held, &rec.Held}} {
		if err := readLength(d.field, d.text, d.to); err != nil {
			return nil, err
		}
	}
	for _, name := range r.Faults {
		k, known := msg.FaultNamed(name)
		if !known {
			return nil, badLine("faults", name, "they are delay, drop, duplicate, reorder and stall")
		}
		rec.Faults = rec.Faults.With(k)
	}
	if r.Seq > math.MaxInt64 {
		return nil, badLine("seq", strconv.FormatUint(r.Seq, 10), "it is up to 9223372036854775807")
	}
	for _, n := range [...]struct {
		field string
		value int
	}{{"sockets", r.Sockets}, {"missed_slots", r.MissedSlots}} {
		if n.value < 0 {
			return nil, badLine(n.field, strconv.Itoa(n.value), "it is 0 or more")
		}
	}
	return rec, nil
}

// readMoment reads RFC 3339; empty text leaves the zero time.
func readMoment(field, text string, to *time.Time) error {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Before(time.Unix(0, 0)) || t.Year() > lastYear {
		return badLine(field, text, "use RFC 3339, such as 2026-01-02T15:04:05.123456789Z, from 1970 to 2261")
	}
	*to = t
	return nil
}

// readLength reads a duration; empty text leaves 0.
func readLength(field, text string, to *time.Duration) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return badLine(field, text, `use a number and a unit, such as "12.5ms"`)
	}
	*to = d
	return nil
}

func badLine(field, value, hint string) *fault.Error {
	return fault.Newf(fault.Invalid, "%s %s is not valid", field, quoteClipped(value)).WithCode("invalid_import").WithField(field).WithHint("%s", hint)
}
