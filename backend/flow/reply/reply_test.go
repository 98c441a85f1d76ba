package reply_test

import (
	"testing"

	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
)

func TestTheBuiltInRuleAnswersMessageOnWS(t *testing.T) {
	rules := reply.New(reply.BuiltIn())
	got, ok := rules.Answer(&msg.Message{Namespace: "/ws", Event: "message", Origin: msg.Origin{Client: "s1"}})
	if !ok || got.Namespace != "/ws" || got.Event != "message_back" || string(got.Payload) != `{"result":"OK"}` || got.To != "s1" {
		t.Errorf(`got %+v, %v, want message_back {"result":"OK"} to s1`, got, ok)
	}
	for _, m := range []*msg.Message{{Namespace: "/ws", Event: "other"}, {Namespace: "/x", Event: "message"}} {
		if got, ok := rules.Answer(m); ok {
			t.Errorf("%s %s: got %+v, want no answer", m.Namespace, m.Event, got)
		}
	}
}
