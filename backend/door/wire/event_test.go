package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"

	"github.com/google/go-cmp/cmp"
)

func TestAppendEventWritesASocketEvent(t *testing.T) {
	for _, m := range []msg.Message{
		{Seq: 123, Namespace: "/ws/rt_market", Event: "tick", Payload: []byte(`{"p":1.50}`)},
		{Seq: 1<<64 - 1, Namespace: `/a"b\c`, Event: "né<&>", Payload: []byte(`["x",2]`), Spread: true},
	} {
		var got wire.SocketEvent
		text := wire.AppendEvent(nil, &m, noon)
		if err := wire.DecodeStrict(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := wire.SocketEvent{
			Type: "event", Seq: m.Seq, Namespace: m.Namespace, Event: m.Event, Data: m.Payload, Args: m.Spread, EmittedTime: wire.Time(noon),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestAppendAcceptedWritesWhatEncodingJSONWrites(t *testing.T) {
	for _, a := range []wire.Accepted{
		{QueueDepth: map[string]int{}},
		{Accepted: 3, Dropped: 1, FirstSeq: 1, LastSeq: 1<<64 - 1, QueueDepth: map[string]int{"/b": 2, "/a": 0, `/"`: 1}},
	} {
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(wire.AppendAccepted(nil, a)); got != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAppendEventAllocatesNothingWithRoomEnough(t *testing.T) {
	m := msg.Message{Seq: 123, Namespace: "/ws/rt_market", Event: "tick", Payload: []byte(strings.Repeat("1", 200))}
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = wire.AppendEvent(dst[:0], &m, noon) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
