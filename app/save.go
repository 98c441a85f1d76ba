//go:build desktop || bindings || dev

package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/client"
	"emitscope/backend/fault"
)

// Saved says what became of a file that the page wanted to keep.
type Saved struct {
	Done bool   `json:"done"` // false without What: nobody wanted it any more
	What string `json:"what"` // what is wrong; empty when nothing is
	Hint string `json:"hint"` // what to do about it; may be empty
}

// Save asks where a file is to be kept, and fetches it from the hub into there,
// whole or not at all: a window shows nothing of a download, and what is fetched
// here needs no way through the page. path is one of the hub's API; name is what
// the file is called if nobody says otherwise.
func (w *Window) Save(path, name string) Saved {
	w.mu.Lock()
	hub, ask := w.hub, w.askWhere
	w.mu.Unlock()
	if hub == nil || ask == nil || !strings.HasPrefix(path, "/api/") {
		return Saved{What: "there is nothing to save"}
	}
	name = filepath.Base(name)
	file, err := ask(desktop.SaveDialogOptions{
		Title:           "Emitscope: " + name, // the same in every language
		DefaultFilename: name, CanCreateDirectories: true,
	})
	if err != nil || file == "" { // nobody chose a place
		return Saved{}
	}
	if err := fetch(hub.url, path, file); err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return Saved{What: f.Message, Hint: f.Hint}
		}
		return Saved{What: err.Error()} // its details are this user's own
	}
	return Saved{Done: true}
}

// fetch writes what the hub has at path into a file.
func fetch(url, path, file string) error {
	hub, err := client.New(url, "")
	if err != nil {
		return err
	}
	defer hub.Close()
	from, err := hub.Fetch(context.Background(), path) // it ends with the hub
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = writeWhole(file, from)
	return err
}
