package interop

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// mutationUsual is for how long the hub is fed with what no client says;
// EMITSCOPE_MUTATE says otherwise.
const mutationUsual = 20 * time.Second

// A stranger's connections at once: few enough to leave the healthy ones a turn.
const strangers = 16

// TestNothingThatStrangersSayHarmsTheHub opens connection after connection on every
// door, says what clients say and changes it: bytes are flipped, left out, repeated and
// put together anew, packets come in any order, of any revision of the protocol, and
// end anywhere. EMITSCOPE_SEED repeats what was said, as far as the scheduler lets it.
func TestNothingThatStrangersSayHarmsTheHub(t *testing.T) {
	length, seed := lengthOf(t, "EMITSCOPE_MUTATE", mutationUsual), seedOf(t)
	h := startHub(t, configured(t, "eio3 = true\nping_interval = \"2s\"\nping_timeout = \"3s\"\n")...)
	b := newBystander(t, h)
	goroutines := h.goroutines(t)
	until := time.Now().Add(length)
	var all sync.WaitGroup
	said := make([]int, strangers)
	for i := range strangers {
		all.Go(func() {
			s := stranger{rand.New(rand.NewPCG(seed, uint64(i)))}
			for ; time.Now().Before(until); said[i]++ {
				s.visit(strings.TrimPrefix(h.url, "http://"))
			}
		})
	}
	for time.Now().Before(until) {
		b.check(t)
		time.Sleep(max(100*time.Millisecond, length/200)) // between two looks
	}
	all.Wait()
	b.check(t)
	visits := 0
	for _, n := range said {
		visits += n
	}
	if visits < strangers {
		t.Errorf("only %d connections were made", visits)
	}
	if text := h.out.String(); strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") {
		t.Errorf("a goroutine panicked; seed %d", seed)
	}
	h.awaitGoroutines(t, goroutines)
	t.Logf("%d connections in %v, seed %d", visits, length, seed)
}

// stranger says what no client says.
type stranger struct{ *rand.Rand }

// visit makes one connection, talks, and leaves.
func (s stranger) visit(host string) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return // no room for one more just now
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if s.IntN(3) == 0 {
		s.poll(conn, host)
		return
	}
	door := pick(s, socketDoors)
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		pick(s, door.paths), host)
	if s.IntN(8) == 0 {
		request = string(s.change([]byte(request)))
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }() // it ends with the connection
	for range s.IntN(20) {
		text := []byte(pick(s, door.packets))
		if s.IntN(2) == 0 {
			text = s.change(text)
		}
		if _, err := conn.Write(s.frame(text)); err != nil {
			return
		}
	}
	if s.IntN(2) == 0 {
		time.Sleep(s.N(20 * time.Millisecond)) // some are gone before they are heard, some are not
	}
}

// N is rand.N of a stranger.
func (s stranger) N(most time.Duration) time.Duration { return time.Duration(s.Int64N(int64(most))) }

// poll speaks Socket.IO by polling, in one connection that is kept alive.
func (s stranger) poll(conn net.Conn, host string) {
	in := bufio.NewReader(conn)
	sid := "none"
	for range 1 + s.IntN(8) {
		path := "/socket.io/?EIO=" + pick(s, []string{"4", "4", "3", "2", "", "44"}) + "&transport=" + pick(s, []string{"polling", "polling", "polling", "websocket", "x"})
		if s.IntN(5) > 0 && sid != "none" {
			path += "&sid=" + sid
		}
		method, body := "GET", ""
		if s.IntN(2) == 0 {
			method, body = "POST", pick(s, socketDoors[0].packets)
			if s.IntN(2) == 0 {
				body += "\x1e" + pick(s, socketDoors[0].packets)
			}
			if s.IntN(2) == 0 {
				body = string(s.change([]byte(body)))
			}
		}
		request := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", method, path, host, len(body), body)
		if s.IntN(16) == 0 {
			request = s.change(request)
		}
		if _, err := conn.Write(request); err != nil {
			return
		}
		_ = conn.SetReadDeadline(time.Now().Add(s.N(200 * time.Millisecond)))
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return // a poll that is open, or the end
		}
		answer, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			return
		}
		if found := sessionID.FindSubmatch(answer); found != nil {
			sid = string(found[1])
		}
	}
}

