package link

import (
	"encoding/binary"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// goodBytes is what heads.walk should return for b in one piece, worked out frame
// by frame.
func goodBytes(b []byte, most int) int {
	frames := 0
	for at := 0; at < len(b); {
		if b[at]&0x0F < 8 {
			if frames++; frames > most {
				return at
			}
			if b[at]&0x80 != 0 {
				frames = 0
			}
		}
		rest := b[at:]
		if len(rest) < 2 {
			break
		}
		head, size := 2, uint64(rest[1]&0x7F)
		switch {
		case size == 126 && len(rest) < 4 || size == 127 && len(rest) < 10:
			return len(b)
		case size == 126:
			head, size = 4, uint64(binary.BigEndian.Uint16(rest[2:]))
		case size == 127:
			head, size = 10, binary.BigEndian.Uint64(rest[2:])
		}
		switch {
		case size == 1 && b[at]&0x0F == 8:
			return at + 1 // half a code
		case size > math.MaxInt64:
			return at + head - 1
		case rest[1]&0x80 != 0:
			head += 4
		}
		if size > uint64(len(b)) || head+int(size) > len(rest) {
			break
		}
		at += head + int(size)
	}
	return len(b)
}

// FuzzHeads cuts b into pieces, whose lengths are the bytes of cuts, again and again.
func FuzzHeads(f *testing.F) {
	whole := append(Text("hello"), Binary(make([]byte, 300))...)
	parts := []byte{0x01, 0x80, 1, 2, 3, 4, 0x00, 0x81, 1, 2, 3, 4, 5, 0x89, 0x80, 1, 2, 3, 4, 0x80, 0xFE, 0, 2, 1, 2, 3, 4, 5, 6, 0x81, 0}
	f.Add(whole, []byte{}, uint8(1))
	f.Add(whole, []byte{1}, uint8(1))
	f.Add(parts, []byte{3, 1}, uint8(3))
	f.Add(parts, []byte{200}, uint8(2))
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1}, []byte{1}, uint8(1))
	f.Add([]byte{0x88, 0x81, 1, 2, 3, 4, 5, 0x81, 0}, []byte{}, uint8(1))
	f.Fuzz(func(t *testing.T, b, cuts []byte, most uint8) {
		h := heads{most: int32(most)}
		got := 0
		for i := 0; got < len(b); i++ {
			n := len(b) - got
			if len(cuts) > 0 {
				n = min(n, int(cuts[i%len(cuts)])+1)
			}
			good := h.walk(b[got : got+n])
			got += good
			if good < n {
				break
			}
		}
		if want := goodBytes(b, int(most)); got != want {
			t.Fatalf("got %d bytes of %x, want %d", got, b, want)
		}
	})
}

func TestWalkingHeadersAllocatesNothing(t *testing.T) {
	b := append(Text("hello"), Binary(make([]byte, 300))...)
	h := heads{most: 1}
	if n := testing.AllocsPerRun(100, func() { h.walk(b) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// A connection that only counts what is read must not stand between the outbox and
// the system call that takes many frames at once.
func TestFramesAreWrittenToTheNetworkConnectionItself(t *testing.T) {
	made := make(chan *Conn, 1)
	u := NewUpgrader(Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r)
		if err != nil {
			t.Error(err)
		}
		made <- c
	}))
	defer server.Close()
	client, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	response.Body.Close()
	c := <-made
	defer c.Cut()
	if _, ok := c.raw.(*net.TCPConn); !ok {
		t.Errorf("got a %T to write to, want the TCP connection", c.raw)
	}
}

// BenchmarkHeads walks what one read gives of a fast producer's frames.
func BenchmarkHeads(b *testing.B) {
	var frames []byte
	for len(frames) < 1<<10 {
		frames = append(append(frames, 0x81, 0xFE, 0, 200, 1, 2, 3, 4), make([]byte, 200)...)
	}
	h := heads{most: DefaultMaxFragments}
	b.SetBytes(int64(len(frames)))
	for b.Loop() {
		h.walk(frames)
	}
}
