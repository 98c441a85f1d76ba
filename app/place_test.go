//go:build desktop

package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAPlaceIsReadAsItWasSaved(t *testing.T) {
	dir := t.TempDir()
	want := place{
		Width: 900, Height: 700, X: -3, Y: 40, Maximised: true, Screen: size{1920, 1080}, Surface: colour{1, 2, 3},
		Frame: darkFrame(), Language: "zh", Zoom: 1.2,
	}
	if err := want.save(dir); err != nil {
		t.Fatal(err)
	}
	if got := readPlace(dir); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPlaceThatMakesNoSenseIsTheFirst(t *testing.T) {
	first := readPlace(t.TempDir())
	for name, text := range map[string]string{
		"empty": "", "not JSON": "{", "too small": `{"width":10,"height":700}`, "too large": `{"width":900,"height":1000000}`,
		"another type": `{"width":"wide"}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, placeFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readPlace(dir); got != first {
			t.Errorf("%s: got %+v, want %+v", name, got, first)
		}
	}
}
