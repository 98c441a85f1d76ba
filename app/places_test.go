package app

import (
	"runtime"
	"testing"
)

func TestALimitOnTheCoresStaysAndOtherwiseThereAreMorePlacesThanCores(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	cores := runtime.NumCPU()
	for set, want := range map[int]int{cores: cores + sparePlaces, cores + 1: cores + 1, cores + sparePlaces: cores + sparePlaces} {
		runtime.GOMAXPROCS(set)
		makePlaces()
		if got := runtime.GOMAXPROCS(0); got != want {
			t.Errorf("with %d cores and GOMAXPROCS=%d: got %d, want %d", cores, set, got, want)
		}
	}
}
