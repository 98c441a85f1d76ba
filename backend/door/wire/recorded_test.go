package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// recorded is a message with everything that one can have.
func recorded() *msg.Record {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)
	return &msg.Record{
		Message: &msg.Message{
			ID: ulid.MustParse("01JGKZ0000000000000000000A"), Seq: 1 << 62, Namespace: "/ws", Event: "<&> \"ünï\"\u2028", Payload: []byte(`[{"_placeholder":true,"num":0},1e3]`),
			Spread: true, Attachments: [][]byte{{0, 255, 1}, {}}, Rooms: []string{"a", `b "c"`}, To: "socket 1",
			Origin: msg.Origin{Door: msg.DoorSocketIO, Client: "c1", Address: "192.168.1.7", Key: "sensor", Local: true}, Source: at.Add(-time.Hour), Accepted: at,
		},
		Outcome: msg.Emitted, Reason: msg.Oldest, Due: at.Add(time.Millisecond), At: at.Add(time.Second), Sockets: 3, Period: 12500 * time.Microsecond, Missed: 4,
		Faults: msg.Faults(0).With(msg.FaultDelay), Held: 1500 * time.Nanosecond,
	}
}

func bare() *msg.Record {
	r := recorded()
	return &msg.Record{Message: &msg.Message{Namespace: "/ws", Event: "e", Payload: []byte("null"), Accepted: r.Accepted}, Outcome: msg.Dropped, At: r.At}
}

func TestALineHasWhatEncodingJSONWouldWrite(t *testing.T) {
	for _, r := range []*msg.Record{recorded(), bare()} {
		want := wire.Recorded{Message: wire.MessageOf(r, true), Time: wire.Time(r.At), Local: r.Origin.Local}
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(want); err != nil {
			t.Fatal(err)
		}
		written := bytes.ReplaceAll(bytes.TrimSpace(text.Bytes()), []byte(`\u2028`), []byte("\u2028")) // which it escapes, and need not
		if diff := cmp.Diff(string(written), string(wire.AppendRecorded(nil, r))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestALineIsReadBackAsItWas(t *testing.T) {
	for _, want := range []*msg.Record{recorded(), bare()} {
		var line wire.Recorded
		if err := json.Unmarshal(wire.AppendRecorded(nil, want), &line); err != nil {
			t.Fatal(err)
		}
		got, err := line.Record()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func BenchmarkAppendRecorded(b *testing.B) {
	r := recorded()
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line = wire.AppendRecorded(line[:0], r)
	}
}
