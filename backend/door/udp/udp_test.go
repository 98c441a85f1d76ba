package udp_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"emitscope/backend/door/udp"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// hub takes drafts, and refuses the events "full", "wrong" and "end".
type hub struct {
	mu    sync.Mutex
	taken []msg.Draft
	most  int // bytes offered at once
}

func (h *hub) AcceptEach(drafts []msg.Draft, refused func(i int, why error)) (got msg.Receipt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	bytesNow := 0
	for _, d := range drafts {
		bytesNow += len(d.Payload)
	}
	h.most = max(h.most, bytesNow)
	var stops error
	for i, d := range drafts {
		switch {
		case d.Event == "end" || stops != nil:
			stops = fault.Newf(fault.Stopping, "the hub is stopping")
			refused(i, stops)
			continue
		case d.Event == "full":
			refused(i, fault.Newf(fault.Full, "the lane is full"))
			continue
		case d.Event == "wrong":
			refused(i, fault.Newf(fault.Invalid, "the name is wrong"))
			continue
		}
		d.Payload = bytes.Clone(d.Payload) // as intake does
		h.taken = append(h.taken, d)
		got.Accepted++
	}
	return got
}

func (h *hub) all() (texts []string, last msg.Draft) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range h.taken {
		texts = append(texts, d.Namespace+" "+d.Event+" "+string(d.Payload))
		last = d
	}
	return texts, last
}

// open runs a door on a free port, and returns what sends a datagram to it.
func open(t testing.TB, o udp.Options) (*udp.Door, func(text string)) {
	t.Helper()
	testkit.NoLeaks(t)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Shared == nil {
		o.Shared = func() bool { return false }
	}
	o.Namespace = "/udp"
	door, err := udp.Listen("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- door.Run(ctx) }()
	conn, err := net.Dial("udp", door.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
	return door, func(text string) {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestEachLineOfADatagramIsAMessage(t *testing.T) {
	h := &hub{}
	door, send := open(t, udp.Options{Intake: h})
	send("temp:23.4\r\n\nhumidity:40§%\n")
	testkit.Eventually(t, func() bool { return door.Counts().Accepted == 2 }, "two messages")
	got, last := h.all()
	if want := `/udp temp {"value":23.4}` + "\n" + `/udp humidity {"value":40,"unit":"%"}`; strings.Join(got, "\n") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := (msg.Origin{Door: msg.DoorUDP, Address: "127.0.0.1", Local: true}); last.Origin != want {
		t.Errorf("got %+v, want %+v", last.Origin, want)
	}
}

func TestALargeDatagramIsHandedInWholeThoughInParts(t *testing.T) {
	h := &hub{}
	door, send := open(t, udp.Options{Intake: h})
	var text strings.Builder
	for i := range 1000 { // 6 KB: some systems send no more than 9
		fmt.Fprintf(&text, "n:%d\n", i)
	}
	send(text.String())
	testkit.Eventually(t, func() bool { return door.Counts().Accepted == 1000 }, "all messages")
	got, _ := h.all()
	for i, text := range got {
		if want := fmt.Sprintf(`/udp n {"value":%d}`, i); text != want {
			t.Fatalf("message %d: got %s, want %s", i, text, want)
		}
	}
}

func TestWhatIsRefusedIsCountedAndHoldsNothingElseUp(t *testing.T) {
	h := &hub{}
	door, send := open(t, udp.Options{Intake: h})
	send("full:1\na:1\nwrong:1\nnonsense\nb:1\n")
	send("c:1\nend:1\nd:1")
	send("\xff\xfe")
	want := msg.UDPCounts{Datagrams: 3, Accepted: 3, Invalid: 3, Refused: 3}
	testkit.Eventually(t, func() bool { return door.Counts() == want }, fmt.Sprintf("%+v", want))
}

// Each value of a line repeats its unit, so a small datagram can say much.
func TestWhatIsHandedInAtOnceIsBoundedInBytes(t *testing.T) {
	h := &hub{}
	door, send := open(t, udp.Options{Intake: h})
	send(strings.Repeat("v:"+strings.Repeat("1;", 80)+"§"+strings.Repeat("\x01", 2000)+"\n", 3)) // nearly a MB a line
	testkit.Eventually(t, func() bool { return door.Counts().Accepted == 240 }, "all messages")
	h.mu.Lock()
	defer h.mu.Unlock()
	if most := 2 << 20; h.most > most {
		t.Errorf("got %d bytes at once, want at most %d", h.most, most)
	}
}

func TestRefusalsAreLoggedOnceAMinuteAndWithoutWhatWasSent(t *testing.T) {
	var mu sync.Mutex
	var log strings.Builder
	h := &hub{}
	door, send := open(t, udp.Options{Intake: h, Log: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))})
	for range 50 {
		send("secret nonsense")
	}
	testkit.Eventually(t, func() bool { return door.Counts().Invalid == 50 }, "all lines")
	mu.Lock()
	defer mu.Unlock()
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "invalid_lines=1") || strings.Contains(got, "secret") {
		t.Errorf("got %q, want one line", got)
	}
}

type locked struct {
	mu *sync.Mutex
	to *strings.Builder
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// A datagram of another machine is taken only while the hub is shared, and only from
// where the settings say. What the network would say of its source is made up.
func TestOthersMaySendFromWhereTheSettingsSayWhileTheHubIsShared(t *testing.T) {
	var shared atomic.Bool
	door, err := udp.Listen("127.0.0.1:0", udp.Options{
		Intake: &hub{}, Namespace: "/udp", Shared: shared.Load, Log: slog.New(slog.DiscardHandler),
		From: []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fe80::/10")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	for from, want := range map[string]bool{"192.168.1.7": true, "::ffff:192.168.1.7": true, "fe80::1%eth0": true, "192.168.2.7": false, "2001:db8::1": false} {
		for _, on := range []bool{false, true} {
			shared.Store(on)
			before := door.Counts()
			door.Take([]byte("v:1"), netip.MustParseAddr(from))
			after := door.Counts()
			if taken := after.Accepted > before.Accepted; taken != (want && on) || taken == (after.WrongSource > before.WrongSource) {
				t.Errorf("%s, shared %v: got %v, want %v", from, on, taken, want && on)
			}
		}
	}
}

// The door and its parser alone, without network and lanes: one datagram of ten lines.
func BenchmarkTake(b *testing.B) {
	door, err := udp.Listen("127.0.0.1:0", udp.Options{Intake: taker{}, Namespace: "/udp", Shared: func() bool { return false }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer door.Close()
	text, from := []byte(strings.Repeat("temperature:1627551892437:23.4§°C\n", 10)), netip.MustParseAddr("127.0.0.1")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		door.Take(text, from)
	}
}

type taker struct{}

func (taker) AcceptEach(drafts []msg.Draft, _ func(int, error)) msg.Receipt {
	return msg.Receipt{Accepted: len(drafts)}
}
