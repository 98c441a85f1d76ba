//go:build desktop || bindings || dev

package app

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// askFor is how long the window waits for its hub to say what would end with it.
const askFor = time.Second

// mayLeave reports whether the window may be closed now: nothing would be cut off,
// somebody has agreed to it, or there is no page to ask on. Else the page asks.
func (w *Window) mayLeave() bool {
	w.mu.Lock()
	agreed := w.agreed || w.closing || w.unheard // a page that did not hear the last question does not hear this one
	hub := w.hub
	w.mu.Unlock()
	if agreed || hub == nil || !w.listens() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	recordings, clients := endingWith(ctx, hub.url)
	if recordings == 0 && clients == 0 {
		return true
	}
	w.bring()
	w.mu.Lock()
	w.unheard = true
	w.mu.Unlock()
	w.tell(Act{Name: "leave", Recordings: recordings, Clients: clients})
	return false
}

// endingWith counts what would end with a hub: recordings that run, and clients on
// other machines. A hub that does not say has nothing that could be kept.
func endingWith(ctx context.Context, url string) (recordings, clients int) {
	hub, err := client.New(url, "")
	if err != nil {
		return 0, 0
	}
	defer hub.Close()
	if all, err := hub.Recordings(ctx); err == nil {
		for _, r := range all {
			if r.State == string(msg.RecordingRuns) {
				recordings++
			}
		}
	}
	body, err := hub.Fetch(ctx, "/api/v1/clients?limit=20000")
	if err != nil {
		return recordings, 0
	}
	defer body.Close()
	var list wire.ClientList
	if json.NewDecoder(body).Decode(&list) != nil {
		return recordings, 0
	}
	for _, c := range list.Clients {
		if isElsewhere(c.Address) {
			clients++
		}
	}
	return recordings, clients
}

// isElsewhere reports whether a client's address is another machine's.
func isElsewhere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return ip != nil && !ip.IsLoopback()
}

// Heard is said by a page that asks its reader whether to leave.
func (w *Window) Heard() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unheard = false
}

// Leave is what the reader answered: "background" hides the window, and the hub goes
// on until a second start shows it again; "stop" ends both. Anything else ends neither.
func (w *Window) Leave(how string) {
	switch how {
	case "background":
		w.goBack()
		words := w.words()
		w.Notify(words.GoesOn, words.GoesOnHow, "background") // else nobody knows how to come back
	case "stop":
		w.mu.Lock()
		w.agreed = true
		w.mu.Unlock()
		w.end()
	}
}

// goBack hides the window, and keeps where it was.
func (w *Window) goBack() {
	w.mu.Lock()
	hide, already := w.hide, w.hidden
	w.mu.Unlock()
	if hide == nil || already {
		return
	}
	hide()
	w.mu.Lock()
	w.hidden = true
	w.mu.Unlock()
}

// bring shows the window, wherever it was put.
func (w *Window) bring() {
	w.mu.Lock()
	show := w.show
	wasHidden := w.hidden
	w.hidden = false
	w.mu.Unlock()
	if show != nil {
		show(wasHidden)
	}
}

// end closes the window as a person would.
func (w *Window) end() {
	w.mu.Lock()
	quit := w.quit
	w.mu.Unlock()
	if quit != nil {
		quit()
	}
}
