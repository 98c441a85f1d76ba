//go:build desktop || bindings || dev

package app

import (
	"runtime"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
)

// commands of the menu that the process does by itself; all others are the page's.
type menuActs struct {
	open, browser, fullScreen, quit func()
	zoom                            func(by int)
	page                            func(name string)
}

// menuIn makes the menu above the page. Keys that the page handles (its table is
// frontend/src/lib/shortcuts.ts), and those that every text field has, are told in an
// entry's words and are not the menu's: a menu's key never comes to the page.
func menuIn(w words, do menuActs) *menu.Menu {
	bar := menu.NewMenu()
	isMac := runtime.GOOS == "darwin"
	page := func(name string) func() { return func() { do.page(name) } }
	add := func(m *menu.Menu, label string, key *keys.Accelerator, act func()) {
		m.AddText(label, key, func(*menu.CallbackData) { go act() }) // not in the toolkit's loop
	}

	if isMac {
		bar.Append(menu.AppMenu())
	}
	file := bar.AddSubmenu(w.File)
	add(file, w.Open, keys.CmdOrCtrl("o"), do.open)
	file.AddSeparator()
	add(file, w.Record, nil, page("record"))
	add(file, w.Keep, nil, page("keep"))
	add(file, w.Export, nil, page("export"))
	file.AddSeparator()
	add(file, w.Settings, keys.CmdOrCtrl(","), page("settings"))
	if !isMac {
		file.AddSeparator()
		add(file, w.Quit, keys.CmdOrCtrl("q"), do.quit)
	}

	if isMac {
		bar.Append(menu.EditMenu()) // without it the keys of text fields do nothing there
	} else {
		edit := bar.AddSubmenu(w.Edit)
		add(edit, w.Undo, nil, page("undo"))
		add(edit, w.Redo, nil, page("redo"))
		edit.AddSeparator()
		add(edit, w.Cut, nil, page("cut"))
		add(edit, w.Copy, nil, page("copy"))
		add(edit, w.Paste, nil, page("paste"))
		add(edit, w.SelectAll, nil, page("selectAll"))
	}

	view := bar.AddSubmenu(w.View)
	for _, screen := range []struct{ label, name string }{
		{w.Live, "live"}, {w.Timing, "timing"}, {w.Clients, "clients"}, {w.Tape, "tape"}, {w.Compose, "compose"},
	} {
		add(view, screen.label, nil, page(screen.name))
	}
	view.AddSeparator()
	add(view, w.Find, nil, page("find"))
	view.AddSeparator()
	if canZoom {
		add(view, w.ZoomIn, keys.CmdOrCtrl("+"), func() { do.zoom(1) })
		add(view, w.ZoomOut, keys.CmdOrCtrl("-"), func() { do.zoom(-1) })
		add(view, w.ZoomReset, keys.CmdOrCtrl("0"), func() { do.zoom(0) })
		view.AddSeparator()
	}
	fullScreen := keys.Key("f11")
	if isMac {
		fullScreen = keys.Combo("f", keys.CmdOrCtrlKey, keys.ControlKey)
	}
	add(view, w.FullScreen, fullScreen, do.fullScreen)

	help := bar.AddSubmenu(w.Help)
	add(help, w.Keys, keys.Key("f1"), page("help"))
	add(help, w.Browser, nil, do.browser)
	help.AddSeparator()
	add(help, w.Updates, nil, page("updates"))
	add(help, w.About, nil, page("about"))
	return bar
}
