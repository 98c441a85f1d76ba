package experiment

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

//go:embed flask.py
var flaskScript string

// flask is the loop in a Python of its own, with Flask-SocketIO.
type flask struct {
	url     string
	folder  string
	process *exec.Cmd
	said    *tail
	ended   chan struct{}
}

// flaskWait is how long it may take to start.
const flaskWait = 20 * time.Second

func newFlask(ctx context.Context, p msg.ExperimentPlan) (subject, error) {
	with, err := findPython(ctx, pythons())
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "emitscope-experiment-") // Python imports what lies where it is started
	if err != nil {
		return nil, err
	}
	f := &flask{folder: folder, said: &tail{}, ended: make(chan struct{})}
	lifetime := flaskWait + p.Warmup + p.Length + trial.AnswerWait + time.Minute
	f.process = exec.Command(with.path, "-c", flaskScript, secondsOf(lifetime), secondsOf(p.Interval),
		strconv.Itoa(p.Producers), strconv.Itoa(p.Size), strconv.Itoa(ahead(p)))
	f.process.Dir, f.process.Stderr = folder, f.said
	out, err := f.process.StdoutPipe()
	if err == nil {
		err = f.process.Start()
	}
	if err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("start %s: %w", with.path, err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(f.ended)
		line, _ := bufio.NewReader(out).ReadString('\n')
		address <- strings.TrimSpace(line)
		_ = f.process.Wait() // it is ended by a signal
	}()
	ctx, cancel := context.WithTimeout(ctx, flaskWait)
	defer cancel()
	if err := f.begins(ctx, address); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// begins waits until it answers.
func (f *flask) begins(ctx context.Context, address <-chan string) error {
	select {
	case f.url = <-address:
	case <-ctx.Done():
		return f.failed("does not start")
	}
	for {
		if trial.Answer(ctx, http.DefaultClient, f.url+"/api") == nil {
			return nil
		}
		select {
		case <-f.ended:
			return f.failed("ended at once")
		case <-ctx.Done():
			return f.failed("does not answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (f *flask) failed(what string) error {
	return fault.Newf(fault.Internal, "Flask-SocketIO %s: %s", what, f.said.last()).WithCode("flask_failed").
		WithHint("see whether its packages fit one another, or leave Flask out")
}

func (f *flask) address() string { return f.url }
func (f *flask) clients() string { return trial.AsWebSocket }

func (f *flask) emit(ctx context.Context, start time.Time) error {
	trial.Sleep(ctx, time.Until(start))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/begin", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("have Flask-SocketIO begin: %w", err)
	}
	_ = res.Body.Close()
	select {
	case <-ctx.Done():
		return nil
	case <-f.ended:
		return f.failed("ended")
	}
}

func (f *flask) close() {
	_ = f.process.Process.Kill() // it may have ended already
	<-f.ended
	_ = os.RemoveAll(f.folder) // in the system's folder for such
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

// last is the last line that says something.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.text), []byte("\n"))
	return string(lines[len(lines)-1])
}

func secondsOf(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
