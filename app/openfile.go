//go:build desktop || bindings || dev

package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/client"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// recordingEnding is how the name of a recording's own file ends.
const recordingEnding = ".emitscope"

// isRecording reports whether a file is called like a recording.
func isRecording(path string) bool {
	return strings.EqualFold(filepath.Ext(path), recordingEnding)
}

// openLater shows the recording of a file once the hub runs.
func (w *Window) openLater(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return
	}
	w.opening.Go(func() {
		select {
		case <-w.started:
			w.openFile(path)
		case <-w.over:
		}
	})
}

// openFile shows the recording that a file is, on the screen Tape: one of the hub's
// own is chosen there, another is imported before.
func (w *Window) openFile(path string) {
	name, err := w.takeIn(path)
	if err == nil {
		w.tell(Act{Name: "recording", Text: name})
		return
	}
	a := Act{Name: "unopened", Text: err.Error()} // its details are this user's own
	var f *fault.Error
	if errors.As(err, &f) {
		a.Code, a.Text, a.Hint = f.Code, f.Message, f.Hint
	}
	w.tell(a)
}

// takeIn returns the name of the hub's recording that a file is.
func (w *Window) takeIn(path string) (name string, err error) {
	w.mu.Lock()
	in := w.hub
	w.mu.Unlock()
	if in == nil {
		return "", fault.Newf(fault.Stopping, "the hub does not run")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fault.Newf(fault.NotFound, "there is no file %s", path)
	case err != nil:
		return "", fmt.Errorf("%s cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return "", fault.Newf(fault.Invalid, "%s is no file", path)
	case !isRecording(path):
		return "", fault.Newf(fault.Invalid, "%s is not called like a recording, whose name ends in %s", filepath.Base(path), recordingEnding).
			WithHint("JSON lines and tables are taken in by Import on the screen Tape")
	}
	name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if isWithin(in.dataDir, path) {
		return name, nil
	}
	// A file that was opened before is not taken in again, unless it has changed.
	version := fmt.Sprintf("%s\n%d\n%d", path, info.Size(), info.ModTime().UnixNano())
	w.mu.Lock()
	known := w.taken[version]
	w.mu.Unlock()
	hub, err := client.New(in.url, "")
	if err != nil {
		return "", err
	}
	defer hub.Close()
	if known != "" {
		if _, err := hub.Recording(context.Background(), known); err == nil {
			return known, nil
		}
	}
	name, err = importAs(context.Background(), hub, name, path)
	if err == nil {
		w.mu.Lock()
		w.taken[version] = name
		w.mu.Unlock()
	}
	return name, err
}

// mostCopies is under how many names a file is tried to be taken in.
const mostCopies = 20

// importAs takes a file in under a name, or one like it that is free.
func importAs(ctx context.Context, hub *client.Client, wanted, path string) (name string, err error) {
	wanted = clipName(wanted)
	for n := 1; n <= mostCopies; n++ {
		if name = wanted; n > 1 {
			name = fmt.Sprintf("%s (%d)", wanted, n)
		}
		if err = importFile(ctx, hub, name, path); err == nil {
			return name, nil
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "recording_exists" {
			return "", err
		}
	}
	return "", err
}

func importFile(ctx context.Context, hub *client.Client, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = hub.Import(ctx, client.Imported{Name: name, Format: "emitscope"}, file)
	return err
}

// clipName makes of a file's name what can name a recording, with room for a number.
func clipName(name string) string {
	const most = 58 // characters; a recording's name has at most 64
	return strings.Trim(msg.RecordingNameOf(name, ' ', most), ". ")
}

// isWithin reports whether a file is a recording in a hub's own folder.
func isWithin(dataDir, path string) bool {
	own, err := os.Stat(filepath.Join(dataDir, "recordings"))
	if err != nil {
		return false
	}
	its, err := os.Stat(filepath.Dir(path))
	return err == nil && os.SameFile(own, its)
}

// askAndOpen has a person choose a recording, and shows it.
func (w *Window) askAndOpen() {
	w.mu.Lock()
	ask := w.askWhich
	w.mu.Unlock()
	if ask == nil {
		return
	}
	file, err := ask(desktop.OpenDialogOptions{
		Title:   "Emitscope: *" + recordingEnding, // the same in every language
		Filters: []desktop.FileFilter{{DisplayName: "*" + recordingEnding, Pattern: "*" + recordingEnding}},
	})
	if err == nil && file != "" {
		w.openLater(file)
	}
}
