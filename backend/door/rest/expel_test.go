package rest_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func errRevoked() *fault.Error {
	return fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key")
}

func withKey(name string) func(msg.Caller) bool {
	return func(c msg.Caller) bool { return c.Key == name }
}

func TestRevokingAKeyEndsItsStreamsAndNoOthers(t *testing.T) {
	h := startHub(t)
	h.key = "lost"
	gone := h.listen(t, "")
	h.key = "kept"
	stays := h.listen(t, "")
	h.door.Expel(withKey("lost"), errRevoked())
	if _, err := gone.body.ReadByte(); err == nil {
		t.Error("the stream of the key went on")
	}
	testkit.Eventually(t, func() bool { return len(h.door.Clients()) == 1 }, "one stream to be left")
	if list := h.door.Clients(); list[0].Key != "kept" {
		t.Errorf("got %+v, want the stream of the other key", list)
	}
	h.emit(1, "/ws", "tick", "1")
	if got := stays.ids(1); got[0] != "1" {
		t.Errorf("got %q, want message 1", got)
	}
}

func TestRevokingAKeyEndsABodyThatIsStillComing(t *testing.T) {
	h := startHub(t)
	h.key = "lost"
	conn := h.dial(lines, "Transfer-Encoding: chunked")
	sendChunk(conn, "{\"event\":\"a\"}\n{\"event\"")
	testkit.Eventually(t, func() bool { return len(h.taken()) == 1 }, "the first line to be taken")
	h.door.Expel(withKey("other"), errRevoked())
	sendChunk(conn, ":\"b\"}\n{")
	testkit.Eventually(t, func() bool { return len(h.taken()) == 2 }, "the second line to be taken")

	h.door.Expel(withKey("lost"), errRevoked())
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second)) // else a body that goes on would never be answered
	e := wantError(t, answerOn(t, conn), http.StatusUnauthorized, "unknown_key")
	if e.Accepted == nil || *e.Accepted != 2 {
		t.Errorf("got %+v, want that 2 were taken", e)
	}
}

// answerOn reads the answer to what was sent on a connection.
func answerOn(t *testing.T, conn net.Conn) answer {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// A key can be revoked after it let a request in, and before the request can be
// found by Expel.
func TestWhoIsNotWelcomeAnyMoreOpensNothing(t *testing.T) {
	revoked := func(o *rest.Options) {
		o.Welcome = func(c msg.Caller) error {
			if c.Key == "lost" {
				return errRevoked()
			}
			return nil
		}
	}
	h := startHub(t, revoked)
	h.key = "lost"
	wantError(t, h.get("/api/v1/stream"), http.StatusUnauthorized, "unknown_key")
	wantError(t, h.post(`{"event":"a"}`+"\n", "Content-Type", lines), http.StatusUnauthorized, "unknown_key")
	if len(h.taken()) > 0 || len(h.door.Clients()) > 0 {
		t.Errorf("%v were taken, %v are open", h.taken(), h.door.Clients())
	}
	acts := h.gate.noted()
	if len(acts) != 2 || acts[0].Kind != msg.Refused || acts[0].Subject != "unknown_key" || acts[0].By.Key != "lost" {
		t.Errorf("noted %+v, want both refusals", acts)
	}
	h.key = "kept"
	decode[wire.Accepted](t, h.post(`{"event":"a"}`+"\n", "Content-Type", lines), http.StatusAccepted)
	h.listen(t, "")
}

func TestAMessageAndAStreamSayWithWhichKeyTheyCame(t *testing.T) {
	h := startHub(t)
	h.key = "feeder"
	h.post(`{"event":"a"}`)
	h.listen(t, "")
	if got := h.taken()[0].Origin.Key; got != "feeder" {
		t.Errorf("the message has key %q", got)
	}
	if body := h.get("/api/v1/clients").body; !strings.Contains(body, `"key":"feeder"`) {
		t.Errorf("got clients %s", body)
	}
	if acts := h.gate.noted(); len(acts) != 1 || acts[0].Kind != msg.Connected || acts[0].By.Key != "feeder" {
		t.Errorf("noted %+v, want that the stream connected", acts)
	}
}
