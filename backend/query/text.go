package query

import (
	"strings"

	"emitscope/backend/msg"
)

// textTerm looks for text in a message's event, namespace and payload, in capital
// letters or small ones. The payload is its JSON text with the escapes undone.
type textTerm struct {
	value
	pattern *pattern
}

func newTextTerm(v value) *textTerm { return &textTerm{v, newSearch(v.text, v.isGlob)} }

func (t *textTerm) match(r *msg.Record, left int) (bool, int) {
	if left = pay(left, perValue+perByte*(len(r.Event)+len(r.Namespace)+len(r.Payload))); left < 0 {
		return false, left
	}
	return found(t.pattern, r.Event, false) || found(t.pattern, r.Namespace, false) || found(t.pattern, r.Payload, true), left
}

func (t *textTerm) cost() int { return 2000 }

func (t *textTerm) write(b *strings.Builder) { t.value.write(b) }
