package msg_test

import (
	"errors"
	"strings"
	"testing"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestParseScopesReadsWhatStringWrites(t *testing.T) {
	for s := msg.Scopes(1); s <= msg.AllScopes; s++ {
		got, err := msg.ParseScopes(s.String())
		if err != nil || got != s {
			t.Errorf("%q: got %v, %v, want %v", s.String(), got, err, s)
		}
	}
}

func TestParseScopesNamesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{"view root": `"root" is unknown`, "": "no scope", " ": "no scope"} {
		if _, err := msg.ParseScopes(text); !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an Invalid error with %s", text, err, want)
		}
	}
}
