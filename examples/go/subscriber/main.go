// Command subscriber prints every event of a namespace as the hub sends it,
// with the gap to the one before it. It reads server-sent events, for which the
// standard library is enough.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
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
	interval := flag.Float64("interval", 1, "seconds expected between two events")
	seconds := flag.Float64("seconds", 60, "how long to listen")
	flag.Parse()

	address := *hub + "/api/v1/stream?namespace=" + url.QueryEscape(*namespace)
	count, err := listen(address, time.Duration(*interval*float64(time.Second)), time.Duration(*seconds*float64(time.Second)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("received %d events\n", count)
}

// listen prints events for so long, and returns how many there were.
func listen(address string, interval, long time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		problem, err := io.ReadAll(answer.Body)
		return 0, errors.Join(fmt.Errorf("answer %s: %s", answer.Status, problem), err)
	}
	fmt.Println("listening to", address)

	count := 0
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
		off := now.Sub(last) - interval
		if count == 0 {
			off = 0
		}
		last = now
		count++
		fmt.Printf("%s %s off by %v\n", e.Event, e.Data, off.Round(100*time.Microsecond))
	}
	if err := lines.Err(); !errors.Is(err, context.DeadlineExceeded) {
		return count, err
	}
	return count, nil // it was long enough
}
