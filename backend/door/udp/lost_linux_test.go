package udp_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"emitscope/backend/door/udp"
	"emitscope/backend/internal/testkit"
)

func TestWhatTheSystemHadNoRoomForIsCounted(t *testing.T) {
	testkit.NoLeaks(t)
	door, err := udp.Listen("127.0.0.1:0", udp.Options{Intake: taker{}, Namespace: "/udp", Shared: func() bool { return false }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", door.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := uint64(0)
	send := func(text string) {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		sent++
	}
	for range 10_000 { // 60 MB, while nobody reads
		send("v:1" + strings.Repeat("\n", 6000))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- door.Run(ctx) }()
	testkit.Eventually(t, func() bool {
		send("v:2") // with it the system says what was lost before
		got := door.Counts()
		return got.Lost > 0 && got.Lost+got.Datagrams == sent
	}, "that each datagram was read or counted as lost")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}
