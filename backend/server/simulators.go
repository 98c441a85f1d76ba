package server

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"emitscope/backend/config"
	"emitscope/backend/shelf"
	"emitscope/backend/simulate"
)

// openSimulators returns the simulators. A data folder that never had any gets those
// of the demo.
func (s *Server) openSimulators() (*demo, error) {
	path := filepath.Join(s.cfg.DataDir, "simulators.json")
	_, missing := os.Stat(path)
	kept, err := shelf.Open(shelf.Options{
		Path: path, Kind: "simulator", Max: simulate.MaxSimulators, MaxBytes: simulate.MaxBytes,
		Check: simulate.Check, Write: config.WriteFileAtomic, Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	all := simulate.New(s.intake, kept, s.log)
	if errors.Is(missing, fs.ErrNotExist) {
		err = all.AddDemo()
	}
	return newDemo(all, s.ownURL, s.log), err
}
