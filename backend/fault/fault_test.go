package fault_test

import (
	"strings"
	"testing"

	"emitscope/backend/fault"
)

func TestClipCutsALongTextAtACharacter(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		strings.Repeat("x", 80):         strings.Repeat("x", 80),
		strings.Repeat("x", 81):         strings.Repeat("x", 80) + "…",
		"x" + strings.Repeat("é", 1000): "x" + strings.Repeat("é", 39) + "…",
	} {
		if got := fault.Clip(text); got != want {
			t.Errorf("%.100q: got %q, want %q", text, got, want)
		}
	}
}
