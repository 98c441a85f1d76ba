package template_test

import (
	"bytes"
	"testing"

	"emitscope/backend/jsontext"
	"emitscope/backend/template"
)

// FuzzTemplate asks for what nothing may change: a template that was read writes
// compact JSON whatever a client says, and the same twice.
func FuzzTemplate(f *testing.F) {
	f.Add(everything, `{"a":[1,{"b":"c"}]}`, "event")
	f.Add(`{"p":-1.5e-3,"q":{{"p" + data.x[0]."k" - 0.5}}}`, `{"x":[{"k":1e300}]}`, "\"\xff")
	f.Add(`["\\{{pick "}}" "\u0022"}}{{data}}{{seq}}",{{walk -1 2}}]`, `"{\"a\":1}"`, "")
	f.Add(`{"{{event}}":{{rand -0.00 5}}}`, `[]`, "a\nb")
	f.Fuzz(func(t *testing.T, text, payload, event string) {
		tmpl, err := template.ParseReply(text)
		if err != nil {
			return
		}
		said := &template.Said{Event: event, Namespace: event, Client: event}
		said.Payload, _ = jsontext.Compact([]byte(payload))
		one, two := tmpl.Start(template.Env{Now: noon, Seed: 1}), tmpl.Start(template.Env{Now: noon, Seed: 1})
		for range 3 {
			got, err := one.Append(nil, said)
			if err != nil {
				return
			}
			again, _ := two.Append(nil, said)
			if !bytes.Equal(got, again) {
				t.Fatalf("%q: got %q and then %q, want the same", text, got, again)
			}
			bounds := jsontext.Bounds{MaxDepth: 1 << 20, MaxKeys: 1 << 20} // data may be deep already
			if compact, err := bounds.Compact(got); err != nil || !bytes.Equal(compact, got) {
				t.Fatalf("%q to %q: got %q, %v, want compact JSON", text, payload, got, err)
			}
		}
	})
}
