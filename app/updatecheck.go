package app

import (
	"context"
	"fmt"

	"emitscope/backend/config"
	"emitscope/backend/update"
)

type updateCommand struct{ settingsFlags }

// Run asks once, and prints what there is.
func (c *updateCommand) Run(ctx context.Context, p Process) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	news, err := update.Check(ctx, sourceOf(cfg), p.Version)
	if err != nil {
		return err
	}
	if !news.Newer {
		_, err = fmt.Fprintf(p.Stdout, "Emitscope %s is the newest; the address has %s.\n", p.Version, news.Version)
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "Emitscope %s is there; this is %s.\n", news.Version, p.Version)
	if err == nil && news.Notes != "" {
		_, err = fmt.Fprintf(p.Stdout, "\n%s\n", news.Notes)
	}
	if err == nil && news.Link != "" {
		_, err = fmt.Fprintf(p.Stdout, "\n%s\n", news.Link)
	}
	return err
}

// sourceOf is where the settings say that news are.
func sourceOf(cfg config.Config) update.Source {
	return update.Source{URL: cfg.Updates.URL, Key: cfg.Updates.Key}
}
