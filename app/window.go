//go:build desktop || bindings || dev

package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed" // the icon
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/config"
	"emitscope/frontend"
)

// first is what the program does when it is not told what to do.
type first struct {
	Window windowCommand `cmd:"" default:"withargs" help:"Open the window, with the hub inside. The default."`
	Serve  serveCommand  `cmd:"" help:"Run the hub without a window."`
}

type windowCommand struct {
	settingsFlags
	Hidden bool   `help:"Do not show the window: the hub runs in the background, and the next start shows it."`
	Open   string `arg:"" optional:"" placeholder:"FILE.emitscope" help:"A recording to show."`
}

// Validate refuses what is no recording's file: most likely it is a command that there
// is not.
func (c *windowCommand) Validate() error {
	if c.Open != "" && !isRecording(c.Open) {
		return fmt.Errorf("%s is neither a command nor a recording, whose file ends in %s", c.Open, recordingEnding)
	}
	return nil
}

// errNoDisplay says that there is nothing a window could open on.
var errNoDisplay = errors.New("there is no display")

// Run shows the window until it is closed. Without a display it serves.
func (c *windowCommand) Run(ctx context.Context, p Process) error {
	err := errNoDisplay
	if hasDisplay() {
		drawWithoutDriver()
		err = c.show(ctx, p)
	}
	if !errors.Is(err, errNoDisplay) {
		return err
	}
	fmt.Fprintf(p.Stderr, "%s: %v; serving without a window\n", p.Name, err)
	return (&serveCommand{c.settingsFlags}).Run(ctx, p)
}

// resolve makes the path of the file to open whole, also in the arguments that Wails
// hands to the first window: it says a wrong folder beside them on some systems.
func (c *windowCommand) resolve(args []string) {
	whole, err := filepath.Abs(c.Open)
	if c.Open == "" || err != nil {
		return
	}
	for i, a := range args {
		if a == c.Open {
			args[i] = whole
		}
	}
	c.Open = whole
}

// show opens the window, and returns when it is closed and the hub inside has
// stopped. Nothing is opened or changed before the window is there, because
// Wails also runs the program up to that point to see what the page may call.
func (c *windowCommand) show(ctx context.Context, p Process) error {
	dataDir := config.Defaults().DataDir
	if cfg, err := c.load(); err == nil { // else the page says what is wrong
		dataDir = cfg.DataDir
	}
	c.resolve(os.Args)
	w := &Window{
		flags: c.settingsFlags, process: p, place: readPlace(dataDir), hidden: c.Hidden,
		started: make(chan struct{}), over: make(chan struct{}), taken: map[string]string{},
	}
	if c.Open != "" {
		w.openLater(c.Open)
	}
	err := w.open(ctx, dataDir)
	close(w.over)
	stopped := w.stop()
	w.opening.Wait()
	return errors.Join(err, stopped)
}

// open runs the window's loop until somebody quits, or ctx ends.
func (w *Window) open(ctx context.Context, dataDir string) (err error) {
	o, err := w.options(dataDir)
	if err != nil {
		return err
	}
	var shown context.Context // what Wails knows the window by
	turning, closed := make(chan struct{}), make(chan struct{})
	o.Menu = menuIn(w.words(), w.menuActs(func() context.Context { <-turning; return shown }))
	o.OnStartup = func(c context.Context) {
		desktop.WindowGetSize(c) // answered by the loop; before it turns, a Quit is lost
		shown = c
		w.mu.Lock()
		w.toolkit = w.toolkitOf(c)
		w.mu.Unlock()
		close(turning)
		w.settle(c)
	}
	o.OnBeforeClose = func(context.Context) (prevent bool) {
		<-turning
		return !w.mayLeave() || !w.leave(shown)
	}
	o.SingleInstanceLock.OnSecondInstanceLaunch = func(second options.SecondInstanceData) {
		<-turning
		w.secondStart(second.Args)
	}
	o.Mac = &mac.Options{OnFileOpen: w.openLater}

	var beside sync.WaitGroup
	aside, leave := context.WithCancel(ctx)
	defer beside.Wait()
	defer leave()
	beside.Go(func() {
		if untilTray(aside) {
			select {
			case <-turning:
				w.tray.start(w.words(), w.trayActs(shown))
			case <-closed:
			}
		}
	})
	beside.Go(func() {
		select {
		case <-turning:
			w.watchUpdates(aside)
		case <-closed:
		}
	})
	beside.Go(func() {
		select {
		case <-turning:
		case <-closed:
			return
		}
		select {
		case <-ctx.Done():
			w.Leave("stop")
		case <-closed:
		}
	})
	defer close(closed)
	defer func() {
		select {
		case <-turning:
		default: // GTK panics when the display does not let it in
			if cause := recover(); cause != nil {
				err = fmt.Errorf("%w that can be used: %v", errNoDisplay, cause)
			}
		}
	}()
	defer w.tray.stop()
	return wails.Run(o)
}

