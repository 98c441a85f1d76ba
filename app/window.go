//go:build desktop || bindings || dev

package app

import (
	"context"
	"crypto/sha256"
	_ "embed" // the icon
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	desktop "github.com/wailsapp/wails/v2/pkg/runtime"

	"emitscope/backend/config"
	"emitscope/frontend"
)

// first is what the program does when it is not told what to do.
type first struct {
	Window windowCommand `cmd:"" default:"withargs" help:"Open the window, with the hub inside. The default."`
	Serve  serveCommand  `cmd:"" help:"Run the hub without a window."`
}

type windowCommand struct{ settingsFlags }

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

// show opens the window, and returns when it is closed and the hub inside has
// stopped. Nothing is opened or changed before the window is there, because
// Wails also runs the program up to that point to see what the page may call.
func (c *windowCommand) show(ctx context.Context, p Process) error {
	dataDir := config.Defaults().DataDir
	if cfg, err := c.load(); err == nil { // else the page says what is wrong
		dataDir = cfg.DataDir
	}
	w := &Window{flags: c.settingsFlags, process: p, place: readPlace(dataDir)}
	err := w.open(ctx, dataDir)
	return errors.Join(err, w.stop())
}

// open runs the window's loop until somebody quits, or ctx ends.
func (w *Window) open(ctx context.Context, dataDir string) (err error) {
	o, err := w.options(dataDir)
	if err != nil {
		return err
	}
	var shown context.Context // what Wails knows the window by
	turning, closed := make(chan struct{}), make(chan struct{})
	o.OnStartup = func(c context.Context) {
		desktop.WindowGetSize(c) // answered by the loop; before it turns, a Quit is lost
		shown = c
		w.mu.Lock()
		w.askWhere = func(o desktop.SaveDialogOptions) (string, error) { return desktop.SaveFileDialog(c, o) }
		w.notify = notifier(c)
		w.mu.Unlock()
		close(turning)
		w.arrive(c)
	}
	o.OnBeforeClose = func(context.Context) (prevent bool) {
		<-turning
		return !w.leave(shown)
	}
	o.SingleInstanceLock.OnSecondInstanceLaunch = func(options.SecondInstanceData) {
		<-turning
		desktop.WindowShow(shown)
		desktop.WindowUnminimise(shown) // and raises it
	}

	var quitting sync.WaitGroup
	quitting.Go(func() {
		select {
		case <-turning:
		case <-closed:
			return
		}
		select {
		case <-ctx.Done():
			desktop.Quit(shown)
		case <-closed:
		}
	})
	defer quitting.Wait()
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
	return wails.Run(o)
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
		BackgroundColour: w.place.surface(), WindowStartState: w.place.state(),
		AssetServer:              &assetserver.Options{Assets: page, Middleware: withPolicy},
		Bind:                     []any{w},
		SingleInstanceLock:       &options.SingleInstanceLock{UniqueId: instanceOf(dataDir)},
		EnableDefaultContextMenu: true,                                           // the page shows it where there is text to cut and paste
		DragAndDrop:              &options.DragAndDrop{DisableWebViewDrop: true}, // a file dropped here would replace the page
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
