// Package app is how the program is started: the command line, and the window.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"emitscope/backend/fault"
)

// Main runs the program with the process's arguments, environment and signals,
// and ends the process.
func Main(version string) {
	ctx, stop := untilSignal(context.Background())
	code := Run(ctx, Process{
		Name: strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), Args: os.Args[1:],
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: version,
	})
	stop()
	os.Exit(code)
}

// Process is what a command sees of the world.
type Process struct {
	Name    string // what the program was started as
	Args    []string
	Stdin   io.Reader // what emit - reads
	Stdout  io.Writer // results
	Stderr  io.Writer // the log, and what went wrong
	Version string
}

// Run does what the arguments say until it is done or ctx ends, and returns the
// exit code: 0, 1 when something went wrong, 2 when the arguments are; wait and
// emit have more to say by it (docs/scripts.md).
func Run(ctx context.Context, p Process) (code int) {
	if len(p.Args) > 0 && p.Args[0] == "help" {
		p.Args = append(slices.Clone(p.Args[1:]), "--help")
	}
	var cli commands
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name(p.Name),
		kong.Description("A real-time hub that emits at the interval you asked for, and proves it."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(code int) { exited = code }), // --help, --version
		kong.Vars{"version": "emitscope " + p.Version, "conditions": conditionNames()},
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
		fmt.Fprintf(p.Stderr, "%s: %v; see %s --help\n", p.Name, err, p.misread(err))
		return 2
	}
	if err := command.Run(); err != nil {
		p.explain(err)
		var e exit
		if errors.As(err, &e) {
			return e.code
		}
		return 1
	}
	return 0
}

// exit is what went wrong in a command whose exit code says more than that.
type exit struct {
	code int
	error
}

func (e exit) Unwrap() error { return e.error }

// misread returns the command whose help tells what the arguments should be.
func (p Process) misread(err error) string {
	var e *kong.ParseError
	if errors.As(err, &e) {
		if c := e.Context.Selected(); c != nil && slices.Contains(p.Args, c.Name) { // else nobody named it
			return c.FullPath()
		}
	}
	return p.Name
}

// explain tells a person what went wrong, and what to do.
func (p Process) explain(err error) {
	var e *fault.Error
	if !errors.As(err, &e) {
		fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
		return
	}
	fmt.Fprintf(p.Stderr, "%s: %s\n", p.Name, e.Message)
	if e.Hint != "" {
		fmt.Fprintf(p.Stderr, "%*s  %s\n", len(p.Name), "", e.Hint)
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
		fmt.Fprintln(os.Stderr, "Ended at once; what still waited is lost.")
		os.Exit(130)
	}()
	return ctx, cancel
}