// toolkitOf returns what Wails does to the window.
func (w *Window) toolkitOf(c context.Context) toolkit {
	return toolkit{
		send: func(a Act) { desktop.EventsEmit(c, actEvent, a) },
		show: func(wasHidden bool) {
			desktop.WindowShow(c)
			if wasHidden {
				w.arrive(c)
			}
			desktop.WindowUnminimise(c) // and raises it
		},
		hide: func() {
			w.keepPlace(c)
			desktop.WindowHide(c)
		},
		quit: func() { desktop.Quit(c) },
		speak: func(words words) {
			w.tray.speak(words)
			if canRelabel {
				desktop.MenuSetApplicationMenu(c, menuIn(words, w.menuActs(func() context.Context { return c })))
			}
		},
		notify:   notifier(c),
		askWhere: func(o desktop.SaveDialogOptions) (string, error) { return desktop.SaveFileDialog(c, o) },
		askWhich: func(o desktop.OpenDialogOptions) (string, error) { return desktop.OpenFileDialog(c, o) },
	}
}

// settle does what is to be done once the window is there.
func (w *Window) settle(c context.Context) {
	w.mu.Lock()
	hidden, zoom := w.hidden, w.place.Zoom
	w.mu.Unlock()
	if zoom != 1 {
		zoomTo(zoom)
	}
	if !hidden {
		w.arrive(c)
		return
	}
	if w.Start(0).URL == "" { // the page says why
		w.bring()
	}
}

// secondStart shows the window, and what the second start was to open.
func (w *Window) secondStart(args []string) {
	w.bring()
	if file := fileIn(args); file != "" {
		w.openLater(file)
	}
}

// fileIn returns the recording that a command line is to open.
func fileIn(args []string) string {
	i := slices.IndexFunc(args, func(a string) bool { return isRecording(a) && filepath.IsAbs(a) })
	if i < 0 {
		return ""
	}
	return args[i]
}

// words returns those around the page, in its language.
func (w *Window) words() words {
	w.mu.Lock()
	defer w.mu.Unlock()
	return wordsIn(cmp.Or(w.place.Language, languageOf(os.Getenv)))
}

// menuActs is what the menu does. window waits for the window.
func (w *Window) menuActs(window func() context.Context) menuActs {
	return menuActs{
		open: func() { w.bring(); w.askAndOpen() }, browser: func() { w.browse(window()) }, quit: w.end, zoom: w.Zoom,
		page: func(name string) { w.tell(Act{Name: name}) },
		fullScreen: func() {
			if c := window(); desktop.WindowIsFullscreen(c) {
				desktop.WindowUnfullscreen(c)
			} else {
				desktop.WindowFullscreen(c)
			}
		},
	}
}

// trayActs is what the tray does.
func (w *Window) trayActs(c context.Context) trayActs {
	return trayActs{
		show: w.bring, quit: w.end, browser: func() { w.browse(c) },
		record: func() { w.tell(Act{Name: "record"}) },
	}
}

// browse opens the hub's page in the system's browser.
func (w *Window) browse(c context.Context) {
	w.mu.Lock()
	in := w.hub
	w.mu.Unlock()
	if in != nil {
		desktop.BrowserOpenURL(c, in.url)
	}
}

//go:embed icon.png
var icon []byte

// The smallest window is a phone's width, for which the interface has a layout.
const (
	leastWidth  = 480
	leastHeight = 480
)

// pagePolicy is the window's content security policy. The page that shows what
// strangers send must not be able to run it; it allows what the hub allows the same
// page in a browser. But here the hub is elsewhere, and where it is, the settings
// say, which are read only when the page asks for it.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self' http: ws:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (w *Window) options(dataDir string) (*options.App, error) {
	page, err := fs.Sub(frontend.Dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the interface: %w", err)
	}
	return &options.App{
		Title: "Emitscope", Width: w.place.Width, Height: w.place.Height, MinWidth: leastWidth, MinHeight: leastHeight,
		BackgroundColour: w.place.surface(), WindowStartState: w.place.state(), StartHidden: w.hidden,
		AssetServer:              &assetserver.Options{Assets: page, Middleware: withPolicy},
		Bind:                     []any{w},
		SingleInstanceLock:       &options.SingleInstanceLock{UniqueId: instanceOf(dataDir)},
		EnableDefaultContextMenu: true,                                           // the page shows it where there is text to cut and paste
		DragAndDrop:              &options.DragAndDrop{DisableWebViewDrop: true}, // a file dropped here would replace the page
		Windows:                  &windows.Options{Messages: w.words().missingView(), IsZoomControlEnabled: true},
		Linux:                    &linux.Options{Icon: icon, ProgramName: "emitscope", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}, nil
}

// instanceOf names the one window that a data folder may have.
func instanceOf(dataDir string) string {
	return fmt.Sprintf("emitscope_%x", sha256.Sum256([]byte(dataDir)))[:32]
}

func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", pagePolicy)
		next.ServeHTTP(rw, r)
	})
}
