package serve

import (
	"strconv"
	"strings"
	"time"
)

// padding is what stands around the two values of a payload:
// {"due":1700000000000000000,"pad":""}
const padding = len(`{"due":,"pad":""}`) + 19

// pad is the text that brings a payload to size bytes.
func pad(size int) string { return strings.Repeat("x", max(0, size-padding)) }

// payload is the JSON every server broadcasts, size bytes of it: when the
// message was due, in ns since 1970, and something to fill it up.
func payload(due time.Time, size int) []byte {
	p := make([]byte, 0, max(size, padding))
	p = append(p, `{"due":`...)
	p = strconv.AppendInt(p, due.UnixNano(), 10)
	p = append(p, `,"pad":"`...)
	for range size - padding {
		p = append(p, 'x')
	}
	return append(p, `"}`...)
}
