package wire

import (
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"emitscope/backend/msg"
)

// AppendEvent appends m as a SocketEvent in JSON: what encoding/json would
// write, without reflection, for it runs once for every message emitted.
func AppendEvent(dst []byte, m *msg.Message, emitted time.Time) []byte {
	dst = append(dst, `{"type":"event","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	dst = append(dst, `,"namespace":`...)
	dst = AppendString(dst, m.Namespace)
	dst = append(dst, `,"event":`...)
	dst = AppendString(dst, m.Event)
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
		dst = append(AppendString(dst, namespace), ':')
		dst = strconv.AppendInt(dst, int64(a.QueueDepth[namespace]), 10)
	}
	return append(dst, `}}`...)
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	plain := 0 // from here to i nothing needs an escape
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[plain:i]...)
				dst = append(dst, "\ufffd"...)
				plain = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[plain:i]...)
		if c < ' ' {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, '\\', c)
		}
		i++
		plain = i
	}
	dst = append(dst, s[plain:]...)
	return append(dst, '"')
}

// Missed is the argument of Socket.IO's event "missed".
type Missed struct {
	Count uint64 `json:"count" doc:"how many messages were left out just before this event, on the whole connection"`
}
