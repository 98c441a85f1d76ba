package server

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// kinds says what is in the files of the data folder.
func kinds() map[string]msg.FileKind {
	return map[string]msg.FileKind{
		"sequence": msg.FileSequence, "keys.json": msg.FileKeys, "lanes.json": msg.FileLanes, "tls.crt": msg.FileCertificate,
		"tls.key": msg.FilePrivateKey, "window.json": msg.FileWindow, "lock": msg.FileLock,
		"queries.json": msg.FileQueries, "boards.json": msg.FileBoards, "drafts.json": msg.FileDrafts, "rules.json": msg.FileRules, "simulators.json": msg.FileSimulators,
		"alerts.json": msg.FileAlerts,
	}
}

// About returns what the hub is, and what it keeps on disk. Files that cannot be
// looked at are left out.
func (s *Server) About() msg.About {
	about := msg.About{
		Version: s.version, Started: s.started, System: runtime.GOOS, Machine: runtime.GOARCH,
		DataDir: s.cfg.DataDir, SettingsFile: s.cfg.File, UDP: s.aboutUDP(),
	}
	if whole, err := filepath.Abs(s.cfg.DataDir); err == nil {
		about.DataDir = whole
	}
	known := kinds()
	for name, info := range s.files() {
		kind := cmp.Or(known[name], msg.FileOther)
		if isRecording(name) {
			kind = msg.FileRecording
		}
		about.Files = append(about.Files, msg.KeptFile{Name: name, Bytes: info.Size(), Kind: kind})
	}
	slices.SortFunc(about.Files, func(a, b msg.KeptFile) int { return cmp.Compare(a.Name, b.Name) })
	return about
}

// files finds every whole file of the data folder, by its name with slashes. One
// that begins with a dot is being written.
func (s *Server) files() map[string]fs.FileInfo {
	found := map[string]fs.FileInfo{}
	_ = filepath.WalkDir(s.cfg.DataDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(entry.Name(), ".") || !entry.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(s.cfg.DataDir, path)
		if info, gone := entry.Info(); err == nil && gone == nil {
			found[filepath.ToSlash(name)] = info
		}
		return nil
	})
	return found
}

// Backup writes every file of the data folder as a zip, but for what a thief could
// use, the lock, and recordings: each is a file that can be copied by itself, and
// together they may be larger than a disk for backups has room.
func (s *Server) Backup(by msg.Caller, to io.Writer) error {
	s.audit.Note(msg.Act{Kind: msg.BackupMade, By: by, Door: msg.DoorREST})
	out := zip.NewWriter(to)
	for _, file := range s.About().Files {
		if file.Kind == msg.FileLock || file.Kind == msg.FileRecording || file.Kind == msg.FilePrivateKey || strings.HasSuffix(file.Name, ".key") {
			continue
		}
		if err := s.pack(out, file.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("pack %s: %w", file.Name, err)
		}
	}
	return out.Close()
}

// pack adds a file, which is replaced as a whole when it changes. One with a
// private key in it, whatever it is called, is left out.
func (s *Server) pack(out *zip.Writer, name string) error {
	file, err := os.Open(filepath.Join(s.cfg.DataDir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer file.Close()
	const mostPEM = 64 << 10 // bytes: a key beside a long chain of certificates
	from := bufio.NewReaderSize(file, mostPEM)
	if head, _ := from.Peek(mostPEM); bytes.Contains(head, []byte("PRIVATE KEY-----")) { // the error comes again when the rest is read
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header, err := zip.FileInfoHeader(info)
	if err != nil {
		return err
	}
	header.Name, header.Method = name, zip.Deflate
	to, err := out.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// Clear forgets the recent messages, in memory and in the flight recorder, and tells
// the viewers. Recordings stay.
func (s *Server) Clear(by msg.Caller) (messages int) {
	messages = s.recent.Clear()
	s.tape.Forget()
	s.audit.Note(msg.Act{Kind: msg.MessagesCleared, By: by, Door: msg.DoorREST})
	s.inform(wire.FeedCleared{Type: "cleared"})
	return messages
}

// Erase forgets all that was handed to the hub and all that people set while it
// ran, in memory and on disk, and goes on. Who came in with a key is disconnected.
// What stays makes the hub who it is: message numbers, which are never given out
// twice, and its certificate, which others have seen.
func (s *Server) Erase(by msg.Caller) (msg.Erased, error) {
	erased := msg.Erased{Messages: s.Clear(by), Lanes: s.lanes.resetAll()}
	var err error
	if erased.Keys, err = s.keys.RevokeAll(); err != nil {
		return erased, err
	}
	s.doors.expel(func(c msg.Caller) bool { return c.Key != "" }, errRevoked()) // whatever else fails
	_, _ = s.replay.Stop()                                                      // there may be none
	erased.Recordings, err = s.tape.Clear()
	if err := errors.Join(err, s.queries.Clear(), s.boards.Clear(), s.drafts.Clear(), s.made.Clear(), s.rules.Clear(), s.alerts.Clear()); err != nil {
		return erased, err
	}
	s.audit.Note(msg.Act{Kind: msg.DataDeleted, By: by, Door: msg.DoorREST})
	return erased, s.removeAside()
}

// removeAside deletes damaged files that were set aside: they hold what was in them.
func (s *Server) removeAside() error {
	var failed error
	for name := range s.files() {
		if strings.Contains(name, ".damaged-") {
			failed = errors.Join(failed, os.Remove(filepath.Join(s.cfg.DataDir, filepath.FromSlash(name))))
		}
	}
	return failed
}
