// Package app is how the program is started: the command line, and the window.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"emitscope/backend/fault"
)

// Main runs the program with the process's arguments, environment and signals,
// and ends the process.
func Main(version string) {
	ctx, stop := untilSignal(context.Background())
	code := Run(ctx, Process{
		Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Version: version,
	})
	stop()
	os.Exit(code)
}

// Process is what a command sees of the world.
type Process struct {
	Args    []string
	Stdout  io.Writer // results
	Stderr  io.Writer // the log, and what went wrong
	Version string
}

// Run does what the arguments say until it is done or ctx ends, and returns the
// exit code: 0, 1 when something went wrong, 2 when the arguments are.
func Run(ctx context.Context, p Process) (code int) {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("emitscope"),
		kong.Description("A real-time hub that emits at the interval you asked for, and proves it."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(code int) { exited = code }), // --help
		kong.Bind(p),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		panic(err) // the grammar itself is wrong
	}
	command, err := parser.Parse(p.Args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "emitscope: %v; see emitscope --help\n", err)
		return 2
	}
	if err := command.Run(); err != nil {
		explain(p.Stderr, err)
		return 1
	}
	return 0
}

// explain tells a person what went wrong, and what to do.
func explain(w io.Writer, err error) {
	var e *fault.Error
	if !errors.As(err, &e) {
		fmt.Fprintf(w, "emitscope: %v\n", err)
		return
	}
	fmt.Fprintf(w, "emitscope: %s\n", e.Message)
	if e.Hint != "" {
		fmt.Fprintf(w, "           %s\n", e.Hint)
	}
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The
// second ends the process at once.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		<-signals
		fmt.Fprintln(os.Stderr, "emitscope: ended at once; what still waited is lost")
		os.Exit(130)
	}()
	return ctx, cancel
}
