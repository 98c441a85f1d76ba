package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"emitscope/backend/config"
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
	left, err := hub.Run(ctx)
	fmt.Fprintln(p.Stdout, farewell(left))
	return err
}

// openHub builds the hub, opens its port, and says where it is.
func openHub(cfg config.Config, p Process) (hub *server.Server, url string, err error) {
	if hub, err = server.New(cfg, p.Version, newLog(p.Stderr, cfg)); err != nil {
		return nil, "", err
	}
	addr, err := hub.Listen()
	if err != nil {
		hub.Close()
		return nil, "", err
	}
	url = webAddress(addr)
	reach := "this machine only"
	if cfg.LAN {
		reach = "shared on the LAN"
	}
	fmt.Fprintf(p.Stdout, "Emitscope %s: %s (%s)\n", p.Version, url, reach)
	if key := hub.NewKey(); key != "" {
		fmt.Fprintf(p.Stdout, "Key for other machines, shown only now: %s\n", key)
	}
	return hub, url, nil
}

// farewell names what was still waiting at the end.
func farewell(left map[string]int) string {
	if len(left) == 0 {
		return "Stopped; nothing was waiting."
	}
	total := 0
	var parts []string
	for _, namespace := range slices.Sorted(maps.Keys(left)) {
		total += left[namespace]
		parts = append(parts, fmt.Sprintf("%s %d", namespace, left[namespace]))
	}
	return fmt.Sprintf("Stopped; %d messages were not sent: %s.", total, strings.Join(parts, ", "))
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

// Run checks the settings.
func (c *configCheck) Run(p Process) error {
	if _, err := c.load(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.Stdout, "The settings are fine.")
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
