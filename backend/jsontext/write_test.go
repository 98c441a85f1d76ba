package jsontext_test

import (
	"encoding/json"
	"testing"

	"emitscope/backend/jsontext"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"plain", `"\`, "\x00\x1f\x7f", "é\u2028", "a\xffb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := jsontext.AppendString(nil, s)
		var got string
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q: %s: %v", s, text, err)
		}
		if want := string([]rune(s)); got != want {
			t.Fatalf("%q: got %q, want %q", s, got, want)
		}
	})
}
