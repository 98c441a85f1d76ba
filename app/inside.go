//go:build desktop || bindings || dev

package app

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"

	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/config"
	"emitscope/backend/fault"
)

// Window is what the page in the desktop window may ask of its process: each of
// its exported methods can be called from there. Messages never come this way;
// the page reads them from the hub as a browser does.
type Window struct {
	flags   settingsFlags
	process Process

	started chan struct{}  // closed once the hub runs
	over    chan struct{}  // closed once the window is gone
	opening sync.WaitGroup // files that are to be shown
	tray    tray

	mu        sync.Mutex
	place     place
	hub       *inside           // nil until it is started
	taken     map[string]string // the name of each recording that was made of a file
	closing   bool
	agreed    bool  // to what ends with the hub, by a person or a signal
	unheard   bool  // the page was to ask, and has not begun to
	hidden    bool  // the window is, and the hub goes on
	listening bool  // the page takes acts
	waiting   []Act // for a page that does not yet

	toolkit
}

// toolkit is what Wails does for the window, and the system for its user. All of it is
// nil until the window is there.
type toolkit struct {
	send   func(Act) // to the page
	show   func(wasHidden bool)
	hide   func()
	quit   func() // as somebody who closes the window
	speak  func(words)
	notify func(title, body, tag string)
	// askWhere has a person say where a file is to be kept, and askWhich which file to
	// open; "": none.
	askWhere func(o desktop.SaveDialogOptions) (file string, err error)
	askWhich func(o desktop.OpenDialogOptions) (file string, err error)
}

// inside is a hub that runs behind the window.
type inside struct {
	url     string
	dataDir string
	stop    context.CancelFunc
	ended   chan struct{}
	err     error // why it broke down, once ended
}

// Started says where the hub is, or why it could not be started.
type Started struct {
	URL  string `json:"url"`
	Code string `json:"code"` // of a fault; empty when there is none
	What string `json:"what"` // what is wrong
	Hint string `json:"hint"` // what to do about it; may be empty
	// Port is the one that is taken, and NextPort one above it that is free;
	// both 0 when the fault is another, NextPort also when none is near.
	Port     int `json:"port"`
	NextPort int `json:"next_port"`
}

// Start starts the hub, as the settings say now, or at another port unless that
// is 0. A hub that runs stays as it is.
func (w *Window) Start(port int) Started {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return refused(config.Config{}, fault.Newf(fault.Stopping, "the window is closing"))
	}
	if w.hub != nil {
		return Started{URL: w.hub.url}
	}
	cfg, err := w.flags.load()
	if err == nil && port != 0 {
		host, _, _ := net.SplitHostPort(cfg.Addr) // checked when it was loaded
		cfg.Addr = net.JoinHostPort(host, strconv.Itoa(port))
	}
	if err == nil {
		err = w.start(cfg)
	}
	if err != nil {
		w.process.explain(err)
		return refused(cfg, err)
	}
	return Started{URL: w.hub.url}
}

func (w *Window) start(cfg config.Config) error {
	hub, url, err := openHub(cfg, w.process)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	in := &inside{url: url, dataDir: cfg.DataDir, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(in.ended)
		in.err = runHub(ctx, hub, w.process.Stdout, "")
	}()
	w.hub = in
	close(w.started)
	return nil
}

// stop stops the hub in order, and returns when it has ended.
func (w *Window) stop() error {
	w.mu.Lock()
	w.closing = true
	in := w.hub
	w.mu.Unlock()
	if in == nil {
		return nil
	}
	in.stop()
	<-in.ended
	return in.err
}

// refused says why a hub with these settings does not start.
func refused(cfg config.Config, err error) Started {
	var f *fault.Error
	if !errors.As(err, &f) {
		return Started{Code: string(fault.Internal), What: err.Error()} // its details are this user's own
	}
	s := Started{Code: f.Code, What: f.Message, Hint: f.Hint}
	if f.Code == "port_taken" {
		s.Port, s.NextPort = portsOf(cfg.Addr)
	}
	return s
}

// portsOf returns the port of addr, and the first free one of those above it.
func portsOf(addr string) (port, next int) {
	const most = 50
	host, text, _ := net.SplitHostPort(addr)
	port, _ = strconv.Atoi(text)
	for next = port + 1; next <= min(port+most, 65535); next++ {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(next))); err == nil {
			_ = l.Close() // nobody has come yet
			return port, next
		}
	}
	return port, 0
}
