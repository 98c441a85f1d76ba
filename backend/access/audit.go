package access

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

const (
	maxEntries = 1000
	// alikeFor is for how long an act that repeats is counted in one entry: one
	// program that connects a thousand times must not push out all the others.
	alikeFor = time.Minute
	// alikeIn is among how many of the newest entries one alike is looked for.
	alikeIn = 32
)

// Audit remembers the last 1000 acts, and logs each as it happens. All methods
// may be called from any goroutine.
type Audit struct {
	log    *slog.Logger
	logged gate // connections and refusals, which others cause

	mu      sync.Mutex
	entries []msg.AuditEntry // oldest first; more than are shown, so that few are moved
	newest  uint64           // id
}

// NewAudit returns an Audit without entries.
func NewAudit(log *slog.Logger) *Audit { return &Audit{log: log} }

// Note remembers that something was done just now. Acts that are alike and come
// within a minute are one entry, with a count.
func (a *Audit) Note(act msg.Act) {
	if !a.isNew(act) {
		return
	}
	level, suppressed := slog.LevelInfo, 0
	switch act.Kind {
	case msg.Connected:
		level = slog.LevelDebug // doors log each, too
	case msg.Refused:
		var ok bool
		if suppressed, ok = a.logged.pass(); !ok {
			return
		}
		level = slog.LevelWarn
	}
	attributes := append(make([]slog.Attr, 0, 7), slog.String("act", string(act.Kind)))
	if act.By.Address.IsValid() { // else nobody did it
		attributes = append(attributes, slog.String("address", act.By.Address.String()))
	}
	for _, a := range []slog.Attr{
		slog.String("key", act.By.Key), slog.String("door", string(act.Door)),
		slog.String("subject", fault.Clip(act.Subject)), slog.String("detail", fault.Clip(act.Detail)),
	} {
		if a.Value.String() != "" {
			attributes = append(attributes, a)
		}
	}
	if suppressed > 0 {
		attributes = append(attributes, slog.Int("suppressed", suppressed))
	}
	a.log.LogAttrs(context.Background(), level, "Audit", attributes...)
}

// isNew notes the act, and reports whether it made an entry of its own.
func (a *Audit) isNew(act msg.Act) bool {
	act.Subject, act.Detail = fault.Clip(act.Subject), fault.Clip(act.Detail)
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.entries) - 1; i >= max(0, len(a.entries)-alikeIn); i-- {
		if have := &a.entries[i]; isAlike(have.Act, act) && now.Sub(have.First) < alikeFor {
			have.Last = now
			have.Count++
			return false
		}
	}
	a.newest++
	a.entries = append(a.entries, msg.AuditEntry{Act: act, ID: a.newest, First: now, Last: now, Count: 1})
	if len(a.entries) == 2*maxEntries {
		a.entries = slices.Clone(a.entries[maxEntries:])
	}
	return true
}

// isAlike reports whether two acts are one entry. Of refusals it does not matter
// what exactly was wrong: that is what the refused one has written, who could fill
// the list with it.
func isAlike(a, b msg.Act) bool {
	if a.Kind == msg.Refused {
		a.Detail, b.Detail = "", ""
		a.By.Key, b.By.Key = "", ""
		a.By.Scopes, b.By.Scopes = 0, 0
	}
	return a == b
}

// Page returns at most limit entries older than the one with the id before,
// newest first; before 0 means from the newest.
func (a *Audit) Page(before uint64, limit int) []msg.AuditEntry {
	a.mu.Lock()
	defer a.mu.Unlock()
	var page []msg.AuditEntry
	for i := len(a.entries) - 1; i >= max(0, len(a.entries)-maxEntries) && len(page) < limit; i-- {
		if before == 0 || a.entries[i].ID < before {
			page = append(page, a.entries[i])
		}
	}
	return page
}
