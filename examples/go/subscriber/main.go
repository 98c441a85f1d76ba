// Command subscriber prints every event of a namespace as the hub sends it,
// with the gap to the one before it; where the namespace's lane has a pace, the
// gap is also measured against that. It reads server-sent events, for which the
// standard library is enough, and comes back by itself when the hub was away. The key, where the hub asks for one, is read from
// EMITSCOPE_KEY.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"
)

// event is the part of a server-sent event's data that is printed.
type event struct {
	Type  string          `json:"type"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// again is how long it waits before it asks for the stream anew.
const again = time.Second

func main() {
	log.SetFlags(0)
	hub := flag.String("url", "http://127.0.0.1:8092", "where the hub is")
	namespace := flag.String("namespace", "/ws", "what to listen to")
	seconds := flag.Float64("seconds", 60, "how long to listen")
	flag.Parse()

	l := &listener{hub: *hub, namespace: *namespace}
	if err := l.listenFor(time.Duration(*seconds * float64(time.Second))); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("received %d events\n", l.count)
}

// listener prints events, and goes on after the last one when it has to come back.
type listener struct {
	hub, namespace string

	heard  bool   // the hub has answered once
	lastID string // the number of the newest message
	count  int
	pace   time.Duration
	last   time.Time
}

// listenFor prints events for so long, or until interrupted. A hub that is away
// later it waits for; one that never answers is an error.
func (l *listener) listenFor(long time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	for {
		err := l.listen(ctx)
		if ctx.Err() != nil {
			return nil // it was long enough
		}
		if !l.heard {
			return err
		}
		log.Printf("%v; trying again", err)
		select {
		case <-time.After(again):
		case <-ctx.Done():
		}
	}
}

// listen prints events until the stream or ctx ends.
func (l *listener) listen(ctx context.Context) error {
	answer, err := get(ctx, l.hub+"/api/v1/stream?namespace="+url.QueryEscape(l.namespace), l.lastID)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	l.heard = true
	fmt.Println("listening to", l.namespace)
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 2<<20) // a message has 1 MiB at most, and its envelope comes on top
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			l.lastID = id
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := l.take(ctx, []byte(data)); err != nil {
				return err
			}
		}
	}
	return cmp.Or(lines.Err(), errors.New("the hub has ended the stream"))
}

// take prints one event.
func (l *listener) take(ctx context.Context, data []byte) error {
	var e event
	if err := json.Unmarshal(data, &e); err != nil || e.Type != "event" {
		return err
	}
	now := time.Now()
	gap := "the first"
	if l.count > 0 {
		gap = gapText(now.Sub(l.last), l.pace)
	} else {
		var err error
		if l.pace, err = paceOf(ctx, l.hub, l.namespace); err != nil { // asked for now, since a lane is made by its first message
			return err
		}
	}
	l.last = now
	l.count++
	fmt.Printf("%s %s %s\n", e.Event, e.Data, gap)
	return nil
}

func gapText(gap, pace time.Duration) string {
	text := fmt.Sprintf("after %.1f ms", millis(gap))
	if pace == 0 {
		return text
	}
	slots := max(1, (gap+pace/2)/pace) // a slot without a message is just empty
	return fmt.Sprintf("%s, off the pace by %+.1f ms", text, millis(gap-slots*pace))
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// paceOf returns the time from one slot of the namespace's lane to the next; 0
// means that messages go as they come.
func paceOf(ctx context.Context, hub, namespace string) (time.Duration, error) {
	answer, err := get(ctx, hub+"/api/v1/lanes/"+url.PathEscape(namespace), "")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var lane struct {
		Interval string
		Rate     float64
	}
	if err := json.NewDecoder(answer.Body).Decode(&lane); err != nil {
		return 0, err
	}
	if lane.Rate > 0 {
		return time.Duration(float64(time.Second) / lane.Rate), nil
	}
	return time.ParseDuration(lane.Interval)
}

// get asks the hub, of a stream for what came after a message, and returns why it did
// not answer with what was asked for.
func get(ctx context.Context, address, after string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if key := os.Getenv("EMITSCOPE_KEY"); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if after != "" {
		request.Header.Set("Last-Event-ID", after)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var problem struct{ Message, Hint string }
	if err := json.Unmarshal(text, &problem); err != nil {
		return nil, fmt.Errorf("answer %s: %s", answer.Status, text)
	}
	return nil, errors.New(strings.TrimSuffix(problem.Message+"; "+problem.Hint, "; "))
}
