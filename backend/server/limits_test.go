package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// limitCase sets a limit as low as it may be, and runs into it through a door.
type limitCase struct {
	set func(l *config.Limits)
	far bool // it is for other machines only
	run func(t *testing.T, h *hub, base, key string)
}

// held are the limits that are counted nowhere, and the test that holds each.
var held = map[string]string{
	"header_timeout": "TestAHeaderThatDoesNotComeEndsTheConnection",
	"idle_timeout":   "TestAConnectionThatAsksNothingMoreIsClosed",
	"memory":         "TestMemoryThatIsFullGivesUpTheScopeFirstAndTheFlowLast",
}

// post sends a message, of which the answer does not matter.
func post(body string) func(t *testing.T, h *hub, base, key string) {
	return func(t *testing.T, _ *hub, base, key string) { ask(t, "POST", base+"/api/v1/messages", key, body, nil) }
}

// say opens a native connection and sends frames, of which the last is too much.
func say(frames ...string) func(t *testing.T, h *hub, base, key string) {
	return func(t *testing.T, _ *hub, base, key string) {
		s := dial(t, base, "/websocket", key)
		for _, frame := range frames {
			s.send(frame)
		}
		s.until("limits.")
	}
}

// stall lets a client that reads nothing miss messages.
func stall(t *testing.T, h *hub, base, key string) {
	s := subscriber(t, base, key)
	large := wire.Publish{Namespace: "/x", Event: "e", Data: json.RawMessage(`"` + strings.Repeat("x", 8000) + `"`)}
	missed := func() bool {
		batch := make([]wire.Publish, 100)
		for i := range batch {
			batch[i] = large
		}
		_, _ = h.Publish(t.Context(), batch...) // the lane may be full
		var list struct {
			Clients []struct{ Missed uint64 }
		}
		ask(t, "GET", h.url+"/api/v1/clients", "", "", &list)
		return len(list.Clients) == 1 && list.Clients[0].Missed > 0
	}
	testkit.Eventually(t, missed, "the client to miss messages")
	s.until(`"missed"`)
}

