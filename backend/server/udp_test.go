package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/server"
)

func withUDP(c *config.Config) { c.UDP.Listen = "127.0.0.1:0" }

// sendUDP sends a datagram to a hub.
func sendUDP(t *testing.T, h *hub, text string) {
	t.Helper()
	about, err := h.About(t.Context())
	if err != nil || about.UDP == nil {
		t.Fatalf("got %+v, %v, want where datagrams are taken", about, err)
	}
	conn, err := net.Dial("udp", about.UDP.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestADatagramIsEmittedLikeAnyMessage(t *testing.T) {
	h := startHub(t, withUDP)
	sendUDP(t, h, "temp:1627551892437:23.4§°C\nnonsense\n")
	var m wire.Message
	var from uint64
	end, err := h.Wait(t.Context(), client.Awaited{
		Watched: client.Watched{Query: "source:udp ns:/udp event:temp data.value>23"}, Count: 1, Timeout: time.Minute, After: &from,
	}, func(line []byte) error { return json.Unmarshal(line, &m) })
	if err != nil || end.End != wire.WaitMatched {
		t.Fatalf("got %+v, %v", end, err)
	}
	if string(m.Data) != `{"value":23.4,"unit":"°C"}` || m.SourceTime != "2021-07-29T09:44:52.437000000Z" || m.Origin.Door != "udp" || m.Origin.Address != "127.0.0.1" {
		t.Errorf("got %+v", m)
	}
	testkit.Eventually(t, func() bool { // a line is counted when it was handed in, and may be emitted before
		about, err := h.About(t.Context())
		return err == nil && about.UDP.Datagrams == 1 && about.UDP.Accepted == 1 && about.UDP.Invalid == 1
	}, "one datagram of one good line and a bad one")
	res, err := http.Get(h.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(text), `emitscope_udp_refused_total{why="invalid"} 1`) || !strings.Contains(string(text), "emitscope_udp_messages_total 1") || !strings.Contains(string(text), "emitscope_udp_lost_total 0") {
		t.Errorf("the metrics do not tell what came of it (%v)", err)
	}
}

func TestNoDatagramsAreTakenUntilSomebodyAsksForIt(t *testing.T) {
	h := startHub(t, nil)
	if about, err := h.About(t.Context()); err != nil || about.UDP != nil {
		t.Errorf("got %+v, %v, want none", about.UDP, err)
	}
}

func TestAPortForDatagramsThatIsTakenIsNamed(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := settings(t)
	cfg.UDP.Listen = taken.LocalAddr().String()
	s, err := server.New(cfg, "1.2.3", quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Listen(); !errors.Is(err, fault.Conflict) || !strings.Contains(err.Error(), cfg.UDP.Listen) {
		t.Errorf("got %v, want an error of kind Conflict that names the port", err)
	}
}
