//go:build desktop || bindings || dev

package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// autostartFile is where desktops look for what to start (XDG Autostart).
func autostartFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "autostart", "emitscope.desktop"), nil
}

func readAutostart() (on, hidden bool, err error) {
	file, err := autostartFile()
	if err != nil {
		return false, false, err
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	on = true
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "Hidden", "X-GNOME-Autostart-enabled": // how desktops switch one off that is there
			on = on && (value == "true") == (key != "Hidden")
		case "Exec":
			hidden = strings.Contains(value, hiddenFlag)
		}
	}
	return on, hidden, nil
}

// autostartEntry is a file that starts a program, as the Desktop Entry Specification
// has it.
func autostartEntry(program string, args []string) string {
	var line strings.Builder
	for i, word := range append([]string{program}, args...) {
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(execWord(word))
	}
	return fmt.Sprintf("[Desktop Entry]\nType=Application\nName=Emitscope\nExec=%s\nIcon=emitscope\nTerminal=false\nX-GNOME-Autostart-enabled=true\n", line.String())
}

// execWord quotes a word of an Exec line: once for the line, and once more for the
// file, in which a backslash is written twice.
func execWord(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(word)
	return strings.ReplaceAll(`"`+word+`"`, `\`, `\\`)
}
