package server

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"emitscope/backend/config"
	"emitscope/backend/flow/intake"
	"emitscope/backend/shelf"
	"emitscope/backend/simulate"
)

// openSimulators returns the simulators. A data folder that never had any gets those
// of the demo.
func openSimulators(dataDir string, in *intake.Intake, log *slog.Logger) (*simulate.Simulators, error) {
	path := filepath.Join(dataDir, "simulators.json")
	_, missing := os.Stat(path)
	kept, err := shelf.Open(shelf.Options{
		Path: path, Kind: "simulator", Max: simulate.MaxSimulators, MaxBytes: simulate.MaxBytes,
		Check: simulate.Check, Write: config.WriteFileAtomic, Log: log,
	})
	if err != nil {
		return nil, err
	}
	all := simulate.New(in, kept, log)
	if errors.Is(missing, fs.ErrNotExist) {
		err = all.AddDemo()
	}
	return all, err
}
