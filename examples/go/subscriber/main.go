// Command subscriber prints every event of a namespace as the hub sends it,
// with the gap to the one before it; where the namespace's lane has a pace, the
// gap is also measured against that. It reads server-sent events, for which the
// standard library is enough. The key, where the hub asks for one, is read from
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

func main() {
	log.SetFlags(0)
	hub := flag.String("url", "http://127.0.0.1:8092", "where the hub is")
	namespace := flag.String("namespace", "/ws", "what to listen to")
	seconds := flag.Float64("seconds", 60, "how long to listen")
	flag.Parse()

	count, err := listenFor(time.Duration(*seconds*float64(time.Second)), *hub, *namespace)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("received %d events\n", count)
}

// listenFor prints events for so long, or until interrupted.
func listenFor(long time.Duration, hub, namespace string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return listen(ctx, hub, namespace)
}

// listen prints events until ctx ends, and returns how many there were.
func listen(ctx context.Context, hub, namespace string) (int, error) {
	answer, err := get(ctx, hub+"/api/v1/stream?namespace="+url.QueryEscape(namespace))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	fmt.Println("listening to", namespace)

	count := 0
	var pace time.Duration
	var last time.Time
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 2<<20) // a message has 1 MiB at most, and its envelope comes on top
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return count, err
		}
		if e.Type != "event" {
			continue
		}
		now := time.Now()
		gap := "the first"
		if count > 0 {
			gap = gapText(now.Sub(last), pace)
		} else if pace, err = paceOf(ctx, hub, namespace); err != nil { // asked for now, since a lane is made by its first message
			return count, err
		}
		last = now
		count++
		fmt.Printf("%s %s %s\n", e.Event, e.Data, gap)
	}
	if ctx.Err() != nil {
		return count, nil // it was long enough
	}
	return count, cmp.Or(lines.Err(), errors.New("the hub has ended the stream"))
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
	answer, err := get(ctx, hub+"/api/v1/lanes/"+url.PathEscape(namespace))
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

// get asks the hub, and returns why it did not answer with what was asked for.
func get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if key := os.Getenv("EMITSCOPE_KEY"); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
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
