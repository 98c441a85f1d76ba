// Command bench compares Emitscope with what else people broadcast with, and
// prints a table; docs/benchmarks.md says how it is measured. `make bench` builds
// what it needs and runs it from the root of the repository.
//
//	bench                      measures everything
//	bench serve NAME           is one of the servers in Go
//	bench ask URL EVERY LENGTH asks again and again, and prints how long that took
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"emitscope/bench/figure"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve.Run(ctx, args[1], os.Stdout)
	case len(args) == 4 && args[0] == "ask":
		return ask(ctx, args[1], args[2], args[3])
	case len(args) > 0:
		return fmt.Errorf("it takes no arguments; BENCH_RUNS, BENCH_ONLY, BENCH_FIGURES, BENCH_STEP and BENCH_LONG say what to do")
	}
	o, err := options(os.Getenv)
	if err != nil {
		return err
	}
	return figure.Run(ctx, o)
}

func ask(ctx context.Context, url, every, length string) error {
	e, err := time.ParseDuration(every)
	if err != nil {
		return fmt.Errorf("how often to ask: %w", err)
	}
	l, err := time.ParseDuration(length)
	if err != nil {
		return fmt.Errorf("how long to ask: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(figure.Ask(ctx, url, e, l))
}

// options reads what to measure from the environment: nothing has to be given.
//
//	BENCH_RUNS=5          how often everything is measured
//	BENCH_ONLY=a,b        only these servers; see package peer
//	BENCH_FIGURES=a,b     only these figures; see package figure
//	BENCH_STEP=2s         how long a step of the search for a rate measures
//	BENCH_LONG=60s        how long the longest figure lasts, and the others in proportion
func options(env func(string) string) (figure.Options, error) {
	self, err := os.Executable()
	if err != nil {
		return figure.Options{}, fmt.Errorf("find this program: %w", err)
	}
	o := figure.Options{
		Places: peer.Places{Self: self, Hub: filepath.Join("build", "bin", "emitscope-server"), Here: "bench"},
		Runs:   5, Step: 2 * time.Second, Long: time.Minute, Results: filepath.Join("bench", "results"), Out: os.Stdout,
		Figures: list(env("BENCH_FIGURES")),
	}
	if text := env("BENCH_RUNS"); text != "" {
		if o.Runs, err = strconv.Atoi(text); err != nil || o.Runs < 1 {
			return figure.Options{}, fmt.Errorf("BENCH_RUNS is %q; want a number from 1 up", text)
		}
	}
	for name, to := range map[string]*time.Duration{"BENCH_STEP": &o.Step, "BENCH_LONG": &o.Long} {
		if text := env(name); text != "" {
			if *to, err = time.ParseDuration(text); err != nil || *to < time.Second {
				return figure.Options{}, fmt.Errorf("%s is %q; want a duration from 1s up", name, text)
			}
		}
	}
	if o.Long < 12*time.Second {
		return figure.Options{}, fmt.Errorf("BENCH_LONG is %v; in less than 12s the shorter figures measure nothing", o.Long)
	}
	for _, name := range list(env("BENCH_ONLY")) {
		k, err := peer.Named(name)
		if err != nil {
			return figure.Options{}, err
		}
		o.Only = append(o.Only, k)
	}
	return o, nil
}

// list splits at commas.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
