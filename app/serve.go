package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/server"
)

// settingsFlags are the settings and where their file is.
type settingsFlags struct {
	File             string `name:"config" placeholder:"FILE" env:"EMITSCOPE_CONFIG" help:"Settings file (default: config.toml in the system's own settings folder)."`
	config.Overrides `embed:""`
}

// load returns the settings in force: flag over environment over file over default.
func (f settingsFlags) load() (config.Config, error) {
	cfg, err := config.Load(f.File)
	if err != nil {
		return config.Config{}, err
	}
	return cfg.Apply(f.Overrides)
}

type serveCommand struct{ settingsFlags }

// Run serves until interrupted.
func (c *serveCommand) Run(ctx context.Context, p Process) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	hub, _, err := openHub(cfg, p)
	if err != nil {
		return err
	}
	return runHub(ctx, hub, p.Stdout, " Ctrl-C again ends at once.")
}

// openHub builds the hub, opens its port, and says where it is.
func openHub(cfg config.Config, p Process) (hub *server.Server, url string, err error) {
	makePlaces()
	if hub, err = server.New(cfg, p.Version, newLog(p.Stderr, cfg)); err != nil {
		return nil, "", err
	}
	addr, err := hub.Listen()
	if err != nil {
		hub.Close()
		return nil, "", err
	}
	state := wire.SharingOf(hub.Sharing())
	url = webAddress(addr, cfg)
	if !cfg.LAN {
		fmt.Fprintf(p.Stdout, "Emitscope %s: %s (this machine only)\n", p.Version, url)
		return hub, url, nil
	}
	fmt.Fprintf(p.Stdout, "Emitscope %s: %s (shared on the LAN)\n", p.Version, url)
	for _, a := range state.Addresses {
		fmt.Fprintf(p.Stdout, "  %s (%s)\n", a.URL, a.Kind)
	}
	writeReach(p.Stdout, p.Name, state)
	return hub, url, nil
}

// runHub runs the hub until ctx ends. It says what the hub then waits for, with
// how to cut that short, and what was left of it at the end.
func runHub(ctx context.Context, hub *server.Server, out io.Writer, cutShort string) error {
	ended := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		select {
		case <-ctx.Done():
			if waiting := hub.Waiting(); len(waiting) > 0 {
				fmt.Fprintf(out, "Stopping; up to %.0f s for what still waits: %s.%s\n", server.DrainFor.Seconds(), perNamespace(waiting), cutShort)
			}
		case <-ended:
		}
	})
	left, err := hub.Run(ctx)
	close(ended)
	telling.Wait()
	if len(left) == 0 {
		fmt.Fprintln(out, "Stopped; nothing was waiting.")
	} else {
		fmt.Fprintf(out, "Stopped; not sent: %s.\n", perNamespace(left))
	}
	return err
}

// perNamespace writes counts of messages: "300 in /ws/rt_market, 2 in /x".
func perNamespace(messages map[string]int) string {
	var parts []string
	for _, namespace := range slices.Sorted(maps.Keys(messages)) {
		parts = append(parts, fmt.Sprintf("%d in %s", messages[namespace], namespace))
	}
	return strings.Join(parts, ", ")
}

func newLog(w io.Writer, cfg config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.Level()}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

type configCommands struct {
	Check configCheck `cmd:"" help:"Say whether the settings make sense."`
	Show  configShow  `cmd:"" help:"Print the settings in force, as a settings file."`
}

type configCheck struct{ settingsFlags }

// Run checks the settings, and says which file they are from.
func (c *configCheck) Run(p Process) error {
	if _, err := c.load(); err != nil {
		return err
	}
	file := cmp.Or(c.File, config.DefaultPath())
	from := "from " + file
	if _, err := os.Stat(file); err != nil {
		from = "without a file: there is none at " + file
	}
	_, err := fmt.Fprintf(p.Stdout, "The settings are fine, %s.\n", from)
	return err
}

type configShow struct{ settingsFlags }

// Run prints the settings.
func (c *configShow) Run(p Process) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.Stdout, config.Show(cfg))
	return err
}
