package msg_test

import (
	"errors"
	"strings"
	"testing"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestNamesThatAreShownOtherwiseThanWrittenAreRefused(t *testing.T) {
	for name, ok := range map[string]bool{
		"tick": true, "日本 λ": true, "שלום": true, "👩\u200d💻": true,
		"line\nbreak": false, "\x00": false, "\xff": false,
		"\u202etxt.exe": false, "a\u2066b": false, "a\u200fb": false, "\u061c": false,
	} {
		for what, err := range map[string]error{
			"event": msg.CheckEvent(name), "room": msg.CheckRooms([]string{name}), "namespace": msg.CheckNamespace("/" + strings.ReplaceAll(name, " ", "")),
		} {
			if (err == nil) != ok || err != nil && !errors.Is(err, fault.Invalid) {
				t.Errorf("%s %q: got %v, want it taken: %t", what, name, err, ok)
			}
		}
	}
}
