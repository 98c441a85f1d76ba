package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
)

const (
	polling   = "/socket.io/?EIO=4&transport=polling"
	separator = "\x1e"
)

// poller is a session by polling.
type poller struct {
	*hub
	sid string
}

// opened is what an open packet says.
type opened struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// readOpen reads an open packet, in which nothing else may be.
func readOpen(t *testing.T, packet string) (o opened) {
	t.Helper()
	if !strings.HasPrefix(packet, "0{") {
		t.Fatalf("got %q, want an open packet", packet)
	}
	d := json.NewDecoder(strings.NewReader(packet[1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil || d.More() || o.SID == "" {
		t.Fatalf("got %q (%v), want an open packet", packet, err)
	}
	return o
}

func (h *hub) poller() *poller {
	h.t.Helper()
	status, body := h.do("GET", polling, "")
	if status != http.StatusOK {
		h.t.Fatalf("got %d %s, want an open packet", status, body)
	}
	return &poller{h, readOpen(h.t, body).SID}
}

func (p *poller) path() string { return polling + "&sid=" + p.sid }

func (p *poller) poll() (int, string)            { p.t.Helper(); return p.do("GET", p.path(), "") }
func (p *poller) post(body string) (int, string) { p.t.Helper(); return p.do("POST", p.path(), body) }

// send posts packets, which must be taken.
func (p *poller) send(packets ...string) {
	p.t.Helper()
	if status, body := p.post(strings.Join(packets, separator)); status != http.StatusOK || body != "ok" {
		p.t.Fatalf("post %q: got %d %q, want 200 ok", packets, status, body)
	}
}

// next polls until it has n packets other than pings, which it answers.
func (p *poller) next(n int) (packets []string) {
	p.t.Helper()
	for len(packets) < n {
		status, body := p.poll()
		if status != http.StatusOK {
			p.t.Fatalf("poll: got %d %s", status, body)
		}
		for packet := range strings.SplitSeq(body, separator) {
			if packet == "2" {
				p.send("3")
				continue
			}
			packets = append(packets, packet)
		}
	}
	return packets
}

// join connects to a namespace and returns the rest of the server's packet.
func (p *poller) join(namespace string) {
	p.t.Helper()
	p.send("40" + namespace + ",")
	if got := p.next(1); !strings.HasPrefix(got[0], "40"+namespace+`,{"sid":"`) {
		p.t.Fatalf("got %q, want a connection to %s", got, namespace)
	}
}

// answer is what became of a request.
type answer struct {
	status int
	body   string
}

// later polls without waiting for the answer.
func (p *poller) later() <-chan answer {
	got := make(chan answer, 1)
	go func() {
		status, body := p.poll()
		got <- answer{status, body}
	}()
	return got
}

func TestThePollingHandshakeIsAnOpenPacket(t *testing.T) {
	h := newHub(t, func(c *config.Config) {
		c.PingInterval, c.PingTimeout, c.Limits.MaxFrame = 12500*time.Millisecond, 7*time.Second, 123456
	})
	status, header, body := h.request("GET", polling, "")
	got := readOpen(t, body)
	if status != http.StatusOK || fmt.Sprint(got.Upgrades) != "[websocket]" || got.PingInterval != 12500 || got.PingTimeout != 7000 || got.MaxPayload != 123456 {
		t.Errorf("got %d %+v", status, got)
	}
	if got := header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
		t.Errorf("got the type %q", got)
	}
}

func TestAHandshakeThatTheTextDoesNotKnowIsRefused(t *testing.T) {
	h := newHub(t)
	for _, c := range []struct {
		rule, method, query string
		code                int
	}{
		{"a version is needed", "GET", "transport=polling", 5},
		{"an unknown version", "GET", "EIO=abc&transport=polling", 5},
		{"an older version that is not switched on", "GET", "EIO=3&transport=polling", 5},
		{"a newer version", "GET", "EIO=5&transport=polling", 5},
		{"a transport is needed", "GET", "EIO=4", 0},
		{"an unknown transport", "GET", "EIO=4&transport=abc", 0},
		{"a handshake by POST", "POST", "EIO=4&transport=polling", 2},
		{"a handshake by PUT", "PUT", "EIO=4&transport=polling", 2},
		{"a handshake by DELETE", "DELETE", "EIO=4&transport=polling", 2},
		{"an unknown session", "GET", "EIO=4&transport=polling&sid=abc", 1},
		{"a POST to an unknown session", "POST", "EIO=4&transport=polling&sid=abc", 1},
		{"a WebSocket without its handshake", "GET", "EIO=4&transport=websocket", 3},
	} {
		status, body := h.do(c.method, "/socket.io/?"+c.query, "")
		if want := fmt.Sprintf(`"code":%d,`, c.code); status != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %s %s: got %d %s, want 400 and %s", c.rule, c.method, c.query, status, body, want)
		}
	}
}

func TestOneAnswerAndOneBodyMayHaveSeveralPackets(t *testing.T) {
	h := newHub(t)
	h.relay("/a")
	p, other := h.poller(), h.poller()
	p.join("/a")
	other.join("/a")
	other.send(`42/a,["one",1]`, `42/a,["two",2]`, `42/a,["three","ünï😀"]`)
	got := strings.Join(p.next(3), separator)
	if want := strings.Join([]string{`42/a,["one",1]`, `42/a,["two",2]`, `42/a,["three","ünï😀"]`}, separator); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBytesTravelAsBase64ByPolling(t *testing.T) {
	h := newHub(t)
	h.relay("/a")
	p, other := h.poller(), h.poller()
	p.join("/a")
	other.join("/a")
	other.send(`451-/a,["photo",{"_placeholder":true,"num":0}]`, "bAQIDBA==")
	got := strings.Join(p.next(2), " ")
	if want := `451-/a,["photo",{"_placeholder":true,"num":0}] bAQIDBA==`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatIsNoPacketIsABadRequestAndEndsTheSession(t *testing.T) {
	h := newHub(t)
	for _, body := range []string{"abc", "7", "", "4a" + separator, "b=?", "4a" + separator + "x"} {
		p := h.poller()
		if status, text := p.post(body); status != http.StatusBadRequest {
			t.Errorf("%q: got %d %s, want 400", body, status, text)
		}
		p.wantUnknown(p.path())
	}
}

func TestOfTwoPollsAtOnceOneIsRefusedAndTheSessionEnds(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	one, other := p.later(), p.later()
	a, b := <-one, <-other
	if a.status != http.StatusOK {
		a, b = b, a
	}
	if a != (answer{http.StatusOK, "1"}) || b.status != http.StatusBadRequest {
		t.Errorf("got %+v and %+v, want one closed by 1, and 400", a, b)
	}
	p.wantUnknown(p.path())
}

func TestAPollThatIsGivenUpEndsTheSession(t *testing.T) {
	h := newHub(t)
	p := h.poller()
	p.join("/a")
	h.wantClients(1)
	c := h.dial()
	c.write([]byte("GET " + p.path() + " HTTP/1.1\r\nHost: " + h.addr + "\r\n\r\n"))
	c.Close()
	h.wantClients(0)
	p.wantUnknown(p.path())
}

func TestAPollingClientThatClosesGetsANoopForItsPoll(t *testing.T) {
	h := newHub(t)
	for range 100 { // until a poll waited when the close came
		p := h.poller()
		waits := p.later()
		p.send("1")
		p.wantUnknown(p.path())
		switch got := <-waits; {
		case got == answer{http.StatusOK, "6"}:
			return
		case got.status != http.StatusBadRequest || !strings.Contains(got.body, `"code":1`):
			t.Fatalf("got %+v, want 6, or 400 where the poll came after the close", got)
		}
	}
	t.Error("no poll has waited in 100 sessions")
}

func TestAPollingClientIsPingedAtTheInterval(t *testing.T) {
	h := newHub(t, eager(patience))
	p := h.poller()
	for range 3 {
		if status, body := p.poll(); status != http.StatusOK || body != "2" {
			t.Fatalf("got %d %q, want a ping", status, body)
		}
		p.send("3")
	}
}

func TestAPollingClientThatAnswersNoPingIsClosed(t *testing.T) {
	h := newHub(t, eager(100*time.Millisecond))
	p := h.poller()
	for {
		status, body := p.poll()
		if status == http.StatusBadRequest || body == "1" {
			break
		}
		if status != http.StatusOK || body != "2" {
			t.Fatalf("got %d %q, want a ping", status, body)
		}
	}
	p.wantUnknown(p.path())
}

func TestRevision3IsServedWhereItIsSwitchedOn(t *testing.T) {
	h := newHub(t, func(c *config.Config) { c.EIO3 = true })
	status, body := h.do("GET", "/socket.io/?EIO=3&transport=polling", "")
	length, rest, _ := strings.Cut(body, ":")
	n, err := strconv.Atoi(length)
	if status != http.StatusOK || err != nil || n > len(rest) {
		t.Fatalf("got %d %q, want an open packet behind its length", status, body)
	}
	readOpen(t, rest[:n])
}
