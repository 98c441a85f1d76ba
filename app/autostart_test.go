//go:build desktop && linux

package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestStartingAtLoginIsSwitchedOnAndOff(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("APPIMAGE", "/opt/My Apps/Emitscope.AppImage")
	file := filepath.Join(dir, "autostart", "emitscope.desktop")
	w := &Window{process: Process{Args: []string{"--config", "/etc/a b.toml", "run.emitscope"}}}
	if got := w.Autostart(); got != (Autostart{}) {
		t.Errorf("at first: got %+v, want it off", got)
	}
	if got := w.SetAutostart(true, true); got != (Autostart{On: true, Hidden: true}) {
		t.Errorf("switched on, hidden: got %+v", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := `Exec="/opt/My Apps/Emitscope.AppImage" "window" "--config" "/etc/a b.toml" "--hidden"` + "\n"; !strings.Contains(string(text), want) {
		t.Errorf("got\n%s\nwant %s", text, want)
	}
	if got := w.SetAutostart(true, false); got != (Autostart{On: true}) {
		t.Errorf("switched on, shown: got %+v", got)
	}
	for _, off := range []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"} { // as desktops do it
		if err := os.WriteFile(file, []byte("[Desktop Entry]\nExec=emitscope window\n"+off+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := w.Autostart(); got.On {
			t.Errorf("%s: got %+v, want it off", off, got)
		}
	}
	for range 2 { // also where it is off
		if got := w.SetAutostart(false, false); got != (Autostart{}) {
			t.Errorf("switched off: got %+v", got)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there (%v)", err)
	}
}

func TestWhatCannotBeSwitchedIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", file) // no folder
	if got := (&Window{}).SetAutostart(true, false); got.On || got.What == "" {
		t.Errorf("got %+v, want why not", got)
	}
}

func TestTheProgramIsStartedAtLoginAsItWasNow(t *testing.T) {
	for _, c := range []struct {
		args   []string
		hidden bool
		want   []string
	}{
		{nil, false, []string{"window"}},
		{[]string{"window", "--hidden", "--addr", "127.0.0.1:1"}, false, []string{"window", "--addr", "127.0.0.1:1"}},
		{[]string{"a.emitscope", "--lan"}, true, []string{"window", "--lan", "--hidden"}},
	} {
		if got := autostartArgs(c.args, c.hidden); !slices.Equal(got, c.want) {
			t.Errorf("%v, %v: got %v, want %v", c.args, c.hidden, got, c.want)
		}
	}
}

func TestAWordOfTheExecLineIsQuoted(t *testing.T) {
	for from, want := range map[string]string{
		`a b`: `"a b"`, `50%`: `"50%%"`, `$HOME`: `"\\$HOME"`, `a"b`: `"a\\"b"`, `a\b`: `"a\\\\b"`,
	} {
		if got := execWord(from); got != want {
			t.Errorf("%s: got %s, want %s", from, got, want)
		}
	}
}
