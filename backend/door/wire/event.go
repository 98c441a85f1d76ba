package wire

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// AppendEvent appends m as a SocketEvent in JSON: what encoding/json would
// write, without reflection, for it runs once for every message emitted.
func AppendEvent(dst []byte, m *msg.Message, emitted time.Time) []byte {
	dst = append(dst, `{"type":"event","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	dst = append(dst, `,"namespace":`...)
	dst = jsontext.AppendString(dst, m.Namespace)
	dst = append(dst, `,"event":`...)
	dst = jsontext.AppendString(dst, m.Event)
	dst = append(dst, `,"data":`...)
	dst = append(dst, m.Payload...)
	if m.Spread {
		dst = append(dst, `,"args":true`...)
	}
	dst = append(dst, `,"emitted_time":"`...)
	dst = AppendTime(dst, emitted)
	return append(dst, `"}`...)
}

// AppendAccepted appends the JSON text of a, as encoding/json does, but without
// reflection: a producer may send each message in a request of its own.
func AppendAccepted(dst []byte, a Accepted) []byte {
	dst = slices.Grow(dst, 160) // enough for one namespace
	dst = append(dst, `{"accepted":`...)
	dst = strconv.AppendInt(dst, int64(a.Accepted), 10)
	dst = append(dst, `,"dropped":`...)
	dst = strconv.AppendInt(dst, int64(a.Dropped), 10)
	dst = append(dst, `,"first_seq":`...)
	dst = strconv.AppendUint(dst, a.FirstSeq, 10)
	dst = append(dst, `,"last_seq":`...)
	dst = strconv.AppendUint(dst, a.LastSeq, 10)
	dst = append(dst, `,"queue_depth":{`...)
	for i, namespace := range slices.Sorted(maps.Keys(a.QueueDepth)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, namespace), ':')
		dst = strconv.AppendInt(dst, int64(a.QueueDepth[namespace]), 10)
	}
	return append(dst, `}}`...)
}

// Missed is the argument of Socket.IO's event "missed".
type Missed struct {
	Count uint64 `json:"count" doc:"how many messages were left out just before this event, on the whole connection"`
}
