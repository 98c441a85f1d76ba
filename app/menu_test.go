//go:build desktop

package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/wailsapp/wails/v2/pkg/menu"
)

// entries lists what can be chosen of a menu, by its words.
func entries(m *menu.Menu) map[string]*menu.MenuItem {
	all := map[string]*menu.MenuItem{}
	for _, item := range m.Items {
		if item.SubMenu != nil {
			for label, below := range entries(item.SubMenu) {
				all[label] = below
			}
		} else if item.Click != nil {
			all[item.Label] = item
		}
	}
	return all
}

func TestEveryEntryOfTheMenuDoesSomething(t *testing.T) {
	done := make(chan string)
	say := func(name string) func() { return func() { done <- name } }
	all := entries(menuIn(wordsIn("en"), menuActs{
		open: say("open"), browser: say("browser"), fullScreen: say("full screen"), quit: say("quit"),
		zoom: func(int) { done <- "zoom" }, page: func(name string) { done <- name },
	}))
	var got []string
	for _, item := range all {
		item.Click(&menu.CallbackData{MenuItem: item})
		got = append(got, <-done)
	}
	for _, want := range []string{"open", "record", "keep", "export", "settings", "live", "timing", "clients", "tape", "compose", "find", "help", "browser", "updates", "about", "full screen"} {
		if !slices.Contains(got, want) {
			t.Errorf("nothing does %q", want)
		}
	}
}

// A key of the menu never comes to the page, so the page's own are not the menu's.
func TestTheMenuTakesNoKeyOfThePage(t *testing.T) {
	for label, item := range entries(menuIn(wordsIn("en"), menuActs{})) {
		if a := item.Accelerator; a != nil && (len(a.Modifiers) == 0 && !strings.HasPrefix(a.Key, "f") || slices.Contains([]string{"k", "s", "enter", "a", "c", "v", "x", "z"}, a.Key)) {
			t.Errorf("%s has the key %v, which the page has", label, a)
		}
	}
}
