//go:build !(desktop || bindings || dev)

package app

// first is what the program does when it is not told what to do.
type first struct {
	Serve serveCommand `cmd:"" default:"withargs" help:"Run the hub without a window. The default."`
}
