// Package reply answers what clients say: when a client emits an event on a
// namespace, it gets another event back.
package reply

import "emitscope/backend/msg"

// Rule answers one event on one namespace.
type Rule struct {
	Namespace string // where the client said it
	Event     string // what it said
	Reply     string // the event it gets back, on the same namespace
	Data      string // JSON
}

// Rules are the answers in force. They are fixed once made, so all methods may
// be called from any goroutine.
type Rules struct{ rules []Rule }

// BuiltIn is the rule every hub starts with.
func BuiltIn() Rule {
	return Rule{Namespace: "/ws", Event: "message", Reply: "message_back", Data: `{"result":"OK"}`}
}

// New returns these rules; the first that fits an event answers it.
func New(rules ...Rule) *Rules { return &Rules{rules: rules} }

// Answer returns the reply to what a client said, addressed to its socket, and
// whether there is one.
func (r *Rules) Answer(m *msg.Message) (msg.Draft, bool) {
	for _, rule := range r.rules {
		if rule.Namespace == m.Namespace && rule.Event == m.Event {
			return msg.Draft{
				Namespace: m.Namespace, Event: rule.Reply, Payload: []byte(rule.Data),
				To: m.Origin.Client, Origin: msg.Origin{Door: msg.DoorReply},
			}, true
		}
	}
	return msg.Draft{}, false
}
