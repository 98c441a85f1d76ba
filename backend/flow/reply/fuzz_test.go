package reply_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
)

// FuzzRule asks for what nothing may change: a rule that passed Check replies with
// valid JSON, in its own event, whatever a client says.
func FuzzRule(f *testing.F) {
	f.Add("data.x>1", `{"a":{{data.x}},"b":"{{data.y}}{{event}}"}`, "e", `{"x":2,"y":"\"}"}`)
	f.Add("", `{{data}}`, "\u2028</script>", `"{\"a\":1}"`)
	f.Add("-event:e OR \"x", "[{{pick 1 2}},{{rand 1 9}}]", "", `[1,[2]]`)
	f.Fuzz(func(t *testing.T, query, data, event, payload string) {
		r := rule("r", func(r *msg.Rule) { r.Query, r.Data, r.Event = query, data, event })
		if reply.Check(r) != nil {
			return
		}
		var compact bytes.Buffer
		if !utf8.ValidString(payload) || json.Compact(&compact, []byte(payload)) != nil {
			return
		}
		h := newHub(t, r)
		m := said(compact.String())
		m.Event = event
		h.Heard(m)
		for _, d := range h.taken() {
			if d.Event != "back" || d.To != "s1" || d.Said || !json.Valid(d.Payload) {
				t.Errorf("got %+v with %s, want back to s1, valid", d, d.Payload)
			}
		}
	})
}
