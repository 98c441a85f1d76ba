package link_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/link"
	"emitscope/backend/door/outbox"
)

// told notes the limits that were reached.
func told(o *link.Options) chan string {
	reached := make(chan string, 10)
	o.Reached = func(limit string) { reached <- limit }
	return reached
}

// fragments is a message of n frames without a byte in them, as a client sends it,
// with a ping before the last.
func fragments(n int) []byte {
	empty := []byte{0, 0x80, 1, 2, 3, 4}
	b := bytes.Repeat(empty, n)
	b[0] |= link.OpText
	last := len(b) - len(empty)
	b[last] |= 0x80
	return append(b[:last:last], append([]byte{0x80 | link.OpPing, 0x80, 1, 2, 3, 4}, b[last:]...)...)
}

// echoing serves clients that get back what they send.
func echoing(c *link.Conn) {
	out := outbox.New(outbox.Options{})
	c.Start(out)
	c.Serve(func(_ byte, text []byte) { out.Must(link.Text("got "+string(text)), time.Now()) })
}

func TestAMessageMayHaveAsManyFramesAsTheLimitSays(t *testing.T) {
	c := open(t, link.Options{MaxFragments: 1000}, echoing)
	for range 3 {
		c.NetConn().Write(fragments(1000))
		wants(t, c, "got ")
	}
	c.NetConn().Write(fragments(1))
	wants(t, c, "got ")
}

func TestAMessageOfTooManyFramesClosesWith1009AndTheReason(t *testing.T) {
	for name, listen := range map[string]func(http.Handler) *httptest.Server{"plain": httptest.NewServer, "TLS": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			o := link.Options{MaxFragments: 1000}
			reached := told(&o)
			c := openAt(t, listen, o, echoing)
			c.NetConn().Write(fragments(1000))
			wants(t, c, "got ")
			c.NetConn().Write(append(fragments(1001), fragments(100_000)...)) // more than is read before the close
			wantsCloseWith(t, c, websocket.CloseMessageTooBig, "over 1000 frames; send it in fewer, or raise limits.max_fragments")
			if got := <-reached; got != "max_fragments" || len(reached) != 0 {
				t.Errorf("got %q and %d more, want max_fragments once", got, len(reached))
			}
		})
	}
}

func TestWithoutASettingAMessageMayHave1024Frames(t *testing.T) {
	c := open(t, link.Options{}, echoing)
	c.NetConn().Write(fragments(1024))
	wants(t, c, "got ")
	c.NetConn().Write(fragments(1025))
	wantsClose(t, c, websocket.CloseMessageTooBig)
}

func TestTooManyFramesBeforeStartCloseToo(t *testing.T) {
	c := open(t, link.Options{MaxFragments: 1}, func(c *link.Conn) { c.Serve(func(byte, []byte) {}) })
	c.NetConn().Write(fragments(2))
	wantsClose(t, c, websocket.CloseMessageTooBig)
}

func TestAMessageOverTheLimitNamesItsSetting(t *testing.T) {
	o := link.Options{Limits: link.Limits{MaxFrame: 1000}}
	reached := told(&o)
	c := open(t, o, echoing)
	write(t, c, websocket.TextMessage, strings.Repeat("x", 1001))
	wantsCloseWith(t, c, websocket.CloseMessageTooBig, "over 1000 bytes; send less at once, or raise limits.max_frame")
	if got := <-reached; got != "max_frame" {
		t.Errorf("got %q, want max_frame", got)
	}
}

func TestALimitThatIsNoSettingIsNotCalledOne(t *testing.T) {
	o := link.Options{}
	reached := told(&o)
	c := open(t, o, func(c *link.Conn) {
		c.Limit(link.Limits{MaxFrame: 10})
		echoing(c)
	})
	write(t, c, websocket.TextMessage, strings.Repeat("x", 11))
	wantsCloseWith(t, c, websocket.CloseMessageTooBig, "the frame is over 10 bytes")
	if len(reached) != 0 {
		t.Errorf("got %q, want nobody told", <-reached)
	}
}
