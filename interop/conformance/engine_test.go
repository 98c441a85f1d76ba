package conformance

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
)

const byWebSocket = "/socket.io/?EIO=4&transport=websocket"

// engine is a session of Engine.IO by WebSocket.
type engine struct {
	*wire
	opened
}

func (h *hub) engine() engine {
	h.t.Helper()
	w := h.webSocket(byWebSocket)
	_, packet, err := w.read()
	if err != nil {
		h.t.Fatal(err)
	}
	return engine{w, readOpen(h.t, packet)}
}

// say sends packets, each a frame of its own; bytes begin with "bytes ".
func (e engine) say(packets ...string) {
	e.t.Helper()
	for _, p := range packets {
		if data, isBytes := strings.CutPrefix(p, "bytes "); isBytes {
			e.send(frame(binaryFrame, data))
		} else {
			e.send(frame(textFrame, p))
		}
	}
}

// next returns the next packet but pings, which it answers; bytes begin with "bytes ".
func (e engine) next() string {
	e.t.Helper()
	for {
		first, payload, err := e.read()
		switch {
		case err != nil:
			e.t.Fatal(err)
		case first == binaryFrame:
			return "bytes " + payload
		case first != textFrame:
			e.t.Fatalf("got the frame %#x %q, want a packet", first, payload)
		case payload != "2":
			return payload
		}
		e.say("3")
	}
}

// hears fails unless these packets come next.
func (e engine) hears(packets ...string) {
	e.t.Helper()
	for _, want := range packets {
		if got := e.next(); got != want {
			e.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestTheWebSocketHandshakeIsAnOpenPacketWithoutUpgrades(t *testing.T) {
	h := newHub(t, func(c *config.Config) {
		c.PingInterval, c.PingTimeout, c.Limits.MaxFrame = 12500*time.Millisecond, 7*time.Second, 123456
	})
	got := h.engine().opened
	if len(got.Upgrades) != 0 || got.Upgrades == nil || got.PingInterval != 12500 || got.PingTimeout != 7000 || got.MaxPayload != 123456 {
		t.Errorf("got %+v", got)
	}
}

func TestAWebSocketHandshakeThatTheTextDoesNotKnowIsRefused(t *testing.T) {
	h := newHub(t)
	for rule, query := range map[string]string{
		"a version is needed":      "transport=websocket",
		"an unknown version":       "EIO=abc&transport=websocket",
		"an older version":         "EIO=3&transport=websocket",
		"a transport is needed":    "EIO=4",
		"an unknown transport":     "EIO=4&transport=abc",
		"polling is no WebSocket":  "EIO=4&transport=polling",
		"an unknown session":       "EIO=4&transport=websocket&sid=abc",
		"an empty version":         "EIO=&transport=websocket",
		"a transport in capitals":  "EIO=4&transport=WebSocket",
		"a version with a letter":  "EIO=4x&transport=websocket",
		"a parameter in lowercase": "eio=4&transport=websocket",
	} {
		if resp := h.dial().handshake("/socket.io/?"+query, nil); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s: got %s, want 400", rule, query, resp.Status)
		}
	}
}

func TestWhatIsNoPacketClosesTheWebSocket(t *testing.T) {
	h := newHub(t)
	for _, packet := range []string{"abc", "7", "", "x", "2"} {
		t.Run(strconv.Quote(packet), func(t *testing.T) {
			e := h.engine()
			e.t = t
			e.say(packet)
			e.wantsClose(protocolError)
		})
	}
}

func TestAWebSocketClientIsPingedAtTheInterval(t *testing.T) {
	h := newHub(t, eager(patience))
	e := h.engine()
	for range 3 {
		e.wants(textFrame, "2")
		e.say("3")
	}
}

func TestAWebSocketClientThatAnswersNoPingIsClosed(t *testing.T) {
	h := newHub(t, eager(100*time.Millisecond))
	e := h.engine()
	e.wants(textFrame, "2")
	if _, payload, err := e.read(); err == nil {
		t.Errorf("got %q, want the connection closed", payload)
	}
}

func TestAWebSocketClientMayClose(t *testing.T) {
	h := newHub(t)
	e := h.engine()
	e.say("1")
	e.wantsClose(1000)
	h.wantUnknown(polling + "&sid=" + e.SID)
}

// claims dials for the session and probes, which must be answered.
func (p *poller) claims() engine {
	p.t.Helper()
	e := engine{wire: p.webSocket(byWebSocket + "&sid=" + p.sid)}
	e.say("2probe")
	e.hears("3probe")
	return e
}

func TestAnUpgradeAnswersTheProbeAndThePollsWithANoop(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	waits := p.later() // it may come before the probe, or after it
	e := p.claims()
	if got := <-waits; got != (answer{http.StatusOK, "6"}) {
		t.Errorf("the poll that waited got %+v, want a noop", got)
	}
	if status, body := p.poll(); status != http.StatusOK || body != "6" {
		t.Errorf("a poll after the probe got %d %q, want a noop", status, body)
	}
	e.say("5", `42/a,1["said"]`)
	e.wantsAck("43/a,1")
}

func TestAClientMaySendItsUpgradeWithoutWaiting(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	e := engine{wire: p.webSocket(byWebSocket + "&sid=" + p.sid)}
	e.say("2probe", "5", `42/a,1["said"]`)
	e.hears("3probe")
	e.wantsAck("43/a,1")
}

func TestAfterAnUpgradeTheSessionTakesNoOtherRequest(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	e := p.claims()
	e.say("5", `42/a,1["said"]`)
	e.wantsAck("43/a,1")
	for _, method := range []string{"GET", "POST"} {
		if status, body := p.do(method, p.path(), "3"); status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", method, status, body)
		}
	}
	if resp := h.dial().handshake(byWebSocket+"&sid="+p.sid, nil); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a second WebSocket: got %s, want 400", resp.Status)
	}
	e.say(`42/a,2["said"]`)
	e.wantsAck("43/a,2")
}

func TestBeforeAnUpgradeIsDoneTheSessionTakesNoSecondWebSocket(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.claims()
	if resp := h.dial().handshake(byWebSocket+"&sid="+p.sid, nil); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s, want 400", resp.Status)
	}
}

// tries dials for the session, again where the attempt before has not been forgotten yet.
func (p *poller) tries() engine {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		w := p.dial()
		resp := w.handshake(byWebSocket+"&sid="+p.sid, nil)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			return engine{wire: w}
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("got %s, want 101", resp.Status)
		}
	}
}

func TestAWebSocketThatFailsItsUpgradeLeavesTheSessionPolling(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	for _, packet := range []string{"5", "4x", "2prob", "3probe"} {
		e := p.tries()
		e.say(packet)
		e.wantsClose(protocolError)
	}
	h.publish("/a", 1, 1)
	if got := p.next(1)[0]; got != `42/a,["n",1]` {
		t.Errorf("got %q, want it polled", got)
	}
}

func TestNothingIsLostOrOvertakenInAnUpgrade(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	const all = 300
	h.publish("/a", 1, 100)
	got := p.next(1)
	e := p.claims()
	h.publish("/a", 101, 200)
	e.say("5")
	h.publish("/a", 201, all)
	for len(got) < all {
		got = append(got, e.next())
	}
	for i, packet := range got {
		if want := `42/a,["n",` + strconv.Itoa(i+1) + `]`; packet != want {
			t.Fatalf("packet %d is %q, want %q", i, packet, want)
		}
	}
}
