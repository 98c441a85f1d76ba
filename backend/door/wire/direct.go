package wire

import (
	"encoding/json"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// DirectMessage is a message for one client alone.
type DirectMessage struct {
	Namespace   string          `json:"namespace,omitempty" doc:"one that the client is in; absent: /ws"`
	Event       string          `json:"event" doc:"its name, up to 128 bytes"`
	Data        json.RawMessage `json:"data,omitempty" tstype:"unknown" doc:"any JSON; absent: null"`
	Args        bool            `json:"args,omitempty" doc:"data is an array of the event's arguments"`
	Attachments [][]byte        `json:"attachments,omitempty" tstype:"string[]" doc:"binary arguments in base64; data names each by {\"_placeholder\":true,\"num\":0}"`
	Ack         string          `json:"ack,omitempty" doc:"wait so long for a Socket.IO client's program to confirm it, 1ms to 1m, such as 5s; absent: do not ask"`
}

// Acked is what a client's program gave back for a message.
type Acked struct {
	Seq         uint64          `json:"seq" doc:"number of the message it confirmed"`
	Data        json.RawMessage `json:"data" tstype:"unknown" doc:"what its callback was called with"`
	Args        bool            `json:"args,omitempty" doc:"data is an array of the callback's arguments"`
	Attachments [][]byte        `json:"attachments,omitempty" tstype:"string[]" doc:"binary arguments in base64"`
	RoundTrip   string          `json:"round_trip" doc:"from the emit until the answer was here, such as 1.8ms"`
}

// mostAckWait is the longest that an ack is waited for.
const mostAckWait = time.Minute

// Draft turns d into a message for one socket, and says how long to wait for the
// ack; 0: not at all. The caller adds the origin and to whom.
func (d DirectMessage) Draft() (draft msg.Draft, within time.Duration, err error) {
	p := Publish{Namespace: d.Namespace, Event: d.Event, Data: d.Data, Args: d.Args, Attachments: d.Attachments}
	if draft, err = p.Draft(); err != nil || d.Ack == "" {
		return draft, 0, err
	}
	if within, err = time.ParseDuration(d.Ack); err != nil || within < time.Millisecond || within > mostAckWait {
		return draft, 0, fault.Newf(fault.Invalid, "ack %s is not a time from 1ms to %v", quoteClipped(d.Ack), mostAckWait).
			WithCode("invalid_ack").WithHint("write it like 5s or 500ms")
	}
	return draft, within, nil
}

// AckedOf is the answer to the message of that number.
func AckedOf(seq uint64, a msg.Answer) Acked {
	return Acked{Seq: seq, Data: a.Payload, Args: a.Spread, Attachments: a.Attachments, RoundTrip: a.RoundTrip.String()}
}
