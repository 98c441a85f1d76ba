package server

import (
	"log/slog"
	"path/filepath"

	"emitscope/backend/config"
	"emitscope/backend/door/rest"
	"emitscope/backend/query"
	"emitscope/backend/shelf"
)

// maxQueries is how many queries people may save: more are found in no menu.
const maxQueries = 200

// Bounds of the boards: more are found in no menu, and one may have 31 series with
// a query each.
const (
	maxBoards     = 100
	maxBoardBytes = 256 << 10
)

// openQueries returns the saved queries.
func openQueries(dataDir string, log *slog.Logger) (*shelf.Shelf, error) {
	const around = 1024 // what JSON may add to a query
	return shelf.Open(shelf.Options{
		Path: filepath.Join(dataDir, "queries.json"), Kind: "query", Max: maxQueries, MaxBytes: 2*query.MaxBytes + around,
		Check: rest.CheckSavedQuery, Write: config.WriteFileAtomic, Log: log,
	})
}

// openBoards returns the boards.
func openBoards(dataDir string, log *slog.Logger) (*shelf.Shelf, error) {
	return shelf.Open(shelf.Options{
		Path: filepath.Join(dataDir, "boards.json"), Kind: "board", Max: maxBoards, MaxBytes: maxBoardBytes,
		Check: rest.CheckBoard, Write: config.WriteFileAtomic, Log: log,
	})
}

// Bounds of the saved drafts: one may have attachments.
const (
	maxDrafts     = 100
	maxDraftBytes = 256 << 10
)

// openDrafts returns the messages that people saved to send them again.
func openDrafts(dataDir string, log *slog.Logger) (*shelf.Shelf, error) {
	return shelf.Open(shelf.Options{
		Path: filepath.Join(dataDir, "drafts.json"), Kind: "draft", Max: maxDrafts, MaxBytes: maxDraftBytes,
		Check: rest.CheckDraft, Write: config.WriteFileAtomic, Log: log,
	})
}
