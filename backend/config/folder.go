package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"emitscope/backend/fault"
)

// defaultDataDir is where this system keeps what a program remembers for its
// user; empty when the system does not say.
func defaultDataDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return dataDir(runtime.GOOS, os.Getenv, home)
}

func dataDir(system string, env func(string) string, home string) string {
	var base, name string
	switch system {
	case "windows":
		base, name = env("LocalAppData"), "Emitscope"
	case "darwin":
		base, name = inHome(home, "Library", "Application Support"), "Emitscope"
	default:
		base, name = env("XDG_DATA_HOME"), "emitscope"
		if !filepath.IsAbs(base) { // unset, or to be ignored by its specification
			base = inHome(home, ".local", "share")
		}
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, name)
}

func inHome(home string, parts ...string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(append([]string{home}, parts...)...)
}

// PrepareDataDir makes the data folder, readable by its owner only, and proves
// that files can be written into it. The error says which folder, why, and what
// to do.
func PrepareDataDir(dir string) error {
	if err := tryFolder(dir); err != nil {
		return fault.Newf(fault.Conflict, "the data folder cannot be used: %v", err).WithCode("data_dir").
			WithHint("make %s writable, or name another folder with --data-dir", dir)
	}
	return nil
}

func tryFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// WriteFileAtomic writes data to the file at path so that, whatever happens,
// afterwards there is either the old file or the new one, whole. It waits until
// the disk has it. Of concurrent calls for one path, the last rename wins.
func WriteFileAtomic(path string, data []byte, perm fs.FileMode) error {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "." // an empty one would mean the system's folder for temporary files
	}
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return err
	}
	err = fill(f, data, perm)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

func fill(f *os.File, data []byte, perm fs.FileMode) error {
	if err := f.Chmod(perm); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// syncFolder makes a rename survive a power cut. Windows has no such thing for
// folders, and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
