package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is one sort of server.
type Kind string

// The servers there are.
const (
	Emitscope  Kind = "emitscope"  // its fan-out alone
	Hub        Kind = "hub"        // Emitscope whole, as it is shipped
	Stock      Kind = "stock"      // the Socket.IO library that Emitscope is built on, as it comes
	Bare       Kind = "bare"       // the least a broadcaster can do
	Centrifuge Kind = "centrifuge" // another one in Go, with a protocol of its own
	Node       Kind = "node"       // the official Socket.IO server
	Flask      Kind = "flask"      // Flask-SocketIO with gevent and a queue
	NetHTTP    Kind = "nethttp"    // the least that can take a message in over HTTP
)

// Kinds is every sort of server.
func Kinds() []Kind {
	return []Kind{Emitscope, Hub, Stock, Bare, Centrifuge, Node, Flask, NetHTTP}
}

// Named returns the sort of server with that name.
func Named(name string) (Kind, error) {
	k := Kind(name)
	if !slices.Contains(Kinds(), k) {
		return "", fmt.Errorf("there is no server %q; there are %v", name, Kinds())
	}
	return k, nil
}

// python is the one that Debian's packages are for; another may be first in the
// path.
const python = "/usr/bin/python3"

// Places says where the programs are.
type Places struct {
	Self string // this program, which is all servers in Go
	Hub  string // the hub as it is shipped
	Here string // the folder bench of the repository
}

// Missing says why a server cannot be started here; nil when it can.
func (p Places) Missing(k Kind) error {
	switch k {
	case Hub:
		if _, err := os.Stat(p.Hub); err != nil {
			return fmt.Errorf("%s is not built; make server does it", p.Hub)
		}
	case Node:
		if _, err := exec.LookPath("node"); err != nil {
			return fmt.Errorf("there is no Node here")
		}
		if _, err := os.Stat(filepath.Join(p.Here, "node", "node_modules", "socket.io")); err != nil {
			return fmt.Errorf("socket.io is not installed; npm ci in bench/node does it")
		}
	case Flask:
		if exec.Command(python, "-c", "import flask_socketio, gevent, geventwebsocket").Run() != nil {
			return fmt.Errorf("python3-flask-socketio, python3-gevent and python3-gevent-websocket are not installed")
		}
	}
	return nil
}

// FlaskVersions is the command that prints the versions of what Flask is.
func FlaskVersions() []string {
	return []string{python, "-c", "import importlib.metadata as m; " +
		"print(*(f'{name} {m.version(name)}' for name in ('flask-socketio', 'python-socketio', 'gevent', 'gevent-websocket')), sep=', ')"}
}

// command is how a server is started. folder is empty and its own.
func (p Places) command(k Kind, folder string, options []string) *exec.Cmd {
	switch k {
	case Hub:
		c := exec.Command(p.Hub, "serve", "--addr", "127.0.0.1:0", "--data-dir", folder, "--log-level", "warn")
		// Nobody's settings but the defaults.
		c.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "EMITSCOPE_") }),
			"XDG_CONFIG_HOME="+folder)
		return c
	case Node:
		return exec.Command("node", slices.Concat([]string{"--expose-gc", filepath.Join(p.Here, "node", "server.mjs")}, options)...)
	case Flask:
		return exec.Command(python, slices.Concat([]string{filepath.Join(p.Here, "flask", "server.py")}, options)...)
	}
	return exec.Command(p.Self, "serve", string(k))
}
