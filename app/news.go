//go:build desktop || bindings || dev

package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/update"
)

// UpdateNews is what became of asking for updates.
type UpdateNews struct {
	Version string `json:"version"` // the newest
	Own     string `json:"own"`     // this one
	Newer   bool   `json:"newer"`
	Notes   string `json:"notes"`
	Link    string `json:"link"`
	Code    string `json:"code"` // of a fault; empty when there is none
	What    string `json:"what"`
	Hint    string `json:"hint"`
}

// CheckUpdates asks whether there is a newer version.
func (w *Window) CheckUpdates() UpdateNews {
	cfg, err := w.flags.load()
	var news update.News
	if err == nil {
		news, err = update.Check(context.Background(), sourceOf(cfg), w.process.Version) // it takes seconds at most
	}
	answer := UpdateNews{Version: news.Version, Own: w.process.Version, Newer: news.Newer, Notes: news.Notes, Link: news.Link}
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		answer.Code, answer.What, answer.Hint = f.Code, f.Message, f.Hint
	case err != nil:
		answer.Code, answer.What = string(fault.Internal), err.Error() // its details are this user's own
	}
	return answer
}

// askEach is how often the address for updates is asked where the settings say so.
const askEach = 24 * time.Hour

// watchUpdates asks by itself, if the settings say so, and tells of a newer version by
// a notice of the system: at most once for each.
func (w *Window) watchUpdates(ctx context.Context) {
	cfg, err := w.flags.load()
	if err != nil || !cfg.Updates.Automatic {
		return
	}
	tick := time.NewTicker(askEach)
	defer tick.Stop()
	told := ""
	for {
		news, err := update.Check(ctx, sourceOf(cfg), w.process.Version)
		if err == nil && news.Newer && news.Version != told {
			told = news.Version
			words := w.words()
			w.Notify(fmt.Sprintf(words.Newer, news.Version), words.NewerHow, "update")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
