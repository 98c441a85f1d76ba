package server

import (
	"context"
	"log/slog"
	"os"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/trial/experiment"
)

// newLab returns what makes the experiment. Every step is told to the viewers.
func (s *Server) newLab() *experiment.Lab {
	return experiment.New(experiment.Options{
		OpenHub: func() (string, func(), error) { return openPlainHub(s.version) }, Version: s.version,
		Changed: func(e msg.Experiment) {
			s.inform(wire.FeedExperiment{Type: "experiment", Experiment: wire.ExperimentOf(e)})
		},
	})
}

// openPlainHub starts a hub for the experiment alone: a whole one in this process,
// with nobody's settings but the defaults. A namespace of this hub would do as
// well, but its messages would push people's own out of the recent ones, count in
// their figures, and wait for an emitter that has other lanes; and the other ways
// have a server of their own, too.
func openPlainHub(version string) (url string, end func(), err error) {
	folder, err := os.MkdirTemp("", "emitscope-experiment-")
	if err != nil {
		return "", nil, err
	}
	forget := func() { _ = os.RemoveAll(folder) } // in the system's folder for such
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", folder, false
	hub, err := New(cfg, version, slog.New(slog.DiscardHandler)) // what goes wrong shows in the experiment
	if err != nil {
		forget()
		return "", nil, err
	}
	addr, err := hub.Listen()
	if err != nil {
		hub.Close()
		forget()
		return "", nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = hub.Run(ctx) // nobody waits for what was left
	}()
	return "http://" + addr.String(), func() {
		stop()
		<-ended
		forget()
	}, nil
}
