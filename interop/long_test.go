package interop

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// lengthOf returns for how long a test goes on: as usual, unless a variable of the
// environment says otherwise.
func lengthOf(t *testing.T, variable string, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return length
}

// seedOf returns what chance begins with, which EMITSCOPE_SEED repeats.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("EMITSCOPE_SEED")
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}
