//go:build desktop

package app

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestOnlyColoursGetIntoTheMenusStyle(t *testing.T) {
	if !darkFrame().isWhole() {
		t.Error("the frame of the beginning is no palette")
	}
	w := &Window{place: place{Frame: darkFrame()}}
	w.Paint("#000000", "#111111", "red; } * {", "#222222", "#333333")
	if w.place.Frame != darkFrame() {
		t.Errorf("got %+v, want it refused", w.place.Frame)
	}
	css := palette{"#000001", "#000002", "#000003", "#000004", "#000005"}.css()
	for _, colour := range []string{"#000001", "#000002", "#000003", "#000004", "#000005"} {
		if !strings.Contains(css, colour) {
			t.Errorf("%s is not in\n%s", colour, css)
		}
	}
	if strings.Contains(css, "%!") {
		t.Errorf("a verb went wrong:\n%s", css)
	}
}

func TestTheZoomStaysWithinItsBounds(t *testing.T) {
	for from, want := range map[float64]float64{0: 1, 1: 1, 1.1: 1.1, 0.1: leastZoom, -3: leastZoom, 9: mostZoom, math.Inf(1): mostZoom} {
		if got := clampZoom(from); got != want {
			t.Errorf("%v: got %v, want %v", from, got, want)
		}
	}
	if got := clampZoom(math.NaN()); got != 1 {
		t.Errorf("not a number: got %v, want 1", got)
	}
}

func TestTheWordsAreInTheReadersLanguageAndAllThere(t *testing.T) {
	env := func(values map[string]string) func(string) string {
		return func(name string) string { return values[name] }
	}
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{}, "en"},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, "zh"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"},
		{map[string]string{"LANG": "en_US.UTF-8", "LANGUAGE": "zh:en"}, "zh"},
		{map[string]string{"LANG": "C", "LANGUAGE": "zh:en"}, "en"},
	} {
		if got := languageOf(env(c.env)); got != c.want {
			t.Errorf("%v: got %s, want %s", c.env, got, c.want)
		}
	}
	if wordsIn("zh").File == wordsIn("en").File || wordsIn("xx") != wordsIn("en") {
		t.Error("Chinese has no words of its own, or an unknown language has")
	}
	for _, tag := range []string{"en", "zh"} {
		if empty := emptyOf(wordsIn(tag)); len(empty) > 0 {
			t.Errorf("%s: no words for %v", tag, empty)
		}
	}
}

// emptyOf lists the words that a language has not.
func emptyOf(w words) (names []string) {
	v := reflect.ValueOf(w)
	for i := range v.NumField() {
		if v.Field(i).String() == "" {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}
