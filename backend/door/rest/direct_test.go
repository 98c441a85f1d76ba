package rest_test

import (
	"net/http"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

const toClient = "/api/v1/clients/sio%2F1/messages"

func TestAMessageForOneClientIsHandedInForItsSocket(t *testing.T) {
	h := startHub(t)
	a := decode[wire.Accepted](t, h.ask(http.MethodPost, toClient, `{"event":"e","data":[1],"args":true}`), http.StatusAccepted)
	d := h.taken()[0]
	if a.Accepted != 1 || d.To != "sio/1" || d.Namespace != "/ws" || string(d.Payload) != "[1]" || !d.Spread || d.Ack != nil || d.Origin.Door != msg.DoorREST {
		t.Errorf("got %+v for %+v", d, a)
	}
}

func TestAMessageForOneClientThatCannotGetItIsRefused(t *testing.T) {
	h := startHub(t)
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{toClient, `{"event":"e","namespace":"/other"}`, http.StatusConflict, "not_in_namespace"},
		{toClient, `{"event":"e","namespace":"other"}`, http.StatusBadRequest, "invalid_namespace"},
		{toClient, `{"event":"e","rooms":["a"]}`, http.StatusBadRequest, "unknown_field"},
		{toClient, `{"event":"e","ack":"0s"}`, http.StatusBadRequest, "invalid_ack"},
		{toClient, `{"event":"e","ack":"61s"}`, http.StatusBadRequest, "invalid_ack"},
		{toClient, `{"event":"e","ack":"soon"}`, http.StatusBadRequest, "invalid_ack"},
		{toClient, `{"event":"e","attachments":["AA=="]}`, http.StatusBadRequest, "invalid_attachment"},
		{"/api/v1/clients/ws%2F1/messages", `{"event":"e","ack":"1s"}`, http.StatusConflict, "no_acks"},
		{"/api/v1/clients/nobody/messages", `{"event":"e"}`, http.StatusNotFound, "not_found"},
	} {
		wantError(t, h.ask(http.MethodPost, c.path, c.body), c.status, c.code)
	}
	if got := h.taken(); len(got) > 0 {
		t.Errorf("got %+v taken, want nothing", got)
	}
}

// ackOf waits for the draft of that number, counted from 0.
func (h *hub) ackOf(n int) *msg.Ack {
	for {
		if all := h.taken(); len(all) > n {
			return all[n].Ack
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAnAckIsAnsweredWithWhatTheClientSaid(t *testing.T) {
	h := startHub(t)
	go func() {
		h.ackOf(0).Answered(msg.Answer{Payload: []byte(`[9007199254740993,2]`), Spread: true, RoundTrip: 1500 * time.Microsecond})
	}()
	got := decode[wire.Acked](t, h.ask(http.MethodPost, toClient, `{"event":"e","ack":"10s"}`), http.StatusOK)
	if string(got.Data) != `[9007199254740993,2]` || !got.Args || got.RoundTrip != "1.5ms" || got.Seq == 0 {
		t.Errorf("got %+v", got)
	}
	go func() {
		h.ackOf(1).Answered(msg.Answer{Err: fault.Newf(fault.NotFound, "gone").WithCode("client_left")})
	}()
	if e := wantError(t, h.ask(http.MethodPost, toClient, `{"event":"e","ack":"10s"}`), http.StatusNotFound, "client_left"); e.FirstSeq == 0 {
		t.Errorf("got %+v, want the number of the message, which was sent", e)
	}
}

func TestAnAckThatDoesNotComeIsNotWaitedForLonger(t *testing.T) {
	h := startHub(t)
	e := wantError(t, h.ask(http.MethodPost, toClient, `{"event":"e","ack":"1ms"}`), http.StatusGatewayTimeout, "ack_timeout")
	if e.FirstSeq == 0 || h.ackOf(0).Within != time.Millisecond {
		t.Errorf("got %+v within %v, want the message's number, and 1ms", e, h.ackOf(0).Within)
	}
}
