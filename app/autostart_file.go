//go:build (desktop || bindings || dev) && (linux || darwin)

package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func writeAutostart(program string, args []string) error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	_, err = writeWhole(file, strings.NewReader(autostartEntry(program, args)))
	return err
}

func removeAutostart() error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
