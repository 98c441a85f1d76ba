package experiment

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"os/exec"
	"time"

	"emitscope/backend/fault"
)

//go:embed found.py
var foundScript string

// python is one that has what Flask-SocketIO needs.
type python struct {
	path     string
	versions map[string]string
}

// pythons returns the names it may have. Debian's packages are for its own one, though
// another may be first in the path.
func pythons() []string { return []string{"python3", "/usr/bin/python3", "python"} }

// lookWait is how long looking for it may take.
const lookWait = 20 * time.Second

// findPython returns the first Python of these that has Flask-SocketIO; NotFound where none
// has.
func findPython(ctx context.Context, names []string) (python, error) {
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	seen := false
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		seen = true
		c := exec.CommandContext(ctx, path, "-c", foundScript)
		c.WaitDelay = time.Second
		out, err := c.Output()
		if err != nil {
			continue
		}
		p := python{path: path}
		if json.Unmarshal(out, &p.versions) == nil {
			return p, nil
		}
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return python{}, ctx.Err()
	}
	what := "no Python here has Flask-SocketIO and what it serves WebSockets with"
	if !seen {
		what = "there is no Python here"
	}
	return python{}, fault.Newf(fault.NotFound, "%s", what).WithCode("flask_missing").
		WithHint("apt install python3-flask-socketio python3-gevent-websocket, or pip install flask-socketio simple-websocket; or leave Flask out")
}
