package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func dialTCP(t testing.TB, h *hub) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// drip sends a byte each 100 ms until the hub closes the connection, and returns how
// long it took that to do so.
func drip(t testing.TB, conn net.Conn, begin string) time.Duration {
	t.Helper()
	began := time.Now()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, conn) // until it is closed
	}()
	_, _ = io.WriteString(conn, begin)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-closed:
			return time.Since(began)
		case <-tick.C:
			_, _ = io.WriteString(conn, "x")
			if time.Since(began) > patience {
				_ = conn.Close()
				<-closed
				return time.Since(began)
			}
		}
	}
}

func TestSlowHeadsAreCutOff(t *testing.T) {
	h := startHub(t, configured(t, "[limits]\nheader_timeout = \"1s\"\n")...)
	b := newBystander(t, h)
	var wg sync.WaitGroup
	for range 100 {
		conn := dialTCP(t, h)
		wg.Go(func() {
			if took := drip(t, conn, "GET /api HTTP/1.1\r\nX-Slow: "); took >= 10*time.Second {
				t.Errorf("a header that never ends was listened to for %v, want 1 s", took)
			}
		})
	}
	b.check(t)
	wg.Wait()
	b.check(t)
}

func TestSlowBodiesAreCutOffByEveryDoor(t *testing.T) {
	h := startHub(t, configured(t, "[limits]\nbody_timeout = \"1s\"\n")...)
	b := newBystander(t, h)
	host := strings.TrimPrefix(h.url, "http://")
	var wg sync.WaitGroup
	for name, request := range map[string]string{
		"JSON":         "POST /api/v1/messages HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		"NDJSON":       "POST /api/v1/messages HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{",
		"JSON,chunked": "POST /api/v1/messages HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
		"session":      "POST /api/v1/session HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		"polling": "POST /socket.io/?EIO=4&transport=polling&sid=" + session(t, h) + " HTTP/1.1\r\nHost: " + host +
			"\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n4",
	} {
		conn := dialTCP(t, h)
		wg.Go(func() {
			_, _ = io.WriteString(conn, request) // and nothing more
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			text, err := io.ReadAll(conn)
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("%s: a body that never comes was waited for over %v (%v), want 1 s", name, patience, err)
			}
			if answer := string(text); answer != "" && !strings.Contains(answer, " 408 ") && !strings.Contains(answer, " 400 ") {
				t.Errorf("%s: got %.200s, want 408 or a closed connection", name, answer)
			}
		})
	}
	b.check(t)
	wg.Wait()
	wantReached(t, h, "body_timeout")
	b.check(t)
}

func TestAFloodOfConnectionsIsBoundedAndSaid(t *testing.T) {
	h := startHub(t, configured(t, "[limits]\nmax_connections = 60\n")...)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)
	refused, told := 0, 0
	var held []net.Conn
	for range 500 {
		conn := dialTCP(t, h)
		held = append(held, conn)
		_, _ = fmt.Fprintf(conn, "GET /api HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(h.url, "http://"))
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			refused++
			continue
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			refused++
			if strings.Contains(string(text), "limits.max_connections") {
				told++
			}
		}
	}
	if accepted := len(held) - refused; accepted > 60 || accepted < 50 {
		t.Errorf("%d of 500 connections were taken, want at most 60, and those", accepted)
	}
	if told == 0 {
		t.Error("nobody was told which limit it was")
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	wantMemory(t, h, before, 64<<20)
	untilThereIsRoom(t, h)
	wantReached(t, h, "max_connections")
	b.check(t)
}

// untilThereIsRoom returns once the hub has seen that connections were closed.
func untilThereIsRoom(t testing.TB, h *hub) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		res, err := http.Get(h.url + "/api")
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return
		}
	}
	t.Errorf("the hub has no room %v after all connections were closed", patience)
}

// One client may make the hub remember only so much.
func TestNamesWithoutEndAreBounded(t *testing.T) {
	h := startHub(t)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)

	refused := 0
	for i := range 400 {
		if status, _ := tryPost(t, h, fmt.Sprintf(`{"namespace":"/lane%d","event":"e","data":1}`, i)); status != http.StatusAccepted {
			refused++
		}
	}
	if want := 400 - 256; refused < want {
		t.Errorf("%d of 400 new lanes were refused, want at least %d", refused, want)
	}

	rooms := dialPackets(t, h, "/rooms")
	answered := 0
	for i := range 400 {
		rooms.send(fmt.Sprintf(`42/rooms,%d["join","room%d"]`, i, i))
		if strings.Contains(rooms.await(fmt.Sprintf("43/rooms,%d[", i)), `"ok":false`) {
			answered++
		}
	}
	if want := 400 - 256; answered != want {
		t.Errorf("%d of 400 rooms were refused, want %d", answered, want)
	}

	for client := range 17 { // what they may have is more than 1024 together
		many := dialPackets(t, h, "/attacked")
		for i := range 100 {
			many.send(fmt.Sprintf("40/space%d-%d,", client, i))
		}
		many.await("44/space") // one is refused
	}

	subscriber := dial(t, h)
	for i := range 400 {
		subscriber.send(`{"type":"subscribe","id":%d,"namespace":"/sub%d"}`, i, i)
	}
	subscriber.await("error", 400-256)
	wantReached(t, h, "max_lanes", "max_namespaces", "max_namespaces_per_client", "max_rooms", "max_subscriptions")
	wantMemory(t, h, before, 64<<20)
	b.check(t)
}

// Clients that read nothing, while far more is sent than may wait for them.
func TestStalledClientsDoNotFillTheMemory(t *testing.T) {
	h := startHub(t, configured(t, "[limits]\noutbox_bytes = 1048576\n")...)
	b := newBystander(t, h)
	b.check(t)
	before := peakBytes(t, h)
	const stalled, size = 40, 64 << 10
	for range stalled {
		stall(t, h)
	}
	body := fmt.Sprintf(`{"namespace":"/stalled","event":"e","data":%q}`, strings.Repeat("x", size))
	for range 1600 { // 100 MiB, to each of them
		post(t, h, body)
	}
	wantMemory(t, h, before, 320<<20)
	b.check(t)
}

// stall makes a client that subscribes and then reads nothing.
func stall(t testing.TB, h *hub) {
	t.Helper()
	conn := dialTCP(t, h)
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	fmt.Fprintf(conn, "GET /websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		strings.TrimPrefix(h.url, "http://"))
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	awaitText(t, conn, "\r\n\r\n")
	frame := `{"type":"subscribe","namespace":"/stalled"}`
	_, _ = conn.Write(append([]byte{0x81, 0x80 | byte(len(frame)), 0, 0, 0, 0}, frame...))
	awaitText(t, conn, "subscribed")
}

// awaitText reads just as far as the text.
func awaitText(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	got := make([]byte, 0, 1024)
	for !strings.Contains(string(got), text) {
		n, err := conn.Read(got[len(got) : len(got)+1])
		if err != nil {
			t.Fatalf("await %q: %v after %q", text, err, got)
		}
		got = got[:len(got)+n]
	}
}
