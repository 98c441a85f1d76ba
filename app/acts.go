//go:build desktop || bindings || dev

package app

// Act is something that happened outside the page and is for the page to do or to
// show: a menu's entry was chosen, a file was opened, somebody closes the window.
type Act struct {
	Name string `json:"name"`
	Text string `json:"text"` // such as the name of a recording, or what is wrong
	Code string `json:"code"` // of a fault
	Hint string `json:"hint"` // what to do about it
	// Of the act "leave": what would end with the hub.
	Recordings int `json:"recordings"`
	Clients    int `json:"clients"`
}

// actEvent is what the toolkit's event is called that brings an Act to the page.
const actEvent = "act"

// mostActs bounds what waits for a page that does not come, such as one of a hub
// that cannot start.
const mostActs = 32

// tell has the page do something: at once, or once it listens.
func (w *Window) tell(a Act) {
	w.mu.Lock()
	send := w.send
	if !w.listening || send == nil {
		if len(w.waiting) < mostActs {
			w.waiting = append(w.waiting, a)
		}
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	send(a)
}

// Listen is said by a page that takes acts from now on. It has what waited for it.
func (w *Window) Listen() []Act {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listening = true
	waited := w.waiting
	w.waiting = nil
	if waited == nil {
		waited = []Act{} // null is no list
	}
	return waited
}

// listens reports whether a page is there to ask somebody something.
func (w *Window) listens() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.listening
}