// change flips, leaves out, repeats or moves some of a text.
func (s stranger) change(text []byte) []byte {
	text = bytes.Clone(text)
	for range 1 + s.IntN(4) {
		if len(text) == 0 {
			return []byte{byte(s.Uint32())}
		}
		from := s.IntN(len(text))
		to := from + s.IntN(min(len(text)-from, 16)+1)
		switch s.IntN(5) {
		case 0:
			text[from] ^= 1 << s.IntN(8)
		case 1:
			text = append(text[:from:from], text[to:]...)
		case 2:
			text = append(text[:to:to], text[from:]...)
		case 3:
			text = append(text[:from:from], append(fmt.Append(nil, s.Int64()), text[to:]...)...)
		default:
			text = append(text[:from:from], append(bytes.Repeat([]byte{text[from]}, s.IntN(1000)), text[to:]...)...)
		}
	}
	return text
}

// frame puts a text in a WebSocket frame, or in something like one.
func (s stranger) frame(text []byte) []byte {
	head := []byte{0x81, 0}
	if s.IntN(8) == 0 {
		head[0] = byte(s.Uint32()) // any opcode, bits that are reserved, a fragment
	}
	switch n := len(text); {
	case n < 126:
		head[1] = byte(n)
	case n < 1<<16:
		head[1] = 126
		head = binary.BigEndian.AppendUint16(head, uint16(n))
	default:
		head[1] = 127
		head = binary.BigEndian.AppendUint64(head, uint64(n))
	}
	if s.IntN(32) == 0 {
		head[1] = byte(s.Uint32()) // a length that is not true, or no mask
	} else {
		head[1] |= 0x80
	}
	mask := [4]byte{byte(s.Uint32()), byte(s.Uint32()), 1, 2}
	out := slices.Concat(head, mask[:], text)
	for i := range text {
		out[len(head)+4+i] ^= mask[i%4]
	}
	if s.IntN(16) == 0 {
		out = out[:s.IntN(len(out))]
	}
	return out
}

// socketDoors are the doors by WebSocket, and what clients say there.
var socketDoors = []struct{ paths, packets []string }{
	{
		paths: []string{
			"/socket.io/?EIO=4&transport=websocket", "/socket.io/?EIO=4&transport=websocket", "/socket.io/?EIO=3&transport=websocket",
			"/socket.io/?EIO=4&transport=websocket&sid=none", "/socket.io/?EIO=5&transport=websocket", "/socket.io/?transport=websocket",
		},
		packets: []string{
			"2", "3", "2probe", "3probe", "5", "6", "1", "0{}", "40", "40/ws,", `40/ws,{"token":"x"}`, "41", "41/ws,", "44/ws,{}",
			`42["message",{"a":1}]`, `42/ws,["message","x"]`, `42/ws,7["publish",{"namespace":"/ws","event":"e","data":1}]`, `42/ws,["subscribe",{"rooms":["a"]}]`,
			`43/ws,7["ok"]`, `451-/ws,["message",{"_placeholder":true,"num":0}]`, `452-["a",{"_placeholder":true,"num":9}]`, "bAAAA", "b", "46", "4", "", "12:42[\"a\",1]2:40",
		},
	},
	{
		paths: []string{"/websocket", "/websocket?namespace=/ws"},
		packets: []string{
			`{"type":"subscribe","namespace":"/ws"}`, `{"type":"subscribe","namespace":"/ws","rooms":["a","b"],"last":5}`, `{"type":"unsubscribe","namespace":"/ws"}`,
			`{"type":"publish","namespace":"/ws","event":"e","data":{"a":[1,2,{"b":null}]}}`, `{"type":"publish","id":7,"event":"e","data":1}`,
			`{"type":"auth","key":"x"}`, `{"type":"ping"}`, `[]`, `{}`, ``,
		},
	},
	{
		paths:   []string{"/api/v1/feed", "/api/v1/feed?q=event:tick"},
		packets: []string{`{"type":"view","query":"event:tick"}`, `{"type":"view"}`, `{"type":"series","series":[]}`, `{}`, `x`},
	},
}

func pick[T any](s stranger, from []T) T { return from[s.IntN(len(from))] }
