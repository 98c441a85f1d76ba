package server_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

func TestOneSocketIOClientGetsAMessageAndItsAckComesBack(t *testing.T) {
	h := startHub(t, nil)
	s, other := socketIO(t, h.url, ""), socketIO(t, h.url, "")
	hub, err := client.New(h.url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hub.Close)
	var list wire.ClientList
	if err := json.Unmarshal([]byte(body(t, h.url+"/api/v1/clients?sort=oldest")), &list); err != nil || len(list.Clients) != 2 {
		t.Fatalf("got %+v, %v; want two clients", list, err)
	}
	go func() { // the program of the client
		text, err := s.read()
		id := regexp.MustCompile(`^42/x,(\d+)\["reload",\{"now":true\}\]$`).FindStringSubmatch(text)
		if err != nil || id == nil {
			t.Errorf("the client got %q, %v; want the event with an id", text, err)
			return
		}
		s.send("43/x," + id[1] + `[{"version":9007199254740993}]`)
	}()
	got, err := hub.Ask(t.Context(), list.Clients[0].ID, wire.DirectMessage{Namespace: "/x", Event: "reload", Data: json.RawMessage(`{"now":true}`), Ack: "10s"})
	if err != nil || string(got.Data) != `{"version":9007199254740993}` || got.Seq == 0 {
		t.Fatalf("got %+v, %v; want what the client said", got, err)
	}

	if _, err := hub.PublishTo(t.Context(), list.Clients[1].ID, wire.DirectMessage{Namespace: "/x", Event: "alone"}); err != nil {
		t.Fatal(err)
	}
	other.until(`42/x,["alone",null]`) // and nothing of the other one's before it
	if _, err := hub.Ask(t.Context(), list.Clients[0].ID, wire.DirectMessage{Namespace: "/x", Event: "e", Ack: "1ms"}); fault.From(err).Code != "ack_timeout" {
		t.Errorf("got %v from a client that does not answer, want ack_timeout", err)
	}
}
