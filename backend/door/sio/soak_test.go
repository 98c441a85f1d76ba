//go:build soak

package sio_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/door/sio"
	"emitscope/backend/internal/testkit"
)

// What takes long to show. The environment makes it shorter, or longer still:
//
//	EMITSCOPE_SOAK_FOR       how long clients answer pings; default 10m
//	EMITSCOPE_SOAK_CONNECTS  clients that send CONNECT at once; default 20000
//	EMITSCOPE_SOAK_ABORTS    clients that vanish; default 12000

// fromEnv returns what the environment says, or else usual.
func fromEnv[T any](t *testing.T, name string, usual T, read func(string) (T, error)) T {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	v, err := read(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func TestSoakNoClientThatAnswersPingsIsDropped(t *testing.T) {
	const clients = 300
	last := fromEnv(t, "EMITSCOPE_SOAK_FOR", 10*time.Minute, time.ParseDuration)
	h := newHub(t, func(o *sio.Options) { o.PingInterval, o.PingTimeout = time.Second, 800*time.Millisecond })
	var pings, dropped atomic.Int64
	var all sync.WaitGroup
	over := make(chan struct{})
	for range clients {
		s := h.webSocket()
		s.join("/ws")
		peer := s.peer.(*wsPeer)
		all.Go(func() {
			defer func() { pings.Add(peer.pings.Load()) }()
			if _, err := peer.read(); err != nil {
				select {
				case <-over:
				default:
					dropped.Add(1)
				}
			}
		})
	}
	time.Sleep(last) // what the test is about
	if got := len(h.Clients()); got != clients || dropped.Load() != 0 {
		t.Errorf("got %d clients after %v, and %d were dropped, want %d and none", got, last, dropped.Load(), clients)
	}
	close(over)
	h.Stop(t.Context())
	all.Wait()
	t.Logf("%d clients answered %d pings in %v", clients, pings.Load(), last)
}

// hasty is a client that sends CONNECT as soon as the connection is a WebSocket,
// and says whether it got an answer.
func (h *hub) hasty() (joined bool, err error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		return false, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, upgradeRequest); err != nil {
		return false, err
	}
	r := bufio.NewReader(conn)
	for line := ""; line != "\r\n"; { // the headers
		if line, err = r.ReadString('\n'); err != nil {
			return false, err
		}
	}
	if _, err := conn.Write(append([]byte{0x81, 0x80 | 2, 0, 0, 0, 0}, "40"...)); err != nil {
		return false, err
	}
	for range 2 { // "open", and the answer
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return false, nil
		}
		if _, err := io.CopyN(io.Discard, r, int64(head[1])); err != nil {
			return false, nil
		}
	}
	return true, nil
}

const upgradeRequest = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// inTurn calls do n times, from as many goroutines as there are places.
func inTurn(n, places int, do func()) {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range places {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				do()
			}
		})
	}
	all.Wait()
}

func TestSoakNoConnectIsLost(t *testing.T) {
	n := fromEnv(t, "EMITSCOPE_SOAK_CONNECTS", 20_000, strconv.Atoi)
	h := newHub(t)
	var lost atomic.Int64
	inTurn(n, 32, func() {
		if joined, err := h.hasty(); err != nil {
			t.Error(err)
		} else if !joined {
			lost.Add(1)
		}
	})
	if got := lost.Load(); got != 0 {
		t.Errorf("%d of %d got no answer to CONNECT, want 0", got, n)
	}
	testkit.Eventually(t, func() bool { return len(h.Clients()) == 0 && h.Sockets() == 0 }, "all to be forgotten")
}

func TestSoakVanishedClientsLeaveNothingBehind(t *testing.T) {
	n := fromEnv(t, "EMITSCOPE_SOAK_ABORTS", 12_000, strconv.Atoi)
	h := newHub(t)
	if joined, err := h.hasty(); !joined {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() bool { ours, engines := h.Sessions(); return ours == 0 && engines == 0 }, "the first to leave")
	before := runtime.NumGoroutine()
	var turn atomic.Int64
	inTurn(n, 32, func() {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, upgradeRequest)
		switch turn.Add(1) % 4 {
		case 0: // at once
		case 1: // when the answer begins
			_, _ = conn.Read(make([]byte, 1))
		default: // when CONNECT is on its way
			_, _ = conn.Read(make([]byte, 512))
			_, _ = conn.Write(append([]byte{0x81, 0x80 | 2, 0, 0, 0, 0}, "40"...))
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset
		conn.Close()
	})
	testkit.Eventually(t, func() bool {
		ours, engines := h.Sessions()
		taken, hosts := h.Seats()
		return ours == 0 && engines == 0 && taken == 0 && hosts == 0 && len(h.Clients()) == 0 && h.Sockets() == 0
	}, "all to be forgotten")
	testkit.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+5 }, "their goroutines to end")
}