func limitCases() map[string]limitCase {
	connect := func(n int) func(t *testing.T, h *hub, base, key string) {
		return func(t *testing.T, _ *hub, base, _ string) {
			var last net.Conn
			for range n {
				conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				last = conn
			}
			_ = last.SetReadDeadline(time.Now().Add(patience))
			_, _ = last.Read(make([]byte, 1)) // until it is refused: only what is open at once is too much
		}
	}
	return map[string]limitCase{
		"max_connections":             {set: func(l *config.Limits) { l.MaxConnections = 3 }, run: connect(4)},
		"max_connections_per_address": {set: func(l *config.Limits) { l.MaxConnectionsPerAddress = 1 }, far: true, run: connect(2)},
		"max_connections_per_second":  {set: func(l *config.Limits) { l.MaxConnectionsPerSecond = 1 }, far: true, run: connect(10)},
		"max_messages_per_second":     {set: func(l *config.Limits) { l.MaxMessagesPerSecond = 1 }, far: true, run: post(`[{"event":"a"},{"event":"b"},{"event":"c"},{"event":"d"}]`)},
		"max_bytes_per_second":        {set: func(l *config.Limits) { l.MaxBytesPerSecond = 1 }, far: true, run: post(`[{"event":"a","data":"0123456789"},{"event":"a","data":"0123456789"}]`)},
		"max_failed_keys": {set: func(l *config.Limits) { l.MaxFailedKeys = 1 }, far: true, run: func(t *testing.T, _ *hub, base, _ string) {
			for range 2 {
				ask(t, "GET", base+"/api/v1/stats", "wrong", "", nil)
			}
		}},
		"max_body":       {set: func(l *config.Limits) { l.MaxBody = 1024 }, run: post(`{"event":"a","data":"` + strings.Repeat("x", 2000) + `"}`)},
		"max_json_depth": {set: func(l *config.Limits) { l.MaxJSONDepth = 1 }, run: post(`{"event":"a","data":[[1]]}`)},
		"max_json_keys":  {set: func(l *config.Limits) { l.MaxJSONKeys = 1 }, run: post(`{"event":"a","data":{"a":1,"b":2}}`)},
		"max_lanes":      {set: func(l *config.Limits) { l.MaxLanes = 1 }, run: post(`{"event":"a","namespace":"/another"}`)},
		"body_timeout": {set: func(l *config.Limits) { l.BodyTimeout = 50 * time.Millisecond }, run: func(t *testing.T, _ *hub, base, _ string) {
			conn := raw(t, base, "POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
			_, _ = io.Copy(io.Discard, conn) // until it is closed
		}},
		"max_frame": {set: func(l *config.Limits) { l.MaxFrame = 1024 }, run: func(t *testing.T, _ *hub, base, key string) {
			s := dial(t, base, "/websocket", key)
			s.send(`{"type":"publish","event":"a","data":"` + strings.Repeat("x", 2000) + `"}`)
			s.wantsEnd("1009")
		}},
		"max_fragments": {set: func(l *config.Limits) { l.MaxFragments = 1 }, run: func(t *testing.T, _ *hub, base, key string) {
			s := dial(t, base, "/websocket", key)
			_, _ = s.conn.Write([]byte{0x01, 0x81, 0, 0, 0, 0, '{', 0x80, 0x81, 0, 0, 0, 0, '}'})
			s.wantsEnd("1009")
		}},
		"max_subscriptions": {set: func(l *config.Limits) { l.MaxSubscriptions = 1 }, run: say(`{"type":"subscribe","namespace":"/a"}`, `{"type":"subscribe","namespace":"/b"}`)},
		"max_waiting_replies": {set: func(l *config.Limits) { l.MaxWaitingReplies = 1 }, run: func(t *testing.T, h *hub, base, key string) {
			ask(t, "PUT", h.url+"/api/v1/rules/slow", "", `{"namespace":"/x","event":"e","reply":"r","data":"1","delay":"1h"}`, nil)
			s := socketIO(t, base, key)
			s.send(`42/x,["e"]`)
			s.send(`42/x,["e"]`)
		}},
		"max_attachments": {set: func(l *config.Limits) { l.MaxAttachments = 1 }, run: func(t *testing.T, _ *hub, base, key string) {
			s := socketIO(t, base, key)
			s.send(`452-/x,["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
			s.wantsEnd("")
		}},
		"max_namespaces": {set: func(l *config.Limits) { l.MaxNamespaces = 1 }, run: func(t *testing.T, _ *hub, base, key string) {
			socketIO(t, base, key).send("40/another,")
		}},
		"max_namespaces_per_client": {set: func(l *config.Limits) { l.MaxNamespacesPerClient = 1 }, run: func(t *testing.T, _ *hub, base, key string) {
			socketIO(t, base, key).send("40/another,")
		}},
		"max_rooms": {set: func(l *config.Limits) { l.MaxRooms = 1 }, run: func(t *testing.T, _ *hub, base, key string) {
			s := socketIO(t, base, key)
			s.send(`42/x,0["join","a"]`)
			s.send(`42/x,1["join","b"]`)
		}},
		"outbox_frames": {set: func(l *config.Limits) { l.OutboxFrames = 16 }, run: stall},
		"outbox_bytes":  {set: func(l *config.Limits) { l.OutboxBytes = 64 << 10 }, run: stall},
	}
}

// raw opens a connection and sends text.
func raw(t *testing.T, base, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestEachLimitOfTheSettingsIsKeptToAndCounted(t *testing.T) {
	cases := limitCases()
	for _, limit := range config.Defaults().ListLimits() {
		c, there := cases[limit.Name]
		if !there {
			if held[limit.Name] == "" {
				t.Errorf("nothing here runs into the limit %s", limit.Name)
			}
			continue
		}
		t.Run(limit.Name, func(t *testing.T) {
			h := startHub(t, func(cfg *config.Config) { cfg.LAN = c.far; c.set(&cfg.Limits) })
			base, key := h.url, ""
			if c.far {
				base = h.from(elsewhere(t))
				testkit.Eventually(t, func() bool { return isListenedOn(base) }, "the hub to be reached")
				key = h.makeKey(t, "producer", "view publish")
			}
			c.run(t, h, base, key)
			testkit.Eventually(t, func() bool { return reached(t, h, limit.Name) > 0 }, "the limit to be counted")
			metric := fmt.Sprintf("emitscope_limit_reached_total{limit=%q} ", limit.Name)
			if text := body(t, h.url+"/metrics"); !strings.Contains(text, metric) || strings.Contains(text, metric+"0\n") {
				t.Errorf("/metrics does not count %s", limit.Name)
			}
		})
	}
}

// reached is how often a limit was, as the hub tells.
func reached(t *testing.T, h *hub, name string) uint64 {
	t.Helper()
	var list wire.LimitList
	if status := ask(t, "GET", h.url+"/api/v1/limits", "", "", &list); status != http.StatusOK {
		return 0 // a limit on connections is in the way
	}
	for _, l := range list.Limits {
		if l.Name == name {
			return l.Reached
		}
	}
	t.Fatalf("the hub tells nothing of the limit %s", name)
	return 0
}

func TestTheLimitsAreListedWithWhatTheyAre(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.MaxRooms = 5 })
	var list wire.LimitList
	ask(t, "GET", h.url+"/api/v1/limits", "", "", &list)
	want := config.Defaults().ListLimits()
	if len(list.Limits) != len(want) {
		t.Fatalf("got %d limits, want %d", len(list.Limits), len(want))
	}
	for i, got := range list.Limits {
		value := want[i].Value
		if got.Name == "max_rooms" {
			value = "5"
		}
		if got.Name != want[i].Name || got.Value != value || got.Reached != 0 || got.About == "" {
			t.Errorf("got %+v, want %s with %s, reached by nobody", got, want[i].Name, value)
		}
	}
}

func TestAHeaderThatDoesNotComeEndsTheConnection(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.HeaderTimeout = 50 * time.Millisecond })
	for _, text := range []string{"", "GET / HTTP/1.1\r\nHost: localhost\r\n"} {
		conn := raw(t, h.url, text)
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%q: got %v, want the connection closed", text, err)
		}
	}
}

func TestAConnectionThatAsksNothingMoreIsClosed(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.IdleTimeout = 50 * time.Millisecond })
	conn := raw(t, h.url, "GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v, want 200", res, err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("got %v, want the connection closed", err)
	}
}

func TestAsManyLanesAsTheSettingsAllowAreToldApart(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.MaxLanes = 300 })
	batch := make([]wire.Publish, 299)
	for i := range batch {
		batch[i] = wire.Publish{Namespace: fmt.Sprint("/lane", i), Event: "e"}
	}
	if _, err := h.Publish(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	if text := body(t, h.url+"/metrics"); !strings.Contains(text, `{namespace="/lane298"}`) || strings.Contains(text, `{namespace="other"}`) {
		t.Error("/metrics counts lanes together, want each of 300 by itself")
	}
}

func TestAHubWithALimitOfMemoryTellsBothInItsMetrics(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.Memory = 1 << 40 })
	text := body(t, h.url+"/metrics")
	for _, line := range []string{"emitscope_memory_bytes ", "emitscope_memory_limit_bytes 1.099511627776e+12"} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("/metrics has no %s", line)
		}
	}
}
