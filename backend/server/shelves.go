package server

import (
	"log/slog"
	"path/filepath"

	"emitscope/backend/config"
	"emitscope/backend/door/rest"
	"emitscope/backend/msg"
	"emitscope/backend/shelf"
)

// maxQueries is how many queries people may save: more are found in no menu.
const maxQueries = 200

// openQueries returns the saved queries.
func openQueries(dataDir string, log *slog.Logger) (*shelf.Shelf, error) {
	const around = 1024 // what JSON may add to a query
	return shelf.Open(shelf.Options{
		Path: filepath.Join(dataDir, "queries.json"), Kind: "query", Max: maxQueries, MaxBytes: 2*msg.MaxQuery + around,
		Check: rest.CheckSavedQuery, Write: config.WriteFileAtomic, Log: log,
	})
}
