//go:build desktop || bindings || dev

package app

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const agentName = "emitscope.login"

// autostartFile is a launch agent, which launchd reads when its user comes.
func autostartFile() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", agentName+".plist"), nil
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
	return err == nil, strings.Contains(string(text), hiddenFlag), err
}

// autostartEntry is a property list that starts a program once, at login.
func autostartEntry(program string, args []string) string {
	var list strings.Builder
	for _, word := range append([]string{program}, args...) {
		list.WriteString("\t\t<string>")
		_ = xml.EscapeText(&list, []byte(word)) // a builder takes all
		list.WriteString("</string>\n")
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
</dict>
</plist>
`, agentName, list.String())
}
